package org.foreshape.shaping.simulation;

import java.util.List;

/**
 * A piece of work that will run in a VM and is announced before. Times are seconds of the trace.
 *
 * @param vm number of the VM
 * @param id unique name
 * @param type kind of work
 * @param priority 0 to 9, 5 is the middle
 * @param announceSeconds when policies hear of it
 * @param startSeconds when its demand begins
 * @param durationSeconds how long its demand lasts
 * @param memoryMib what it adds to the VM's memory demand
 * @param cpuCores what it adds to the VM's CPU use
 * @param complexity estimated size of the work, in the unit of its type
 * @param dependsOn ids of the tasks that it waits for
 */
public record AnnouncedTask(
        int vm,
        String id,
        String type,
        int priority,
        long announceSeconds,
        long startSeconds,
        long durationSeconds,
        double memoryMib,
        double cpuCores,
        double complexity,
        List<String> dependsOn) {
    /** Takes a copy of the list. */
    public AnnouncedTask {
        dependsOn = List.copyOf(dependsOn);
    }

    /** First sub-step with the task's demand. */
    long startSubStep() {
        return Math.ceilDiv(startSeconds, (long) Span.SUB_STEP_SECONDS);
    }

    /** Sub-step after the last with the task's demand. */
    long endSubStep() {
        long end = Math.ceilDiv(startSeconds + durationSeconds, (long) Span.SUB_STEP_SECONDS);
        return Math.max(startSubStep() + 1, end);
    }
}
