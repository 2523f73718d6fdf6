package org.foreshape.prefault;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long the acts of each path took for a MiB: the lead time of the next one. Starts from a slow
 * guess, since an act that begins too late is worse than one that begins early. Any thread.
 */
final class PathRates {
    private static final long MIB = 1 << 20;

    /** 1 GiB/s, which every path but that of memory files reaches on warm frames. */
    private static final long FIRST_NS_PER_MIB = 1_000_000;

    /** A new measurement counts a quarter. */
    private static final int WEIGHT = 4;

    /** Below this an act says more about its fixed cost than about its pace. */
    private static final long BYTES_MIN = 16 * MIB;

    private final AtomicLongArray nsPerMib = new AtomicLongArray(PrefaultPath.values().length);

    long expectedNs(PrefaultPath path, long bytes, int mibPerSecondMax) {
        long known = nsPerMib.get(path.ordinal());
        long paceNs = mibPerSecondMax == 0 ? 0 : 1_000_000_000L / mibPerSecondMax;
        return Math.ceilDiv(bytes, MIB) * Math.max(paceNs, known == 0 ? FIRST_NS_PER_MIB : known);
    }

    void add(PrefaultPath path, long bytes, long ns) {
        if (bytes < BYTES_MIN) {
            return;
        }
        long took = ns / (bytes / MIB);
        nsPerMib.updateAndGet(
                path.ordinal(), old -> old == 0 ? took : (old * (WEIGHT - 1) + took) / WEIGHT);
    }
}
