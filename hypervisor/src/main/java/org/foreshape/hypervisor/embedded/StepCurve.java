package org.foreshape.hypervisor.embedded;

record StepCurve(long lowKib, long highKib, long periodNs, long seed) implements DemandCurve {
    private static final long CHANGE_NS = 4_000_000_000L;

    @Override
    public String kind() {
        return "step";
    }

    @Override
    public long memoryKib(long elapsedNs) {
        double level = lowKib + (highKib - lowKib) * height(elapsedNs);
        return SteadyCurve.noisy(level, seed, elapsedNs);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return SteadyCurve.noisy(100 + 700 * height(elapsedNs), seed + 1, elapsedNs);
    }

    private double height(long elapsedNs) {
        long interval = Math.floorDiv(elapsedNs, periodNs);
        long within = Math.floorMod(elapsedNs, periodNs);
        // The change lies in the first half of the period, so that no two of them meet.
        long changeNs = (long) (Noise.unit(seed ^ 0x57E9L, interval) * periodNs / 2);
        double before = level(interval - 1);
        double progress = (double) (within - changeNs) / Math.min(CHANGE_NS, periodNs / 4);
        return before + (level(interval) - before) * Math.clamp(progress, 0.0, 1.0);
    }

    private double level(long interval) {
        return Noise.unit(seed, interval) < 0.5 ? 0 : 1;
    }
}
