package org.foreshape.inference;

import org.foreshape.ring.stage.Forecaster;

/**
 * A trained model in service: one run for all VMs per sample, and the plain {@link
 * FallbackForecaster} where it cannot speak. Engine thread only, besides the counts.
 */
public sealed interface ModelForecaster extends Forecaster, Learning, AutoCloseable
        permits OnnxForecaster, DemandForecaster {
    /**
     * Opens a forecaster on a history.
     *
     * @param model the checked model
     * @param history the observer that runs before it, on the model's grid
     * @param tryCuda whether to run on a CUDA device if there is one; the CPU gives the same bits
     *     on every run, a device need not
     * @return the forecaster; the caller closes it after the engine stopped
     * @throws IllegalArgumentException when the history has another grid
     * @throws ModelRejectedException when the runtime refuses the model
     */
    static ModelForecaster open(ForecastModel model, SampleHistory history, boolean tryCuda) {
        return open(model, history, tryCuda, 0);
    }

    /**
     * Opens a forecaster that gives a VM to the plain one where the model is out of its bounds: see
     * {@link DriftWatch}.
     *
     * @param model the checked model; the LSTM is not watched
     * @param history the observer that runs before it, on the model's grid
     * @param tryCuda as above
     * @param falseAlarmHorizons horizons of 5 minutes between two false alarms, in the mean, at
     *     least; 0: the model is not watched
     * @return the forecaster; the caller closes it after the engine stopped
     * @throws IllegalArgumentException when the history has another grid
     * @throws ModelRejectedException when the runtime refuses the model
     */
    static ModelForecaster open(
            ForecastModel model, SampleHistory history, boolean tryCuda, int falseAlarmHorizons) {
        return model.manifest().schemaVersion() == DemandSchema.VERSION
                ? DemandForecaster.open(model, history, tryCuda, falseAlarmHorizons)
                : OnnxForecaster.open(model, history, tryCuda);
    }

    /**
     * How the model runs, for one line of the log.
     *
     * @return binding and execution provider, and why not a better one
     */
    String description();

    /**
     * Runs that the runtime refused; the fallback spoke for all VMs of those ticks.
     *
     * @return the count; safe from any thread
     */
    long failedRuns();

    /**
     * Forecasts of one VM that were not finite; that VM starts anew with the fallback.
     *
     * @return the count; safe from any thread
     */
    long nonFiniteForecasts();

    /**
     * Tasks that found no place in the table.
     *
     * @return the count; engine thread only
     */
    long ignoredTasks();

    /** Frees the model. Call it after the engine stopped. Idempotent. */
    @Override
    void close();
}
