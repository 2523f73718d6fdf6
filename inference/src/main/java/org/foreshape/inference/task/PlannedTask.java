package org.foreshape.inference.task;

import java.util.List;

/**
 * A task that has not ended, as the simulation of starts sees it.
 *
 * @param id unique among the tasks that have not ended
 * @param type its type, by which its duration is known
 * @param complexity relative to other tasks of its type
 * @param priority 0 to 9
 * @param plannedStartNs engine time before which it does not start
 * @param expectedDurationNs how long it is expected to run; negative when it was not told. It
 *     counts where no duration was ever learnt
 * @param startedNs engine time at which it started; negative while it waits
 * @param dependencies ids of the tasks that must end before it starts
 */
public record PlannedTask(
        String id,
        String type,
        double complexity,
        int priority,
        long plannedStartNs,
        long expectedDurationNs,
        long startedNs,
        List<String> dependencies) {
    /** Copies the dependencies. */
    public PlannedTask {
        dependencies = List.copyOf(dependencies);
    }

    /** Whether it runs already, so that its dependencies no longer matter. */
    public boolean isRunning() {
        return startedNs >= 0;
    }
}
