package org.foreshape.journal;

import org.jspecify.annotations.Nullable;

/**
 * What a replay found.
 *
 * @param runs runs replayed
 * @param events events replayed
 * @param skipped events of a run whose beginning is not in the journal any more
 * @param plans events with a plan, recorded or replayed
 * @param identical those whose plans are the same in every bit
 * @param firstDifference the first plan that differs, or null
 * @param forecasts forecasts of one VM, recorded or replayed
 * @param forecastsIdentical those that are the same in every bit
 * @param firstForecastDifference the first forecast that differs, or null
 * @param learnt parts of learnt state, recorded or replayed
 * @param learntIdentical those that are the same in every bit
 * @param firstLearntDifference the first part that differs, or null
 * @param stageErrors exceptions of the replayed stages, each treated as the engine treats it
 * @param seconds wall time
 */
public record ReplayReport(
        long runs,
        long events,
        long skipped,
        long plans,
        long identical,
        @Nullable Difference firstDifference,
        long forecasts,
        long forecastsIdentical,
        @Nullable Difference firstForecastDifference,
        long learnt,
        long learntIdentical,
        @Nullable Difference firstLearntDifference,
        long stageErrors,
        double seconds) {

    /**
     * Where a replay went another way.
     *
     * @param runId the run
     * @param eventSequence the event in it
     * @param vmSlot the first slot that differs, or -1 when the difference is not about a VM
     * @param vmName name of its VM, or null when that is not known
     * @param text recorded against replayed
     */
    public record Difference(
            long runId, long eventSequence, int vmSlot, @Nullable String vmName, String text) {}

    /** Whether there were plans and all came out the same. */
    public boolean ok() {
        return plans > 0 && identical == plans;
    }
}
