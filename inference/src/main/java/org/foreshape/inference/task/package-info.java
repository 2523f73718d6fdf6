/**
 * What tasks will need and when they will start: {@link org.foreshape.inference.task.TaskEstimator}
 * learns demand and duration from finished tasks, {@link
 * org.foreshape.inference.task.StartSimulation} turns plans and dependencies into starts, {@link
 * org.foreshape.inference.task.Recurrences} knows what comes again.
 */
package org.foreshape.inference.task;
