package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/** Second stage: writes {@link Tick#forecast}. Sees every event, in order. */
public interface Forecaster {
    /**
     * Writes the forecasts of a sample event; for other events it may leave the section empty. An
     * exception leaves the tick without a forecast, and the reactive law at work.
     */
    void forecast(Tick tick);

    /**
     * Works through what the next sample will want, as {@link Shaper#rehearsePlan} does, but for
     * the model: a second run of it would cost more than all the rest.
     *
     * @param scratch takes what comes of it; nobody reads it
     */
    default void rehearseForecast(Tick scratch) {}

    /** How long the runs of a model took within the last {@link #forecast}; 0 for none. */
    default long modelNs() {
        return 0;
    }
}
