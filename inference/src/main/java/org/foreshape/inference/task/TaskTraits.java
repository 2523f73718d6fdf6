package org.foreshape.inference.task;

import java.util.Arrays;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.Text;

/**
 * What is told of one task: the input of an estimate, and of learning. Made once and filled again;
 * nothing allocates after construction. One thread.
 */
public final class TaskTraits {
    private static final Resource[] RESOURCES = Resource.values();

    /** Its type; the part up to the first '-', '/' or ':' names its family. */
    public final Text type = new Text(TaskSection.TYPE_BYTES_MAX);

    /** Complexity relative to other tasks of its type; what is not positive counts as 1. */
    public double complexity = 1;

    /** Priority, 0 to 9; clamped. */
    public int priority;

    /** What was asked for, by {@link TaskResource}; NaN or not positive: not told. */
    public final double[] requested = new double[TaskResource.COUNT];

    /** What it used in the end, by {@link TaskResource}; NaN or negative: not known. */
    public final double[] actual = new double[TaskResource.COUNT];

    /** Traits of which nothing is told. */
    public TaskTraits() {
        clear();
    }

    /** Forgets everything. */
    public void clear() {
        type.clear();
        complexity = 1;
        priority = 0;
        Arrays.fill(requested, Double.NaN);
        Arrays.fill(actual, Double.NaN);
    }

    /**
     * Takes over what an event tells.
     *
     * @param task news of the task
     */
    public void set(TaskSection task) {
        clear();
        type.copyFrom(task.type);
        complexity = task.complexity;
        priority = task.priority;
        for (Resource resource : RESOURCES) {
            int index = TaskResource.of(resource).ordinal();
            requested[index] = known(task.expected(resource));
            actual[index] = known(task.actual(resource));
        }
        requested[TaskResource.DURATION.ordinal()] = known(task.expectedDurationNs);
        actual[TaskResource.DURATION.ordinal()] = known(task.actualDurationNs);
    }

    private static double known(long figure) {
        return figure < 0 ? Double.NaN : figure;
    }
}
