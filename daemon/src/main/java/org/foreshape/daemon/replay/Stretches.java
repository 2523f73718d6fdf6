package org.foreshape.daemon.replay;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Stretches of time of VMs, found in one pass over a journal and asked for in another. */
final class Stretches {
    private final Map<Key, NavigableMap<Long, Stretch>> byVm = new HashMap<>();

    /** A VM's slot in a run of the engine. */
    private record Key(long runId, int slot) {}

    /** A stretch that may still grow. */
    static final class Stretch {
        final int generation;
        long endNs;
        long kib;

        private Stretch(int generation, long endNs) {
            this.generation = generation;
            this.endNs = endNs;
        }
    }

    /** Begins a stretch, as long as a moment. */
    Stretch begin(long runId, int slot, int generation, long timeNs) {
        Stretch stretch = new Stretch(generation, timeNs);
        byVm.computeIfAbsent(new Key(runId, slot), key -> new TreeMap<>()).put(timeNs, stretch);
        return stretch;
    }

    /** The stretch that a time lies in, or null. */
    @Nullable Stretch at(long runId, int slot, long timeNs) {
        NavigableMap<Long, Stretch> own = byVm.get(new Key(runId, slot));
        Map.Entry<Long, Stretch> before = own == null ? null : own.floorEntry(timeNs);
        return before == null || before.getValue().endNs < timeNs ? null : before.getValue();
    }
}
