package org.foreshape.numasculptor;

import java.util.List;

/**
 * What came of a step.
 *
 * @param step which
 * @param outcome how it ended
 * @param bytes what was moved, made huge, made cold or swapped out, as seen afterwards and not as a
 *     call returned it; 0 for steps that handle none
 * @param durationNs how long it took, its pauses included
 * @param pausedNs what of that it slept to keep its pace
 * @param reason one sentence; empty when it is done
 * @param failures by kind, the most frequent first
 */
public record StepReport(
        Step step,
        StepOutcome outcome,
        long bytes,
        long durationNs,
        long pausedNs,
        String reason,
        List<Failure> failures) {

    /** Copies the list. */
    public StepReport {
        failures = List.copyOf(failures);
    }

    /**
     * How fast it went while it worked.
     *
     * @return bytes per second, pauses not counted; 0 when there were no bytes
     */
    public double bytesPerSecond() {
        long workedNs = durationNs - pausedNs;
        return workedNs <= 0 ? 0 : bytes * 1e9 / workedNs;
    }

    static StepReport without(Step step, StepOutcome outcome, String reason) {
        return new StepReport(step, outcome, 0, 0, 0, reason, List.of());
    }
}
