package org.foreshape.hypervisor.embedded;

record SteadyCurve(long levelKib, long seed) implements DemandCurve {
    static final long NOISE_GRID_NS = 40_000_000_000L;
    private static final double NOISE_SHARE = 0.03;

    @Override
    public String kind() {
        return "steady";
    }

    @Override
    public long memoryKib(long elapsedNs) {
        return noisy((double) levelKib, seed, elapsedNs);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return noisy(200, seed + 1, elapsedNs);
    }

    /** A level with the noise that all curves have: up to 3 %. */
    static long noisy(double level, long seed, long elapsedNs) {
        return (long) (level * (1 + NOISE_SHARE * Noise.smooth(seed, elapsedNs, NOISE_GRID_NS)));
    }
}
