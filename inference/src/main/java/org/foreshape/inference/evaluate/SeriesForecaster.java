package org.foreshape.inference.evaluate;

/**
 * Forecasts one VM's recorded use, step by step, from nothing but the steps before. One thread; the
 * caller closes it.
 */
public interface SeriesForecaster extends AutoCloseable {
    /**
     * What to call it in reports.
     *
     * @return its name
     */
    String name();

    /**
     * The step that it wants.
     *
     * @return seconds
     */
    int gridStepSeconds();

    /**
     * Forecasts after every step.
     *
     * @param use percent of capacity, by {@link org.foreshape.inference.FeatureSchema#MEMORY} and
     *     CPU, then step; NaN when missing
     * @param firstStep index of the first step since the epoch of the trace
     * @return per step {@link org.foreshape.inference.FeatureSchema#OUTPUT_COUNT} quantiles,
     *     percent of capacity, ascending within 0 and 100; NaN where nothing is known. The array is
     *     used again by the next call.
     */
    float[] forecast(float[][] use, long firstStep);

    @Override
    void close();
}
