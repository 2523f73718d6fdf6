package org.foreshape.ring;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Errors by kind: each distinct one is logged once with its trace and then only counted, so that a
 * failure that repeats ten times a second does not flood the log. Any thread.
 */
public final class DistinctErrors {
    /** Kinds kept; later new ones are counted under the last. */
    public static final int KIND_COUNT_MAX = 64;

    private static final System.Logger LOG = System.getLogger(DistinctErrors.class.getName());

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /**
     * One kind of error.
     *
     * @param where the stage or thread it came from
     * @param what class and message of the first one
     * @param count how often it was seen
     * @param firstMillis wall clock of the first one
     * @param lastMillis wall clock of the last one
     */
    public record Entry(String where, String what, long count, long firstMillis, long lastMillis) {}

    /** Takes an error in. */
    public synchronized void record(String where, Throwable error) {
        StackTraceElement[] trace = error.getStackTrace();
        String key =
                where + '|' + error.getClass().getName() + '|' + (trace.length > 0 ? trace[0] : "");
        long nowMillis = System.currentTimeMillis();
        Entry known = entries.get(key);
        if (known == null && entries.size() >= KIND_COUNT_MAX) {
            key = "other";
            known = entries.get(key);
        }
        if (known == null) {
            LOG.log(Level.ERROR, where + ": " + error, error);
            entries.put(key, new Entry(where, error.toString(), 1, nowMillis, nowMillis));
        } else {
            entries.put(
                    key,
                    new Entry(
                            known.where(),
                            known.what(),
                            known.count() + 1,
                            known.firstMillis(),
                            nowMillis));
        }
    }

    /** The kinds seen so far, oldest first. */
    public synchronized List<Entry> list() {
        return new ArrayList<>(entries.values());
    }
}
