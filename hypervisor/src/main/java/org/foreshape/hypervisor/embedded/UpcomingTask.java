package org.foreshape.hypervisor.embedded;

/**
 * A task that its scheduler has told of and that has not started.
 *
 * @param vmName where it will run
 * @param plannedStartTimeNs engine time of its planned start
 * @param task the task itself
 */
public record UpcomingTask(String vmName, long plannedStartTimeNs, CurveTask task) {}
