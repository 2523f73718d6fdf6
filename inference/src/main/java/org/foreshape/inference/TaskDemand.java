package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.inference.task.TaskTraits;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Text;
import org.foreshape.ring.event.Tick;

/**
 * What announced tasks will need on top of each VM's own use. An expected figure that was not told
 * is learnt from finished tasks: the .95 quantile of {@link TaskEstimator}, given the task's type,
 * complexity and priority, and anew when another task of the type finishes.
 *
 * <p>A task that the engine itself expects counts as one that was announced, and an expected start
 * that differs from the plan takes its place. A running task counts with what it has not taken yet:
 * expected less the VM's growth since its start. A task that did not start 15 minutes after its
 * plan no longer counts. Limit: 1024 tasks at once; more are ignored and counted. Nothing allocates
 * after construction. Engine thread only.
 */
final class TaskDemand {
    private static final int TASKS_MAX = 1024;

    private final int slotCount;
    private final Text[] id = new Text[TASKS_MAX];
    private final int[] slot = new int[TASKS_MAX];
    private final int[] generation = new int[TASKS_MAX];
    private final Text[] type = new Text[TASKS_MAX];
    private final float[] complexity = new float[TASKS_MAX];
    private final int[] priority = new int[TASKS_MAX];
    private final long[] expectedNs = new long[TASKS_MAX];
    private final long[] startTimeNs = new long[TASKS_MAX];
    private final long[] expectedKib = new long[TASKS_MAX];
    private final boolean[] running = new boolean[TASKS_MAX];
    private final long[] usedAtStartKib = new long[TASKS_MAX];
    private final long[] learntKib = new long[TASKS_MAX];
    private final TaskEstimator estimator;
    private final TaskTraits traits = new TaskTraits();
    private final double[] quantiles = new double[Quantiles.COUNT];
    private final long[] usedKib;
    private int count;
    private long ignoredCount;

    TaskDemand(int slotCount) {
        this(slotCount, new TaskEstimator());
    }

    TaskDemand(int slotCount, TaskEstimator estimator) {
        this.estimator = estimator;
        this.slotCount = slotCount;
        this.usedKib = new long[slotCount];
        for (int k = 0; k < TASKS_MAX; k++) {
            id[k] = new Text(TaskSection.ID_BYTES_MAX);
            type[k] = new Text(TaskSection.TYPE_BYTES_MAX);
        }
    }

    /** What finished tasks have taught. */
    TaskEstimator estimator() {
        return estimator;
    }

    /** Makes all estimates anew: the estimator is another one now. */
    void estimateAnew() {
        Arrays.fill(learntKib, 0, count, TaskSection.UNKNOWN);
    }

    /** Tasks that found no place. */
    long ignoredCount() {
        return ignoredCount;
    }

    /** Takes news of a task in; other events pass by. */
    void take(Tick tick) {
        if (tick.kind != EventKind.TASK) {
            return;
        }
        TaskSection task = tick.task;
        int index = find(task.id);
        if (task.state == TaskState.FINISHED || task.state == TaskState.WITHDRAWN) {
            if (task.state == TaskState.FINISHED) {
                learn(task, index, tick.timeNs);
            }
            if (index >= 0) {
                remove(index);
            }
            return;
        }
        if (task.state == TaskState.RESCHEDULED) {
            // Of a task that ended, or runs by now, this is old news.
            if (index >= 0 && !running[index]) {
                startTimeNs[index] = task.plannedStartTimeNs;
            }
            return;
        }
        if (task.vmSlot < 0 || task.vmSlot >= slotCount) {
            if (index >= 0 && task.vmSlot < 0 && task.state == TaskState.STARTED) {
                start(index, tick.timeNs); // In the VM that its announcement named.
            }
            return; // Not placed yet: it weighs on no VM.
        }
        if (index < 0) {
            if (count == TASKS_MAX) {
                ignoredCount++;
                return;
            }
            index = count++;
            id[index].copyFrom(task.id);
            running[index] = false;
        }
        slot[index] = task.vmSlot;
        generation[index] = task.vmGeneration;
        type[index].copyFrom(task.type);
        complexity[index] = task.complexity;
        priority[index] = task.priority;
        expectedNs[index] = task.expectedDurationNs;
        learntKib[index] = TaskSection.UNKNOWN;
        expectedKib[index] = task.expectedMemoryKib;
        if (task.state == TaskState.STARTED) {
            start(index, tick.timeNs);
        } else {
            startTimeNs[index] = task.plannedStartTimeNs;
        }
    }

