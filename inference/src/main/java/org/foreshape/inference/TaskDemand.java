package org.foreshape.inference;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Text;
import org.foreshape.ring.event.Tick;

/**
 * What announced tasks will need on top of each VM's own use. An expected figure that was not told
 * is learnt from finished tasks of the same type: the .95 quantile of the newest 64, times
 * complexity.
 *
 * <p>A running task counts with what it has not taken yet: expected less the VM's growth since its
 * start. A task that did not start 15 minutes after its plan no longer counts. Limits: 1024 tasks
 * and 64 types at once; more are ignored and counted. Nothing allocates after construction. Engine
 * thread only.
 */
final class TaskDemand {
    private static final int TASKS_MAX = 1024;
    private static final int TYPES_MAX = 64;
    private static final int LEARNT_PER_TYPE = 64;
    private static final double LEARNT_LEVEL = .95;

    private final int slotCount;
    private final Text[] id = new Text[TASKS_MAX];
    private final int[] slot = new int[TASKS_MAX];
    private final int[] generation = new int[TASKS_MAX];
    private final int[] type = new int[TASKS_MAX];
    private final float[] complexity = new float[TASKS_MAX];
    private final long[] startTimeNs = new long[TASKS_MAX];
    private final long[] expectedKib = new long[TASKS_MAX];
    private final boolean[] running = new boolean[TASKS_MAX];
    private final long[] usedAtStartKib = new long[TASKS_MAX];
    private final Text[] typeName = new Text[TYPES_MAX];
    private final TrailingQuantiles learnt = new TrailingQuantiles(TYPES_MAX, LEARNT_PER_TYPE);
    private final long[] usedKib;
    private int count;
    private int typeCount;
    private long ignoredCount;

    TaskDemand(int slotCount) {
        this.slotCount = slotCount;
        this.usedKib = new long[slotCount];
        for (int k = 0; k < TASKS_MAX; k++) {
            id[k] = new Text(TaskSection.ID_BYTES_MAX);
        }
        for (int k = 0; k < TYPES_MAX; k++) {
            typeName[k] = new Text(TaskSection.TYPE_BYTES_MAX);
        }
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
            if (task.state == TaskState.FINISHED && task.actualMemoryKib >= 0) {
                learn(task);
            }
            if (index >= 0) {
                remove(index);
            }
            return;
        }
        if (task.vmSlot < 0 || task.vmSlot >= slotCount) {
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
        type[index] = typeOf(task.type);
        complexity[index] = task.complexity;
        expectedKib[index] = task.expectedMemoryKib;
        if (task.state == TaskState.STARTED) {
            if (!running[index]) {
                running[index] = true;
                startTimeNs[index] = tick.timeNs;
                usedAtStartKib[index] = usedKib[task.vmSlot];
            }
        } else {
            startTimeNs[index] = task.plannedStartTimeNs;
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
            int known = type[index];
            double quantile = known < 0 ? Double.NaN : learnt.quantile(known, LEARNT_LEVEL);
            expected = Double.isNaN(quantile) ? 0 : (long) (quantile * complexity[index]);
        }
        if (!running[index]) {
            return expected;
        }
        long taken = usedKib[slot[index]] - usedAtStartKib[index];
        return Math.clamp(expected - taken, 0, expected);
    }

    private void learn(TaskSection task) {
        int known = typeOf(task.type);
        if (known >= 0 && task.complexity > 0) {
            learnt.push(known, task.actualMemoryKib / task.complexity);
        }
    }

    private int typeOf(Text name) {
        for (int k = 0; k < typeCount; k++) {
            if (typeName[k].contentEquals(name)) {
                return k;
            }
        }
        if (typeCount == TYPES_MAX) {
            ignoredCount++;
            return -1;
        }
        typeName[typeCount].copyFrom(name);
        return typeCount++;
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
        type[index] = type[last];
        complexity[index] = complexity[last];
        startTimeNs[index] = startTimeNs[last];
        expectedKib[index] = expectedKib[last];
        running[index] = running[last];
        usedAtStartKib[index] = usedAtStartKib[last];
    }
}
