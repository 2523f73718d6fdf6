package org.foreshape.daemon.engine;

import org.foreshape.inference.FallbackForecaster;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.SampleHistory;
import org.foreshape.ring.stage.Forecaster;
import org.foreshape.shaping.MemoryShaper;
import org.jspecify.annotations.Nullable;

/**
 * The three stages that decide, built from the settings of a run: the same for the engine and for
 * its replay.
 *
 * @param history keeps the history
 * @param forecaster writes forecasts
 * @param shaper writes plans
 * @param description which forecaster works and how, for one line of the log
 */
public record DecisionStages(
        SampleHistory history, Forecaster forecaster, MemoryShaper shaper, String description)
        implements AutoCloseable {
    /**
     * Builds fresh stages.
     *
     * @param model the model, where the settings want one
     * @param tryCuda whether a CUDA device may run it
     */
    public static DecisionStages create(
            RunSettings settings, @Nullable ForecastModel model, boolean tryCuda) {
        SampleHistory history =
                new SampleHistory(settings.vmCountMax(), settings.gridStepSeconds());
        MemoryShaper shaper = new MemoryShaper(settings.shaping(), settings.vmCountMax());
        return switch (settings.forecasting()) {
            case MODEL -> {
                if (model == null) {
                    throw new IllegalArgumentException("the run wants a model, none is given");
                }
                ModelForecaster forecaster =
                        ModelForecaster.open(
                                model, history, tryCuda, settings.falseAlarmHorizons());
                yield new DecisionStages(
                        history,
                        forecaster,
                        shaper,
                        model.name() + ", " + forecaster.description());
            }
            case FALLBACK ->
                    new DecisionStages(
                            history,
                            new FallbackForecaster(history),
                            shaper,
                            "none: the plain forecaster");
            case NONE -> new DecisionStages(history, tick -> {}, shaper, "none: no forecast");
        };
    }

    /** Frees the model. Call it after the engine stopped. */
    @Override
    public void close() {
        if (forecaster instanceof ModelForecaster opened) {
            opened.close();
        }
    }
}
