package org.foreshape.hypervisor.embedded;

record RampCurve(long lowKib, long highKib, long periodNs, long seed) implements DemandCurve {
    private static final double RISE_SHARE = 0.80;
    private static final double FALL_SHARE = 0.02;

    @Override
    public String kind() {
        return "ramp";
    }

    @Override
    public long memoryKib(long elapsedNs) {
        double level = lowKib + (highKib - lowKib) * height(elapsedNs);
        return SteadyCurve.noisy(level, seed, elapsedNs);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return SteadyCurve.noisy(150 + 350 * height(elapsedNs), seed + 1, elapsedNs);
    }

    private double height(long elapsedNs) {
        double within = (double) Math.floorMod(elapsedNs, periodNs) / periodNs;
        if (within < RISE_SHARE) {
            return within / RISE_SHARE;
        }
        return Math.max(0, 1 - (within - RISE_SHARE) / FALL_SHARE);
    }
}
