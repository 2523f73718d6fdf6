package org.foreshape.inference.evaluate;

import java.util.List;
import org.foreshape.inference.FeatureSchema;

/** What is scored: sixteen cells, two resources by two horizons by four quantiles. */
public final class Score {
    /** Horizons in minutes, ascending. */
    public static final List<Integer> HORIZON_MINUTES = List.of(5, 15);

    /** Scored quantile levels, ascending. */
    public static final List<Double> LEVELS = List.of(.5, .9, .95, .99);

    /** Resources by name, as they are indexed. */
    public static final List<String> RESOURCES = List.of("memory", "cpu");

    /** Series of one VM: resources by horizons. */
    public static final int SERIES = FeatureSchema.RESOURCE_COUNT * HORIZON_MINUTES.size();

    /** Cells. */
    public static final int CELLS = SERIES * LEVELS.size();

    /** A forecast covers what lies at most this much above it: rounding of 32-bit floats. */
    static final double TIE = 1e-6;

    private static final double[] LEVEL = {.5, .9, .95, .99};

    private Score() {}

    /**
     * Where a series stands.
     *
     * @param resource index of the resource
     * @param horizon index of the horizon
     * @return an index below {@link #SERIES}
     */
    public static int series(int resource, int horizon) {
        return resource * HORIZON_MINUTES.size() + horizon;
    }

    /**
     * Where a cell stands.
     *
     * @param series from {@link #series}
     * @param level index of the quantile level
     * @return an index below {@link #CELLS}
     */
    public static int cell(int series, int level) {
        return series * LEVELS.size() + level;
    }

    static double level(int index) {
        return LEVEL[index];
    }

    static int levelCount() {
        return LEVEL.length;
    }

    /**
     * The pinball loss.
     *
     * @param quantile level
     * @param error what came less what was forecast
     * @return the loss, in the error's unit
     */
    static double pinball(double quantile, double error) {
        return Math.max(quantile * error, (quantile - 1) * error);
    }
}
