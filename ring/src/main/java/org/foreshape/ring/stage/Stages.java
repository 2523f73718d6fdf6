package org.foreshape.ring.stage;

/**
 * The stages of one engine, in their order.
 *
 * @param observer keeps the history
 * @param forecaster writes forecasts
 * @param shaper writes plans
 * @param recorder writes the journal
 * @param dispatcher hands acts over
 * @param learner scores
 */
public record Stages(
        Observer observer,
        Forecaster forecaster,
        Shaper shaper,
        Recorder recorder,
        Dispatcher dispatcher,
        Learner learner) {}