    private void start(int index, long nowNs) {
        if (!running[index]) {
            running[index] = true;
            startTimeNs[index] = nowNs;
            usedAtStartKib[index] = usedKib[slot[index]];
        }
    }

    /** Writes the task figures of a sample event's forecast. */
    void write(Tick tick) {
        ForecastSection forecast = tick.forecast;
        for (int k = 0; k < forecast.slotCount; k++) {
            usedKib[k] = tick.sample.hasGuestStats(k) ? tick.sample.usedKib(k) : usedKib[k];
        }
        long horizonNs = Horizon.MINUTES_15.durationNs();
        for (int index = count - 1; index >= 0; index--) {
            int vm = slot[index];
            boolean gone =
                    vm >= forecast.slotCount
                            || !tick.sample.present[vm]
                            || tick.sample.generation[vm] != generation[index];
            boolean overdue = !running[index] && tick.timeNs - startTimeNs[index] > horizonNs;
            if (gone || overdue) {
                remove(index);
                continue;
            }
            if (startTimeNs[index] - tick.timeNs > horizonNs) {
                continue;
            }
            forecast.taskKib[vm] += outstandingKib(index);
            forecast.taskStartTimeNs[vm] =
                    Math.min(forecast.taskStartTimeNs[vm], startTimeNs[index]);
        }
    }

    private long outstandingKib(int index) {
        long expected = expectedKib[index];
        if (expected < 0) {
            expected = learntKib(index);
        }
        if (!running[index]) {
            return expected;
        }
        long taken = usedKib[slot[index]] - usedAtStartKib[index];
        return Math.clamp(expected - taken, 0, expected);
    }

    /** The estimate of a task, made anew only after one of its type finished. */
    private long learntKib(int index) {
        if (learntKib[index] < 0) {
            traits.clear();
            traits.type.copyFrom(type[index]);
            traits.complexity = complexity[index];
            traits.priority = priority[index];
            boolean known = estimator.estimate(traits, TaskResource.MEMORY, quantiles);
            learntKib[index] = known ? Math.round(quantiles[Quantiles.P95]) : 0;
        }
        return learntKib[index];
    }

    /** What a finished task does not say again is taken from its announcement. */
    private void learn(TaskSection task, int index, long nowNs) {
        traits.set(task);
        if (index >= 0) {
            if (task.complexity == 1) {
                traits.complexity = complexity[index];
            }
            if (task.priority == 0) {
                traits.priority = priority[index];
            }
            fill(traits.requested, TaskResource.MEMORY, expectedKib[index]);
            fill(traits.requested, TaskResource.DURATION, expectedNs[index]);
            if (running[index]) {
                fill(traits.actual, TaskResource.DURATION, nowNs - startTimeNs[index]);
            }
        }
        estimator.learn(traits);
        for (int k = 0; k < count; k++) {
            if (learntKib[k] == 0 || type[k].contentEquals(task.type)) {
                learntKib[k] = TaskSection.UNKNOWN;
            }
        }
    }

    private static void fill(double[] figures, TaskResource resource, long told) {
        if (Double.isNaN(figures[resource.ordinal()]) && told >= 0) {
            figures[resource.ordinal()] = told;
        }
    }

    private int find(Text wanted) {
        for (int k = 0; k < count; k++) {
            if (id[k].contentEquals(wanted)) {
                return k;
            }
        }
        return -1;
    }

    /** Moves the last task into the gap. */
    private void remove(int index) {
        int last = --count;
        id[index].copyFrom(id[last]);
        slot[index] = slot[last];
        generation[index] = generation[last];
        type[index].copyFrom(type[last]);
        complexity[index] = complexity[last];
        priority[index] = priority[last];
        expectedNs[index] = expectedNs[last];
        learntKib[index] = learntKib[last];
        startTimeNs[index] = startTimeNs[last];
        expectedKib[index] = expectedKib[last];
        running[index] = running[last];
        usedAtStartKib[index] = usedAtStartKib[last];
    }
}
