package org.foreshape.daemon.engine;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Dispatcher;
import org.foreshape.ring.stage.Learner;

/**
 * Counts acts that have no outcome yet, so that a stop can wait for them. Written by the thread
 * that dispatches and learns, which is one and the same; any thread reads.
 */
final class ActsInFlight implements Dispatcher, Learner {
    private final Dispatcher lanes;
    private volatile int count;

    ActsInFlight(Dispatcher lanes) {
        this.lanes = lanes;
    }

    @Override
    public void dispatch(Tick tick) {
        add(tick.plan.actCount);
        lanes.dispatch(tick);
    }

    @Override
    public void refuse(Tick tick, OutcomeStatus status) {
        add(tick.plan.actCount);
        lanes.refuse(tick, status);
    }

    @Override
    public void learn(Tick tick) {
        if (tick.kind == EventKind.OUTCOME) {
            add(-1);
        }
    }

    /** Acts without an outcome; an act that its lane did not take stays counted. */
    int count() {
        return count;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes, the others only read.
    private void add(int change) {
        count += change;
    }
}
