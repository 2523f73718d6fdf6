package org.foreshape.inference.evaluate;

import org.foreshape.inference.FallbackSteps;
import org.foreshape.inference.FeatureSchema;

/** The plain forecaster, which serves where no model speaks, on recorded series. */
public final class FallbackSeries implements SeriesForecaster {
    /** What reports call it. */
    public static final String NAME = "fallback";

    private final int gridStepSeconds;

    /**
     * A forecaster for a grid.
     *
     * @param gridStepSeconds seconds per step
     */
    public FallbackSeries(int gridStepSeconds) {
        this.gridStepSeconds = gridStepSeconds;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int gridStepSeconds() {
        return gridStepSeconds;
    }

    @Override
    public float[] forecast(float[][] use, long firstStep) {
        int steps = use[0].length;
        float[] quantiles = new float[steps * FeatureSchema.OUTPUT_COUNT];
        FallbackSteps law = new FallbackSteps(gridStepSeconds);
        for (int t = 0; t < steps; t++) {
            for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
                law.observe(firstStep + t, r, use[r][t]);
                for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                    int at = FeatureSchema.outputIndex(r, h, 0);
                    law.write(r, h, quantiles, t * FeatureSchema.OUTPUT_COUNT + at);
                }
            }
        }
        return quantiles;
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
