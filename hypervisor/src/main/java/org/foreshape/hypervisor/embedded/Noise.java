package org.foreshape.hypervisor.embedded;

/**
 * Chance without state: the same seed and index give the same number on every machine, whatever was
 * asked before.
 */
final class Noise {
    private Noise() {}

    /** A number in [0, 1) of a seed and an index. */
    static double unit(long seed, long index) {
        return (mix(seed, index) >>> 11) * 0x1.0p-53;
    }

    /**
     * A curve in [-1, 1] that goes smoothly through one random value per grid step.
     *
     * @param gridNs length of a grid step
     */
    static double smooth(long seed, long elapsedNs, long gridNs) {
        long step = Math.floorDiv(elapsedNs, gridNs);
        double within = (double) Math.floorMod(elapsedNs, gridNs) / gridNs;
        double eased = within * within * (3 - 2 * within);
        double left = unit(seed, step);
        double right = unit(seed, step + 1);
        return 2 * (left + (right - left) * eased) - 1;
    }

    /** All bits of both inputs spread over the result (the finalizer of SplitMix64). */
    static long mix(long seed, long index) {
        long z = seed + index * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
