package org.foreshape.ring;

/** Every count of the engine: one constant each, with its label. */
public enum Counter {
    /** Events that went through all stages. */
    EVENTS("events"),
    /** Sample events among them. */
    TICKS("ticks"),
    /** Samples shed because the ring was full. */
    SAMPLES_DROPPED("dropped_samples"),
    /** Samples shed because the journal had no room for them. */
    SAMPLES_UNRECORDED("unrecorded_samples"),
    /** Plans made. */
    DECISIONS("decisions"),
    /** Forecasts of one VM by the model. */
    MODEL_FORECASTS("model_forecasts"),
    /** Forecasts of one VM by the fallback. */
    FALLBACK_FORECASTS("fallback_forecasts"),
    /** Acts handed to a lane. */
    ACTS("acts"),
    /** Acts dropped since their lane was still busy. */
    ACTS_REFUSED("acts_refused"),
    /** Outcomes other than done. */
    ACTS_FAILED("acts_failed"),
    /** Exceptions of the observer. */
    OBSERVER_ERRORS("observer_errors"),
    /** Exceptions of the forecaster; the reactive law was left at work. */
    FORECASTER_ERRORS("forecaster_errors"),
    /** Exceptions of the shaper; enforcement stopped. */
    SHAPER_ERRORS("shaper_errors"),
    /** Events that could not be journaled; their acts were not done. */
    RECORDER_ERRORS("recorder_errors"),
    /** Exceptions of the dispatcher. */
    DISPATCHER_ERRORS("dispatcher_errors"),
    /** Exceptions of the learner. */
    LEARNER_ERRORS("learner_errors");

    private final String label;

    Counter(String label) {
        this.label = label;
    }

    /** Name in JSON and metrics. */
    public String label() {
        return label;
    }
}
