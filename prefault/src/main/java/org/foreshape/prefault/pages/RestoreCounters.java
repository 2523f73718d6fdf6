package org.foreshape.prefault.pages;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters and service times of one restore. Written by its thread with ordered stores, read by
 * any. Nothing here allocates.
 *
 * <p>Times fall into buckets of an eighth of their power of two, so a percentile is right to within
 * 12 %.
 */
final class RestoreCounters {
    private static final int SUB_BITS = 3;
    private static final int BUCKETS = 64 << SUB_BITS;
    private static final PageCounter[] NAMES = PageCounter.values();

    private final AtomicLongArray counts = new AtomicLongArray(NAMES.length);
    private final AtomicLongArray timesNs = new AtomicLongArray(BUCKETS);

    void add(PageCounter counter, long more) {
        int i = counter.ordinal();
        counts.lazySet(i, counts.getPlain(i) + more);
    }

    long get(PageCounter counter) {
        return counts.get(counter.ordinal());
    }

    void addTime(long ns) {
        int i = bucket(ns);
        timesNs.lazySet(i, timesNs.getPlain(i) + 1);
    }

    /** The time below which a share of faults was served, in ns; 0 when there was none. */
    long percentileNs(double share) {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += timesNs.get(i);
        }
        long rest = (long) Math.ceil(total * share);
        for (int i = 0; i < BUCKETS && total > 0; i++) {
            rest -= timesNs.get(i);
            if (rest <= 0) {
                return upperNs(i);
            }
        }
        return 0;
    }

    static int bucket(long ns) {
        if (ns < 1 << SUB_BITS) {
            return (int) Math.max(ns, 0);
        }
        int shift = 63 - Long.numberOfLeadingZeros(ns) - SUB_BITS;
        return ((shift + 1) << SUB_BITS) + (int) (ns >>> shift) - (1 << SUB_BITS);
    }

    static long upperNs(int bucket) {
        if (bucket < 1 << SUB_BITS) {
            return bucket;
        }
        int shift = (bucket >> SUB_BITS) - 1;
        long sub = bucket & ((1L << SUB_BITS) - 1);
        return ((sub + (1L << SUB_BITS) + 1) << shift) - 1;
    }
}
