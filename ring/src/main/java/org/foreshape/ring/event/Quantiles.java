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
}
