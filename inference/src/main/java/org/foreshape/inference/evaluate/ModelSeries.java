package org.foreshape.inference.evaluate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.foreshape.inference.DemandBuffers;
import org.foreshape.inference.DemandFeatures;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.FeatureStore;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ForecastRow;
import org.foreshape.inference.ModelBuffers;
import org.foreshape.inference.ModelSession;
import org.foreshape.inference.ModelSessions;
import org.foreshape.inference.QuantileTracker;
import org.foreshape.inference.SessionBuffers;

/**
 * A trained model on recorded series, with the inputs and the calibration that it has in service. A
 * stateful model takes step after step; the rows of a feature model are run many at once.
 */
public final class ModelSeries implements SeriesForecaster {
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int ROWS = 256;

    private final String name;
    private final int gridStepSeconds;
    private final boolean calibrated;
    private final Arena arena = Arena.ofConfined();
    private final SessionBuffers buffers;
    private final ModelSession session;
    private final QuantileTracker tracker;
    private final float[] features = new float[DemandSchema.FEATURES];
    private final float[] origins = new float[FeatureSchema.RESOURCE_COUNT];
    private final float[] scales = new float[FeatureSchema.RESOURCE_COUNT];
    private float[] quantiles = {};

    /**
     * Opens a model.
     *
     * @param model the checked model
     * @param calibrated whether the quantile tracker corrects it
     */
    public ModelSeries(ForecastModel model, boolean calibrated) {
        this(model.name() + (calibrated ? ", calibrated" : ", raw"), model, calibrated);
    }

    /**
     * Opens a model under a name.
     *
     * @param name what reports call it
     * @param model the checked model
     * @param calibrated whether the quantile tracker corrects it
     */
    public ModelSeries(String name, ForecastModel model, boolean calibrated) {
        this.name = name;
        this.gridStepSeconds = model.manifest().gridStepSeconds();
        this.calibrated = calibrated;
        this.buffers = SessionBuffers.of(model.manifest(), ROWS, arena);
        this.session = ModelSessions.open(model.bytes(), buffers, false);
        this.tracker = new QuantileTracker(1, gridStepSeconds);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int gridStepSeconds() {
        return gridStepSeconds;
    }

    @Override
    public float[] forecast(float[][] use, long firstStep) {
        int steps = use[0].length;
        if (quantiles.length < steps * OUTPUTS) {
            quantiles = new float[steps * OUTPUTS];
        }
        Arrays.fill(quantiles, Float.NaN);
        tracker.reset(0);
        int born = 0;
        while (born < steps
                && Float.isNaN(use[FeatureSchema.MEMORY][born])
                && Float.isNaN(use[FeatureSchema.CPU][born])) {
            born++;
        }
        switch (buffers) {
            case DemandBuffers rows -> runRows(rows, use, firstStep, born);
            case ModelBuffers state -> runStateful(state, use, firstStep, born);
        }
        return quantiles;
    }

    private void runRows(DemandBuffers rows, float[][] use, long firstStep, int born) {
        int steps = use[0].length;
        DemandFeatures store = new DemandFeatures(1, gridStepSeconds);
        // Of each step of the batch: the targets that it made known, and which origins are known.
        float[] peaks = new float[ROWS * Score.SERIES];
        for (int from = born; from < steps; from += ROWS) {
            int count = Math.min(ROWS, steps - from);
            for (int k = 0; k < count; k++) {
                int t = from + k;
                store.atStep((firstStep + t) * gridStepSeconds);
                store.commit(0, use[FeatureSchema.MEMORY][t], use[FeatureSchema.CPU][t]);
                store.write(0, features, 0);
                for (int r = 0; r < origins.length; r++) {
                    origins[r] = store.originPercent(0, r);
                    scales[r] = store.scalePercent(0, r);
                    for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                        peaks[k * Score.SERIES + Score.series(r, h)] = store.peakPercent(0, r, h);
                        // A series without an origin has no forecast.
                        if (!Float.isNaN(origins[r])) {
                            quantiles[t * OUTPUTS + FeatureSchema.outputIndex(r, h, 0)] = 0f;
                        }
                    }
                }
                rows.write(k, features, 0, origins, scales);
            }
            run(buffers.batchIndexFor(count), 0);
            for (int k = 0; k < count; k++) {
                int at = (from + k) * OUTPUTS;
                read(k, at);
                calibrate(at, peaks, k * Score.SERIES);
            }
        }
    }

    private void runStateful(ModelBuffers state, float[][] use, long firstStep, int born) {
        int steps = use[0].length;
        FeatureStore store = new FeatureStore(1, gridStepSeconds);
        state.zeroState(0, 0);
        state.zeroState(0, 1);
        float[] peaks = new float[Score.SERIES];
        int[] horizons = FeatureSchema.horizonSteps();
        for (int t = born, side = 0; t < steps; t++, side = 1 - side) {
            float memory = use[FeatureSchema.MEMORY][t];
            float cpu = use[FeatureSchema.CPU][t];
            store.atStep((firstStep + t) * gridStepSeconds);
            store.write(0, memory, cpu, state.inputs(), 0);
            run(0, side);
            int at = t * OUTPUTS;
            for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
                for (int h = 0; h < horizons.length; h++) {
                    peaks[Score.series(r, h)] = ScoreGrid.peak(use[r], t, horizons[h]);
                    if (!Float.isNaN(store.originPercent(0, r))) {
                        quantiles[at + FeatureSchema.outputIndex(r, h, 0)] = 0f;
                    }
                }
            }
            read(0, at);
            for (int k = 0; k < OUTPUTS; k++) {
                int r = k / (OUTPUTS / FeatureSchema.RESOURCE_COUNT);
                quantiles[at + k] =
                        store.originPercent(0, r) + store.originScale(0, r) * quantiles[at + k];
            }
            calibrate(at, peaks, 0);
            store.commit(0, memory, cpu);
        }
    }

    private void run(int batch, int side) {
        if (!session.run(batch, side)) {
            throw new IllegalStateException(session.lastError());
        }
    }

    /** Copies a row of answers; those of a series that was marked unknown stay so. */
    private void read(int row, int at) {
        for (int series = 0; series < Score.SERIES; series++) {
            int from = at + series * FeatureSchema.QUANTILE_COUNT;
            if (!Float.isNaN(quantiles[from])) {
                MemorySegment.copy(
                        buffers.outputs(),
                        ValueLayout.JAVA_FLOAT,
                        4L * (row * OUTPUTS + series * FeatureSchema.QUANTILE_COUNT),
                        quantiles,
                        from,
                        FeatureSchema.QUANTILE_COUNT);
            }
        }
    }

    private void calibrate(int at, float[] peaks, int peaksAt) {
        ForecastRow.tidy(quantiles, at);
        if (!calibrated) {
            return;
        }
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                tracker.learn(0, r, h, peaks[peaksAt + Score.series(r, h)]);
            }
        }
        tracker.correct(0, quantiles, at);
        ForecastRow.tidy(quantiles, at); // Beyond the outermost quantiles it may leave the range.
        tracker.remember(0, quantiles, at);
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
