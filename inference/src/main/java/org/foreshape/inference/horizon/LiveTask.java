package org.foreshape.inference.horizon;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.inference.task.PlannedTask;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;

/**
 * A task that has not ended.
 *
 * @param id its id
 * @param type its type
 * @param priority 0 to 9
 * @param complexity relative to others of its type
 * @param slot of its VM; -1 when that is not known
 * @param generation of its VM
 * @param plannedStartNs engine time
 * @param expected what it was told to need on top of its VM's own use
 * @param expectedDurationNs what was told; negative when it was not
 * @param startedNs engine time; negative while it waits
 * @param usedAtStart what its VM used then
 * @param anticipated whether nobody announced it
 * @param dependencies ids of the tasks that must end before it starts
 */
public record LiveTask(
        String id,
        String type,
        int priority,
        double complexity,
        int slot,
        int generation,
        long plannedStartNs,
        Amounts expected,
        long expectedDurationNs,
        long startedNs,
        Amounts usedAtStart,
        boolean anticipated,
        List<String> dependencies) {
    /** Copies the dependencies. */
    public LiveTask {
        dependencies = List.copyOf(dependencies);
    }

    /** As an event tells of it. */
    static LiveTask told(TaskSection task, long startedNs, Amounts usedAtStart) {
        List<String> dependencies = new ArrayList<>();
        for (int k = 0; k < task.dependencyCount; k++) {
            dependencies.add(task.dependencies[k].toString());
        }
        return new LiveTask(
                task.id.toString(),
                task.type.toString(),
                task.priority,
                task.complexity,
                task.vmSlot,
                task.vmGeneration,
                task.plannedStartTimeNs,
                Amounts.expected(task),
                task.expectedDurationNs,
                startedNs,
                usedAtStart,
                task.state == TaskState.ANTICIPATED,
                dependencies);
    }

    /** News of a start may leave out what the announcement told. */
    LiveTask completedBy(LiveTask before) {
        boolean placed = slot >= 0;
        return new LiveTask(
                id,
                type,
                priority == 0 ? before.priority : priority,
                complexity == 1 ? before.complexity : complexity,
                placed ? slot : before.slot,
                placed ? generation : before.generation,
                before.plannedStartNs,
                expected.orElse(before.expected),
                expectedDurationNs < 0 ? before.expectedDurationNs : expectedDurationNs,
                startedNs,
                usedAtStart,
                anticipated,
                before.dependencies);
    }

    LiveTask startedAt(long timeNs, Amounts used) {
        return new LiveTask(
                id,
                type,
                priority,
                complexity,
                slot,
                generation,
                plannedStartNs,
                expected,
                expectedDurationNs,
                timeNs,
                used,
                anticipated,
                dependencies);
    }

    /** Whether it runs. */
    public boolean isRunning() {
        return startedNs >= 0;
    }

    /** As the simulation of starts sees it. */
    public PlannedTask planned() {
        return new PlannedTask(
                id,
                type,
                complexity,
                priority,
                plannedStartNs,
                expectedDurationNs,
                startedNs,
                dependencies);
    }
}
