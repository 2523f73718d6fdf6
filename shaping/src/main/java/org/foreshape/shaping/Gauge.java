package org.foreshape.shaping;

import org.foreshape.ring.event.SampleSection;

/**
 * Measures what samples show only when put side by side: a guest's use while its balloon moves, how
 * fast its use rises, and how fast its balloon really moves. Engine thread only.
 *
 * <p>Guest statistics lag behind the balloon by up to a round of sampling, so while the balloon
 * moves {@code allocation - usable} mixes two moments: a grant of 200 MiB that just landed would
 * look like 200 MiB of new use, and be granted again. So the use is taken to lie between what the
 * lowest and the highest allocation that the statistics can belong to would make of it, and within
 * that to be what was expected. Where the guest's own total is known to follow the balloon it tells
 * the allocation that its statistics belong to, and the use is exact.
 */
final class Gauge {
    private static final long INTERVAL_NS_MIN = 20_000_000L;

    /** Statistics that come more often than this may be those of a round before. */
    private static final double ROUND_NS_MAX = 500e6;

    private static final double RISING_NS = 20e6;
    private static final double FALLING_NS = 400e6;
    private static final long MOVE_KIB_MIN = 16 * 1024;
    private static final long PACE_MIN = 10 * 1024;
    private static final long PACE_MAX = 4L * 1024 * 1024;

    private final ShapingSettings settings;

    /** Rate at which the use rises, in KiB a second; below 0 when it falls. */
    final double[] riseKibPerS;

    /** Observed pace of growth, KiB a second. */
    final long[] growPaceKibPerS;

    /** Observed pace at which the guests of this host give back, KiB a second. */
    long takePaceKibPerS;

    private final long[] allocation1;
    private final long[] allocation2;
    private final long[] measuredTimeNs;
    private final long[] restAllocation;
    private final long[] restTotal;
    private final boolean[] totalFollows;
    private final long[] seenKib;
    private final long[] movedKib;
    private final long[] movedTimeNs;

    Gauge(int vmCountMax, ShapingSettings settings) {
        this.settings = settings;
        riseKibPerS = new double[vmCountMax];
        growPaceKibPerS = new long[vmCountMax];
        takePaceKibPerS = settings.shrinkPaceKibPerS();
        seenKib = new long[vmCountMax];
        allocation1 = new long[vmCountMax];
        allocation2 = new long[vmCountMax];
        measuredTimeNs = new long[vmCountMax];
        restAllocation = new long[vmCountMax];
        restTotal = new long[vmCountMax];
        totalFollows = new boolean[vmCountMax];
        movedKib = new long[vmCountMax];
        movedTimeNs = new long[vmCountMax];
    }

    void clear(int slot) {
        riseKibPerS[slot] = 0;
        growPaceKibPerS[slot] = settings.growPaceKibPerS();
        seenKib[slot] = -1;
        allocation1[slot] = -1;
        allocation2[slot] = -1;
        measuredTimeNs[slot] = 0;
        restAllocation[slot] = -1;
        restTotal[slot] = -1;
        totalFollows[slot] = false;
        movedKib[slot] = -1;
        movedTimeNs[slot] = 0;
    }

    /** Takes statistics in that are newer than the last; writes use, time and rate. */
    void measure(VmTable vms, SampleSection sample, int slot, long nowNs) {
        long allocation = sample.allocationKib[slot];
        long usable = sample.usableKib[slot];
        long timeNs = sample.statsTimeNs[slot];
        boolean first = allocation1[slot] < 0;
        long before1 = first ? allocation : allocation1[slot];
        double intervalNs = (double) (timeNs - vms.statsTimeNs[slot]);
        boolean late = timeNs <= measuredTimeNs[slot] || intervalNs < ROUND_NS_MAX;
        long before2 = late && allocation2[slot] >= 0 ? allocation2[slot] : before1;
        long least = Math.min(allocation, Math.min(before1, before2));
        long most = Math.max(allocation, Math.max(before1, before2));
        long total = sample.guestTotalKib[slot];

        long used;
        if (most - least <= VmTable.TOLERANCE_KIB) {
            used = allocation - usable;
            rest(slot, allocation, total);
        } else if (totalFollows[slot] && total > 0) {
            long at = total + restAllocation[slot] - restTotal[slot];
            used = Math.clamp(at, least, most) - usable;
        } else {
            double seconds = Math.min(1, intervalNs * 1e-9);
            long expected = vms.usedKib[slot] + (long) (riseKibPerS[slot] * seconds / 2);
            used = Math.clamp(expected, least - usable, most - usable);
        }
        used = Math.max(0, used);
        if (first) {
            riseKibPerS[slot] = 0;
        } else if (intervalNs >= INTERVAL_NS_MIN) {
            double rate = (used - vms.usedKib[slot]) * 1e9 / intervalNs;
            double lagNs = rate > riseKibPerS[slot] ? RISING_NS : FALLING_NS;
            riseKibPerS[slot] += (rate - riseKibPerS[slot]) * intervalNs / (intervalNs + lagNs);
        }
        measuredTimeNs[slot] = nowNs;
        allocation2[slot] = before1;
        allocation1[slot] = allocation;
        vms.use(slot, used);
        vms.statsTimeNs[slot] = timeNs;
    }

    /** Takes a position of the balloon in, for the pace. */
    void moved(int slot, long allocation, long nowNs) {
        boolean rests = Math.abs(allocation - seenKib[slot]) < VmTable.TOLERANCE_KIB / 2;
        seenKib[slot] = allocation;
        long change = allocation - movedKib[slot];
        long elapsedNs = nowNs - movedTimeNs[slot];
        if (!rests && movedKib[slot] >= 0 && elapsedNs > 0) {
            if (Math.abs(change) < MOVE_KIB_MIN) {
                // Too little to tell a pace from: wait until more has moved.
                return;
            }
            long pace = Math.clamp((long) (Math.abs(change) * 1e9 / elapsedNs), PACE_MIN, PACE_MAX);
            if (change > 0) {
                growPaceKibPerS[slot] += (pace - growPaceKibPerS[slot]) / 4;
            } else {
                takePaceKibPerS += (pace - takePaceKibPerS) / 8;
            }
        }
        movedKib[slot] = allocation;
        movedTimeNs[slot] = nowNs;
    }

    /** With the balloon at rest, learns whether the guest's own total follows it. */
    private void rest(int slot, long allocation, long total) {
        if (total <= 0) {
            return;
        }
        if (restAllocation[slot] >= 0) {
            long moved = allocation - restAllocation[slot];
            if (Math.abs(moved) >= MOVE_KIB_MIN) {
                long differs = Math.abs(total - restTotal[slot] - moved);
                totalFollows[slot] = differs <= Math.abs(moved) / 8;
            }
        }
        restAllocation[slot] = allocation;
        restTotal[slot] = total;
    }
}
