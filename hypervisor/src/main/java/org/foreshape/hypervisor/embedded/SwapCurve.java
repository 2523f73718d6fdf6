package org.foreshape.hypervisor.embedded;

import java.util.ArrayList;
import java.util.List;

record SwapCurve(
        long lowKib, long highKib, long periodNs, long seed, boolean second, boolean scheduled)
        implements DemandCurve {
    private static final long CHANGE_NS = 6_000_000_000L;

    @Override
    public String kind() {
        return second ? "swap-b" : "swap-a";
    }

    @Override
    public long memoryKib(long elapsedNs) {
        double level = lowKib + (highKib - lowKib) * height(elapsedNs);
        return SteadyCurve.noisy(level, seed + (second ? 2 : 3), elapsedNs);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return SteadyCurve.noisy(100 + 800 * height(elapsedNs), seed + 1, elapsedNs);
    }

    /** Each time on the high level is one task, where the pair is scheduled. */
    @Override
    public List<CurveTask> tasks(long fromNs, long toNs) {
        List<CurveTask> tasks = new ArrayList<>();
        long first = Math.floorDiv(fromNs, periodNs);
        for (long interval = first; scheduled && interval * periodNs < toNs; interval++) {
            long startNs = changeNs(interval);
            if (isRising(interval) && startNs >= fromNs && startNs < toNs) {
                long durationNs = changeNs(interval + 1) - startNs;
                tasks.add(
                        new CurveTask(
                                kind() + "-" + interval,
                                kind(),
                                true,
                                startNs,
                                startNs,
                                durationNs,
                                durationNs,
                                highKib - lowKib,
                                highKib - lowKib));
            }
        }
        return tasks;
    }

    private boolean isRising(long interval) {
        return Math.floorMod(interval, 2) == (second ? 1 : 0);
    }

    private long changeNs(long interval) {
        return interval * periodNs + (long) (Noise.unit(seed, interval) * periodNs / 4);
    }

    /** The first is high in even periods, the second in odd ones; both change at one moment. */
    private double height(long elapsedNs) {
        long interval = Math.floorDiv(elapsedNs, periodNs);
        double progress =
                (double) (elapsedNs - changeNs(interval)) / Math.min(CHANGE_NS, periodNs / 4);
        double towards = Math.clamp(progress, 0.0, 1.0);
        return isRising(interval) ? towards : 1 - towards;
    }
}
