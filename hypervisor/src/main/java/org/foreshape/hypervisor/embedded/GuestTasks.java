package org.foreshape.hypervisor.embedded;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.foreshape.ring.event.TaskState;

/**
 * The scheduler of one guest: tells of the announced tasks of its curve in time, and of what became
 * of them. The guest's worker steps it; any thread may ask what is to come.
 */
final class GuestTasks {
    /** Who is told. */
    interface Listener {
        /** Tells of a task's new state; the peak counts for a finished one. */
        void taskIs(TaskState state, CurveTask task, long peakKib);
    }

    /** Tells nobody. */
    static final Listener SILENT = (state, task, peakKib) -> {};

    // Asking a curve for tasks makes garbage, so it is asked no more often than this.
    private static final long LOOK_PERIOD_NS = 1_000_000_000;

    private final DemandCurve curve;
    private final long leadNs;
    private final List<Known> known = new ArrayList<>();
    private long lookedUntilNs = -1;

    GuestTasks(DemandCurve curve, long leadNs) {
        this.curve = curve;
        this.leadNs = leadNs;
    }

    /**
     * Goes on to a time of the curve. Tasks that were to start before the first step are not told
     * of.
     *
     * @param workloadKib what the guest's workload uses now
     */
    synchronized void step(long elapsedNs, long workloadKib, Listener listener) {
        if (lookedUntilNs < 0) {
            lookedUntilNs = elapsedNs;
        }
        long lookNs = elapsedNs + leadNs;
        if (lookNs - lookedUntilNs >= LOOK_PERIOD_NS) {
            for (CurveTask task : curve.tasks(lookedUntilNs, lookNs)) {
                if (task.announced()) {
                    known.add(new Known(task));
                    listener.taskIs(TaskState.ANNOUNCED, task, 0);
                }
            }
            lookedUntilNs = lookNs;
        }
        for (Iterator<Known> each = known.iterator(); each.hasNext(); ) {
            Known one = each.next();
            if (!one.started && elapsedNs >= one.task.startNs()) {
                one.started = true;
                one.baseKib = workloadKib;
                listener.taskIs(TaskState.STARTED, one.task, 0);
            }
            if (one.started) {
                // Others may run beside it: no task is charged with more than it takes.
                long useKib = Math.min(one.task.memoryKib(), workloadKib - one.baseKib);
                one.peakKib = Math.max(one.peakKib, useKib);
                if (elapsedNs >= one.task.endNs()) {
                    each.remove();
                    listener.taskIs(TaskState.FINISHED, one.task, one.peakKib);
                }
            }
        }
    }

    /** The tasks told of that have not started. */
    synchronized List<CurveTask> upcoming() {
        return known.stream().filter(one -> !one.started).map(one -> one.task).toList();
    }

    private static final class Known {
        private final CurveTask task;
        private boolean started;
        private long baseKib;
        private long peakKib;

        Known(CurveTask task) {
            this.task = task;
        }
    }
}
