package org.foreshape.inference.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What comes again: the newest starts of each type in each VM, and when the next is to be expected
 * before anybody announces it.
 *
 * <p>Found are single periods, of the calendar or any other, with jitter and with starts left out;
 * two starts a day at uneven distances are not. At most {@value #KEYS_MAX} pairs of type and VM are
 * kept; the one that has not started for longest makes room and is counted. No clock, no chance.
 * Allocates: not for the engine's thread. One thread.
 */
public final class Recurrences {
    static final int KEYS_MAX = 512;
    static final int STARTS_MAX = 16;

    /** After so many starts in a row that did not come nothing is expected any more. */
    static final int MISSED_MAX = 3;

    private record Key(String type, String vm) {}

    // In the order of their newest starts, so that the first is the one to go.
    private final Map<Key, long[]> starts = new LinkedHashMap<>();
    private long forgottenCount;

    /** Knows nothing yet. */
    public Recurrences() {}

    /** Pairs that made room for others. */
    public long forgottenCount() {
        return forgottenCount;
    }

    /**
     * Takes in that a task started. One that is not later than the last of its kind is passed over.
     *
     * @param type its type
     * @param vm name of its VM
     * @param timeNs engine time of its start
     */
    public void started(String type, String vm, long timeNs) {
        var key = new Key(type, vm);
        long[] known = starts.getOrDefault(key, new long[0]);
        if (known.length > 0 && timeNs <= known[known.length - 1]) {
            return;
        }
        int kept = Math.min(known.length, STARTS_MAX - 1);
        long[] next = Arrays.copyOfRange(known, known.length - kept, known.length + 1);
        next[kept] = timeNs;
        starts.remove(key);
        if (starts.size() == KEYS_MAX) {
            starts.remove(starts.keySet().iterator().next());
            forgottenCount++;
        }
        starts.put(key, next);
    }

    /**
     * A start that is expected.
     *
     * @param type of the task
     * @param vm name of its VM
     * @param next when, and how sure that is
     */
    public record Expected(String type, String vm, NextStart next) {}

    /**
     * All starts that are to be expected, one of each type and VM.
     *
     * @param nowNs engine time
     * @return in the order of their newest starts
     */
    public List<Expected> all(long nowNs) {
        List<Expected> all = new ArrayList<>();
        for (Key key : starts.keySet()) {
            next(key.type, key.vm, nowNs)
                    .ifPresent(next -> all.add(new Expected(key.type, key.vm, next)));
        }
        return all;
    }

    /**
     * When the next start of a type in a VM is to be expected.
     *
     * @param type the type
     * @param vm name of the VM
     * @param nowNs engine time
     * @return empty when no period is found in its starts, or the last ones did not come
     */
    public Optional<NextStart> next(String type, String vm, long nowNs) {
        Period period = Period.of(starts.getOrDefault(new Key(type, vm), new long[0]));
        if (period == null || period.missed(nowNs) > MISSED_MAX) {
            return Optional.empty();
        }
        return Optional.of(period.next(nowNs));
    }
}
