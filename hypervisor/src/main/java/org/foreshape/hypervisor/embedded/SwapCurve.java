package org.foreshape.hypervisor.embedded;

record SwapCurve(long lowKib, long highKib, long periodNs, long seed, boolean second)
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

    /** The first is high in even periods, the second in odd ones; both change at one moment. */
    private double height(long elapsedNs) {
        long interval = Math.floorDiv(elapsedNs, periodNs);
        long within = Math.floorMod(elapsedNs, periodNs);
        long changeNs = (long) (Noise.unit(seed, interval) * periodNs / 4);
        double progress = (double) (within - changeNs) / Math.min(CHANGE_NS, periodNs / 4);
        double towards = Math.clamp(progress, 0.0, 1.0);
        boolean rising = Math.floorMod(interval, 2) == (second ? 1 : 0);
        return rising ? towards : 1 - towards;
    }
}
