package org.foreshape.hypervisor.embedded;

import java.util.List;

/**
 * The bundled demand curves. All sizes are KiB, all times engine time in nanoseconds. Each has a
 * little smooth noise, as every real workload has.
 */
public final class Curves {
    private Curves() {}

    /** About the same for ever: a service with a fixed working set. */
    public static DemandCurve steady(long levelKib, long seed) {
        return new SteadyCurve(positive(levelKib, "levelKib"), seed);
    }

    /**
     * A wave between two levels, such as a day of office work; where in the wave it starts follows
     * from the seed.
     */
    public static DemandCurve dailyWave(long lowKib, long highKib, long periodNs, long seed) {
        checkRange(lowKib, highKib);
        return new WaveCurve(lowKib, highKib, positive(periodNs, "periodNs"), seed);
    }

    /**
     * A base and one job in each period: its type, size, length and start follow from the seed. It
     * starts up to a sixtieth of the period late, and differs from what its scheduler expects by up
     * to 10 %.
     *
     * @param baseKib what runs always
     * @param jobKib what the largest jobs use on top
     * @param durationNs mean length of a job, at most half the period
     * @param announcedShare share of the jobs that are announced, 0 to 1
     */
    public static DemandCurve batch(
            long baseKib,
            long jobKib,
            long periodNs,
            long durationNs,
            double announcedShare,
            long seed) {
        checkRange(baseKib, baseKib + positive(jobKib, "jobKib"));
        if (durationNs <= 0 || durationNs > periodNs / 2) {
            throw new IllegalArgumentException(
                    "durationNs is "
                            + durationNs
                            + ", must be above 0 and at most half the period");
        }
        return new BatchCurve(baseKib, jobKib, periodNs, durationNs, announcedShare, seed);
    }

    /** Rises evenly for most of the period, then lets all go: a leak with its restart. */
    public static DemandCurve ramp(long lowKib, long highKib, long periodNs, long seed) {
        checkRange(lowKib, highKib);
        return new RampCurve(lowKib, highKib, positive(periodNs, "periodNs"), seed);
    }

    /** One of two levels in each period, by chance; the moment of the change moves as well. */
    public static DemandCurve step(long lowKib, long highKib, long periodNs, long seed) {
        checkRange(lowKib, highKib);
        return new StepCurve(lowKib, highKib, positive(periodNs, "periodNs"), seed);
    }

    /**
     * Two curves that take turns at the higher level: one lets go while the other fills. Together
     * they never need both at once, which only a mover of memory can use.
     */
    public static List<DemandCurve> swapPair(long lowKib, long highKib, long periodNs, long seed) {
        return swapPair(lowKib, highKib, periodNs, seed, false);
    }

    /** The same as shifts of a timetable: each time on the high level is an announced task. */
    public static List<DemandCurve> scheduledSwapPair(
            long lowKib, long highKib, long periodNs, long seed) {
        return swapPair(lowKib, highKib, periodNs, seed, true);
    }

    private static List<DemandCurve> swapPair(
            long lowKib, long highKib, long periodNs, long seed, boolean scheduled) {
        checkRange(lowKib, highKib);
        positive(periodNs, "periodNs");
        return List.of(
                new SwapCurve(lowKib, highKib, periodNs, seed, false, scheduled),
                new SwapCurve(lowKib, highKib, periodNs, seed, true, scheduled));
    }

    /**
     * A recorded VM, scaled so that its capacity becomes a guest's size; after its end it starts
     * again.
     *
     * @param series one VM of a {@link TraceFile}
     * @param sizeKib what the recorded capacity becomes
     * @param vcpuCount what the recorded CPU capacity becomes
     */
    public static DemandCurve trace(TraceFile.Series series, long sizeKib, int vcpuCount) {
        return new TraceCurve(series, positive(sizeKib, "sizeKib"), vcpuCount);
    }

    private static long positive(long value, String name) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be above 0");
        }
        return value;
    }

    private static void checkRange(long lowKib, long highKib) {
        if (lowKib < 0 || highKib < lowKib) {
            throw new IllegalArgumentException(
                    "levels "
                            + lowKib
                            + " and "
                            + highKib
                            + " KiB: the lower must be at least 0, the higher no less than it");
        }
    }
}
