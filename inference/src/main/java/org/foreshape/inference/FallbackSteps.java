package org.foreshape.inference;

import java.util.Arrays;

/**
 * The law of {@link FallbackForecaster} on recorded grid steps of one VM instead of samples: what
 * it would say if it were sampled once at the end of each step. For scores; one thread.
 */
public final class FallbackSteps {
    private final int gridStepSeconds;
    private final RiseWindows rises =
            new RiseWindows(FeatureSchema.RESOURCE_COUNT, RiseWindows.MEMORY_PRIOR);
    private final float[] latest = new float[FeatureSchema.RESOURCE_COUNT];

    /**
     * A VM of which nothing is known.
     *
     * @param gridStepSeconds seconds of a step
     */
    public FallbackSteps(int gridStepSeconds) {
        this.gridStepSeconds = gridStepSeconds;
        Arrays.fill(latest, Float.NaN);
    }

    /**
     * Takes the next step.
     *
     * @param step its index
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @param percent use, percent of capacity; NaN when missing, which changes nothing
     */
    public void observe(long step, int resource, float percent) {
        if (!Float.isNaN(percent)) {
            long endSecond = (step + 1) * gridStepSeconds - 1;
            long endNs = endSecond * 1_000_000_000L;
            rises.observe(resource, Math.floorDiv(endNs, RiseWindows.PART_NS), percent);
            rises.settle();
            latest[resource] = percent;
        }
    }

    /**
     * Writes the quantiles of the peak within a horizon.
     *
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @param horizon index of the horizon
     * @param out where {@link FeatureSchema#QUANTILE_COUNT} percents go; NaN while nothing is known
     * @param at index of the first
     */
    public void write(int resource, int horizon, float[] out, int at) {
        if (Float.isNaN(latest[resource])) {
            Arrays.fill(out, at, at + FeatureSchema.QUANTILE_COUNT, Float.NaN);
        } else {
            rises.write(resource, horizon, latest[resource], 1f, out, at);
        }
    }
}
