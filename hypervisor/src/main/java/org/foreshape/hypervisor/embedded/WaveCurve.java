package org.foreshape.hypervisor.embedded;

record WaveCurve(long lowKib, long highKib, long periodNs, long seed) implements DemandCurve {
    @Override
    public String kind() {
        return "daily-wave";
    }

    @Override
    public long memoryKib(long elapsedNs) {
        return SteadyCurve.noisy(lowKib + (highKib - lowKib) * height(elapsedNs), seed, elapsedNs);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return SteadyCurve.noisy(100 + 800 * height(elapsedNs), seed + 1, elapsedNs);
    }

    private double height(long elapsedNs) {
        double turns = (double) Math.floorMod(elapsedNs, periodNs) / periodNs;
        return (1 - Math.cos(2 * Math.PI * (turns + Noise.unit(seed, -1)))) / 2;
    }
}
