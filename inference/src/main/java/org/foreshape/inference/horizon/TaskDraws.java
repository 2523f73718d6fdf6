package org.foreshape.inference.horizon;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.foreshape.inference.task.StartForecast;
import org.foreshape.inference.task.TaskMap;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.ring.event.Resource;

/** Draws of when a task starts and how high in its law its demand lies. */
final class TaskDraws {
    private static final double LEVEL_LEAST = 1e-4;

    private final LiveTask task;
    private final long[] startNs;
    private final double[] level;

    TaskDraws(LiveTask task, StartForecast start, int draws, long seed) {
        this.task = task;
        // Each task has draws of its own, so that one more task changes no other's.
        var random = new SplittableRandom(seed ^ (0x9e3779b97f4a7c15L * task.id().hashCode()));
        startNs = new long[draws];
        level = new double[draws];
        List<Long> starts = start.startsNs();
        for (int k = 0; k < draws; k++) {
            startNs[k] = starts.get(random.nextInt(starts.size()));
            level[k] = Math.clamp(random.nextDouble(), LEVEL_LEAST, 1 - LEVEL_LEAST);
        }
    }

    LiveTask task() {
        return task;
    }

    /** Whether anything is known of what it needs. */
    boolean knows(Resource resource, TaskMap map) {
        return isTold(resource) || law(resource, map).isPresent();
    }

    private boolean isTold(Resource resource) {
        return task.expected().of(resource) >= 0;
    }

    private Optional<TaskMap.Entry> law(Resource resource, TaskMap map) {
        return map.find(task.type(), TaskResource.of(resource));
    }

    /**
     * Adds what it needs on top of its VM's own use within a horizon to sums.
     *
     * @param untilNs end of the horizon, engine time
     * @param taken what its VM's use has grown by since it started; 0 while it waits
     */
    void addTo(double[] sums, Resource resource, TaskMap map, long untilNs, long taken) {
        TaskMap.Entry law = isTold(resource) ? null : law(resource, map).orElseThrow();
        for (int k = 0; k < sums.length; k++) {
            if (startNs[k] > untilNs) {
                continue;
            }
            double whole =
                    law == null
                            ? task.expected().of(resource)
                            : law.quantile(level[k], task.complexity(), task.priority());
            sums[k] += Math.clamp(whole - taken, 0, whole);
        }
    }
}
