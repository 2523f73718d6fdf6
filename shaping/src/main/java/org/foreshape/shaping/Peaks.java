package org.foreshape.shaping;

import org.foreshape.ring.event.Quantiles;

/**
 * How high the use of each VM is forecast to peak within five minutes: quantiles, and what they say
 * between each other. There the chance of a miss, of a peak above a level, is taken to fall by a
 * constant share per KiB. Engine thread only.
 */
final class Peaks {
    /** Stretches between quantiles. */
    static final int STRETCHES = Quantiles.COUNT - 1;

    /** The chance that a peak lies above a quantile. */
    static final double[] MISS = misses();

    /** In a stretch of one KiB, over how many KiB that chance falls to 1/e. */
    static final double[] FOLD = folds();

    /** Memory above this is no forecast but a fault. */
    private static final float QUANTILE_KIB_MAX = 1e12f;

    /** {@link Quantiles#COUNT} per slot, ascending. */
    final float[] quantileKib;

    /** What the VM used when this was forecast. */
    final long[] useKib;

    /** Whether there is a forecast that can be used. */
    final boolean[] known;

    Peaks(int vmCountMax) {
        quantileKib = new float[vmCountMax * Quantiles.COUNT];
        useKib = new long[vmCountMax];
        known = new boolean[vmCountMax];
    }

    void forget(int slot) {
        known[slot] = false;
    }

    /**
     * Takes the forecast of a VM.
     *
     * @param forecastKib forecasts of many
     * @param offset where its quantiles begin
     * @return whether it can be used
     */
    boolean take(int slot, float[] forecastKib, int offset, long usedKib) {
        boolean usable = usable(forecastKib, offset);
        if (usable) {
            int first = slot * Quantiles.COUNT;
            System.arraycopy(forecastKib, offset, quantileKib, first, Quantiles.COUNT);
            useKib[slot] = usedKib;
        }
        known[slot] = usable;
        return usable;
    }

    /** Whether ten numbers are quantiles: finite, not negative, ascending, not all 0. */
    static boolean usable(float[] quantile, int offset) {
        float before = 0;
        boolean ascending = true;
        for (int i = 0; i < Quantiles.COUNT; i++) {
            float value = quantile[offset + i];
            ascending &= value >= before;
            before = value;
        }
        return ascending && before > 0 && before <= QUANTILE_KIB_MAX;
    }

    /**
     * The chance that the peak lies above a value.
     *
     * @param stretch the stretch that holds the value
     * @param startKib where that begins
     * @param foldKib over how much the chance falls to 1/e in it
     */
    static double chanceAbove(int stretch, double startKib, double foldKib, double valueKib) {
        return MISS[stretch] * StrictMath.exp((startKib - valueKib) / foldKib);
    }

    private static double[] misses() {
        double[] misses = new double[Quantiles.COUNT];
        for (int i = 0; i < misses.length; i++) {
            misses[i] = 1 - Quantiles.level(i);
        }
        return misses;
    }

    private static double[] folds() {
        double[] folds = new double[STRETCHES];
        for (int i = 0; i < folds.length; i++) {
            folds[i] = 1 / StrictMath.log(MISS[i] / MISS[i + 1]);
        }
        return folds;
    }
}
