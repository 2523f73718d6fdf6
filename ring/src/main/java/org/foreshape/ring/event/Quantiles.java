package org.foreshape.ring.event;

/** The quantile levels that every forecast carries, ascending. */
public final class Quantiles {
    /** Number of levels. */
    public static final int COUNT = 10;

    /** Index of the median. */
    public static final int MEDIAN = 3;

    /** Index of the .95 quantile. */
    public static final int P95 = 6;

    /** Index of the .99 quantile. */
    public static final int P99 = 7;

    private static final double[] LEVELS = {.05, .1, .25, .5, .75, .9, .95, .99, .995, .999};

    private Quantiles() {}

    /**
     * The level at an index.
     *
     * @param index 0 to {@link #COUNT} - 1
     */
    public static double level(int index) {
        return LEVELS[index];
    }

    /**
     * The pinball loss of a forecast, mean over the levels; 0 when all quantiles were what came.
     *
     * @param quantiles where the quantiles stand
     * @param at index of the first of {@link #COUNT}
     * @param came what came, in their unit
     */
    public static double pinballLoss(float[] quantiles, int at, double came) {
        double sum = 0;
        for (int q = 0; q < COUNT; q++) {
            double above = came - quantiles[at + q];
            sum += Math.max(LEVELS[q] * above, (LEVELS[q] - 1) * above);
        }
        return sum / COUNT;
    }
}
