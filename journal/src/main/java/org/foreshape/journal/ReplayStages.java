package org.foreshape.journal;

import org.foreshape.ring.stage.Forecaster;
import org.foreshape.ring.stage.Observer;
import org.foreshape.ring.stage.Shaper;

/**
 * The stages that decide, for the replay of one run.
 *
 * @param observer keeps the history
 * @param forecaster writes forecasts
 * @param shaper writes plans
 */
public record ReplayStages(Observer observer, Forecaster forecaster, Shaper shaper) {
    /** Makes the stages of a run. */
    @FunctionalInterface
    public interface Factory {
        /**
         * Makes fresh stages.
         *
         * @param configuration text of the run's ENGINE_STARTED event
         * @param vmCountMax most VMs of the run
         */
        ReplayStages create(String configuration, int vmCountMax);
    }
}
