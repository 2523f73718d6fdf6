package org.foreshape.numasculptor;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of sculpting one VM.
 *
 * @param pid its process
 * @param steps what came of each step asked for, in order
 * @param bytesByNodeBefore its RAM by node before, from numa_maps; empty when it could not be read
 * @param bytesByNodeAfter the same afterwards
 * @param durationNs all of it
 * @param undo what {@link Sculptor#undo} needs; null when there is nothing to take back
 */
public record SculptReport(
        int pid,
        List<StepReport> steps,
        Map<Integer, Long> bytesByNodeBefore,
        Map<Integer, Long> bytesByNodeAfter,
        long durationNs,
        @Nullable SculptUndo undo) {

    /** Copies the collections. */
    public SculptReport {
        steps = List.copyOf(steps);
        bytesByNodeBefore = Map.copyOf(bytesByNodeBefore);
        bytesByNodeAfter = Map.copyOf(bytesByNodeAfter);
    }

    /**
     * What came of one step.
     *
     * @param step which
     * @return empty when it was not asked for
     */
    public Optional<StepReport> step(Step step) {
        return steps.stream().filter(s -> s.step() == step).findFirst();
    }

    /**
     * Whether all that was asked is done.
     *
     * @return true when each step is
     */
    public boolean isDone() {
        return steps.stream().allMatch(s -> s.outcome() == StepOutcome.DONE);
    }
}
