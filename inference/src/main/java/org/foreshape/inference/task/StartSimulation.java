package org.foreshape.inference.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * When tasks will start: a task starts when all that it waits for have ended, and not before its
 * planned start. Durations are drawn from what an estimator knew; the same seed gives the same
 * times.
 *
 * <p>A task that runs is known to have lasted until now. A dependency that is not among the tasks
 * is taken for ended, with a remark; tasks in a circle, or behind one, are refused with the reason.
 * Allocates: any thread but the engine's. Immutable.
 *
 * @param forecasts of the tasks that can start, each after those it waits for
 * @param refused why the others can never start, by id
 */
public record StartSimulation(List<StartForecast> forecasts, Map<String, String> refused) {
    /** Most tasks of a simulation. */
    public static final int TASKS_MAX = 1024;

    /** Most draws of a simulation. */
    public static final int DRAWS_MAX = 10_000;

    /** A running task that outlasted all that was learnt goes on for this part of its time. */
    private static final double OVERTIME = .1;

    /** 58 days: a chain of {@link #TASKS_MAX} of them still fits into a time. */
    private static final double DURATION_MAX_NS = 5e15;

    private static final double LEVEL_LEAST = 1e-4;

    /** Copies lists and maps. */
    public StartSimulation {
        forecasts = List.copyOf(forecasts);
        refused = Map.copyOf(refused);
    }

    /**
     * Simulates.
     *
     * @param tasks at most {@link #TASKS_MAX} tasks that have not ended
     * @param map what is known of durations
     * @param nowNs engine time: nothing that waits starts before it
     * @param draws 1 to {@link #DRAWS_MAX}
     * @param seed of the draws; derive it from an event, so that a replay gives the same
     * @throws IllegalArgumentException for more tasks or draws than that, or an id given twice
     */
    public static StartSimulation run(
            List<PlannedTask> tasks, TaskMap map, long nowNs, int draws, long seed) {
        if (tasks.size() > TASKS_MAX || draws < 1 || draws > DRAWS_MAX) {
            throw new IllegalArgumentException(
                    "%d tasks and %d draws: give at most %d tasks and 1 to %d draws."
                            .formatted(tasks.size(), draws, TASKS_MAX, DRAWS_MAX));
        }
        TaskOrder order = TaskOrder.of(tasks);
        int count = order.tasks().size();
        List<StartForecast> forecasts = new ArrayList<>();
        long[][] ends = new long[count][];
        for (int k = 0; k < count; k++) {
            PlannedTask task = order.tasks().get(k);
            List<String> remarks = new ArrayList<>(order.remarks().get(k));
            Optional<TaskMap.Entry> known = map.find(task.type(), TaskResource.DURATION);
            boolean endless = known.isEmpty() && task.expectedDurationNs() < 0;
            long[] starts = starts(task, order.waitsFor().get(k), ends, nowNs, draws);
            // Each task has draws of its own, so that one more task changes no other's.
            var random = new SplittableRandom(seed ^ (0x9e3779b97f4a7c15L * task.id().hashCode()));
            ends[k] = ends(task, known.orElse(null), starts, nowNs, random);
            if (known.isEmpty()) {
                remarks.add(
                        endless
                                ? "nothing is known of its duration: tasks after it are taken to"
                                        + " start as if it took no time"
                                : "no duration was learnt yet: the expected one is taken");
            }
            forecasts.add(
                    StartForecast.of(task.id(), starts, endless ? new long[0] : ends[k], remarks));
        }
        return new StartSimulation(forecasts, order.refused());
    }

    /**
     * The forecast of a task.
     *
     * @param id of the task
     * @return empty for one that is refused or was not given
     */
    public Optional<StartForecast> find(String id) {
        return forecasts.stream().filter(f -> f.id().equals(id)).findFirst();
    }

    private static long[] starts(
            PlannedTask task, int[] waitsFor, long[][] ends, long nowNs, int draws) {
        long[] starts = new long[draws];
        for (int d = 0; d < draws; d++) {
            if (task.isRunning()) {
                starts[d] = task.startedNs();
                continue;
            }
            starts[d] = Math.max(nowNs, task.plannedStartNs());
            for (int other : waitsFor) {
                starts[d] = Math.max(starts[d], ends[other][d]);
            }
        }
        return starts;
    }

    private static long[] ends(
            PlannedTask task,
            TaskMap.@Nullable Entry known,
            long[] starts,
            long nowNs,
            SplittableRandom random) {
        long elapsedNs = task.isRunning() ? Math.max(0, nowNs - task.startedNs()) : 0;
        double from = known == null || elapsedNs == 0 ? 0 : levelOf(known, task, elapsedNs);
        long[] ends = new long[starts.length];
        for (int d = 0; d < ends.length; d++) {
            double p = from + (1 - from) * random.nextDouble();
            double durationNs =
                    known == null
                            ? Math.max(0, task.expectedDurationNs())
                            : known.quantile(within(p), task.complexity(), task.priority());
            if (durationNs < elapsedNs) {
                durationNs = elapsedNs * (1 + OVERTIME * random.nextDouble());
            }
            ends[d] = starts[d] + (long) Math.min(durationNs, DURATION_MAX_NS);
        }
        return ends;
    }

    /** The level at which a duration is the quantile. */
    private static double levelOf(TaskMap.Entry known, PlannedTask task, long durationNs) {
        double low = LEVEL_LEAST;
        double high = 1 - LEVEL_LEAST;
        for (int k = 0; k < 40; k++) {
            double middle = (low + high) / 2;
            if (known.quantile(middle, task.complexity(), task.priority()) < durationNs) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static double within(double p) {
        return Math.clamp(p, LEVEL_LEAST, 1 - LEVEL_LEAST);
    }
}
