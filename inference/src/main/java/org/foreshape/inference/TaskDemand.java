package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.inference.task.TaskTraits;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Text;
import org.foreshape.ring.event.Tick;

/**
 * What announced tasks will need of memory, CPU and storage on top of each VM's own use. An
 * expected figure that was not told is learnt from finished tasks: the .95 quantile of {@link
 * TaskEstimator}, given the task's type, complexity and priority, and anew when another task of the
 * type finishes.
 *
 * <p>A task that the engine itself expects counts as one that was announced, and an expected start
 * that differs from the plan takes its place. A running task counts with what it has not taken yet:
 * expected less the VM's growth since its start, or since its use was first seen. A task that did
 * not start 15 minutes after its plan no longer counts. Limit: 1024 tasks at once; more are ignored
 * and counted. Nothing allocates after construction. Engine thread only.
 */
final class TaskDemand {
    private static final int TASKS_MAX = 1024;
    private static final Resource[] RESOURCES = Resource.values();

    private final int slotCount;
    private final Text[] id = new Text[TASKS_MAX];
    private final int[] slot = new int[TASKS_MAX];
    private final int[] generation = new int[TASKS_MAX];
    private final Text[] type = new Text[TASKS_MAX];
    private final float[] complexity = new float[TASKS_MAX];
    private final int[] priority = new int[TASKS_MAX];
    private final long[] expectedNs = new long[TASKS_MAX];
    private final long[] startTimeNs = new long[TASKS_MAX];
    private final boolean[] running = new boolean[TASKS_MAX];
    // By task and resource, in the resource's unit; what is not known is UNKNOWN.
    private final long[] expected = new long[TASKS_MAX * Resource.COUNT];
    private final long[] learnt = new long[TASKS_MAX * Resource.COUNT];
    private final long[] usedAtStart = new long[TASKS_MAX * Resource.COUNT];
    private final TaskEstimator estimator;
    private final TaskTraits traits = new TaskTraits();
    private final double[] quantiles = new double[Quantiles.COUNT];

    /** By resource and slot; UNKNOWN where a VM was not seen. */
    private final long[][] used;

    private int count;
    private long ignoredCount;

    TaskDemand(int slotCount) {
        this(slotCount, new TaskEstimator());
    }

    TaskDemand(int slotCount, TaskEstimator estimator) {
        this.estimator = estimator;
        this.slotCount = slotCount;
        this.used = new long[Resource.COUNT][slotCount];
        for (long[] ofSlots : used) {
            Arrays.fill(ofSlots, TaskSection.UNKNOWN);
        }
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
        Arrays.fill(learnt, 0, count * Resource.COUNT, TaskSection.UNKNOWN);
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
        for (Resource resource : RESOURCES) {
            int at = index * Resource.COUNT + resource.ordinal();
            learnt[at] = TaskSection.UNKNOWN;
            expected[at] = task.expected(resource);
        }
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
            for (int r = 0; r < Resource.COUNT; r++) {
                usedAtStart[index * Resource.COUNT + r] = used[r][slot[index]];
            }
        }
    }

    /** Writes the task figures of a sample event's forecast. */
    void write(Tick tick) {
        ForecastSection forecast = tick.forecast;
        see(tick.sample, forecast.slotCount);
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
            for (Resource resource : RESOURCES) {
                forecast.tasks(resource)[vm] += outstanding(index, resource);
            }
            forecast.taskStartTimeNs[vm] =
                    Math.min(forecast.taskStartTimeNs[vm], startTimeNs[index]);
        }
    }

    /** Keeps what VMs use, for tasks that start before the next sample. */
    private void see(SampleSection sample, int slots) {
        long[] memory = used[Resource.MEMORY.ordinal()];
        for (int vm = 0; vm < slots; vm++) {
            memory[vm] = sample.hasGuestStats(vm) ? sample.usedKib(vm) : memory[vm];
        }
        System.arraycopy(sample.cpuMillicores, 0, used[Resource.CPU.ordinal()], 0, slots);
        System.arraycopy(sample.storageKib, 0, used[Resource.STORAGE.ordinal()], 0, slots);
    }

    private long outstanding(int index, Resource resource) {
        int at = index * Resource.COUNT + resource.ordinal();
        long whole = expected[at] < 0 ? learnt(index, resource) : expected[at];
        if (!running[index]) {
            return whole;
        }
        long now = used[resource.ordinal()][slot[index]];
        if (usedAtStart[at] < 0) {
            usedAtStart[at] = now;
        }
        return Math.clamp(whole - (now - usedAtStart[at]), 0, whole);
    }

    /** The estimate of a task, made anew only after one of its type finished. */
    private long learnt(int index, Resource resource) {
        int at = index * Resource.COUNT + resource.ordinal();
        if (learnt[at] < 0) {
            traits.clear();
            traits.type.copyFrom(type[index]);
            traits.complexity = complexity[index];
            traits.priority = priority[index];
            boolean known = estimator.estimate(traits, TaskResource.of(resource), quantiles);
            learnt[at] = known ? Math.round(quantiles[Quantiles.P95]) : 0;
        }
        return learnt[at];
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
            for (Resource resource : RESOURCES) {
                fill(
                        traits.requested,
                        TaskResource.of(resource),
                        expected[index * Resource.COUNT + resource.ordinal()]);
            }
            fill(traits.requested, TaskResource.DURATION, expectedNs[index]);
            if (running[index]) {
                fill(traits.actual, TaskResource.DURATION, nowNs - startTimeNs[index]);
            }
        }
        estimator.learn(traits);
        for (int k = 0; k < count; k++) {
            boolean sameType = type[k].contentEquals(task.type);
            for (int at = k * Resource.COUNT; at < (k + 1) * Resource.COUNT; at++) {
                learnt[at] = learnt[at] == 0 || sameType ? TaskSection.UNKNOWN : learnt[at];
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
        startTimeNs[index] = startTimeNs[last];
        running[index] = running[last];
        int from = last * Resource.COUNT;
        int to = index * Resource.COUNT;
        System.arraycopy(expected, from, expected, to, Resource.COUNT);
        System.arraycopy(learnt, from, learnt, to, Resource.COUNT);
        System.arraycopy(usedAtStart, from, usedAtStart, to, Resource.COUNT);
    }
}
