package org.foreshape.ring.act;

import java.util.concurrent.locks.LockSupport;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * One of a VM's lanes.
 *
 * <p>The engine's thread owns {@link #order} while the lane is not {@link #busy}, the lane's thread
 * while it is; the volatile flag hands it over and publishes its fields.
 */
final class Lane implements Runnable, EventWriter {
    private final ActOrder order = new ActOrder();
    private final OutcomeSection result = new OutcomeSection();
    private final Actor actor;
    private final EngineClock clock;
    private final EventPublisher outcomes;
    private final DistinctErrors errors;
    private final Thread thread;

    private @Nullable OutcomeStatus verdict;
    private volatile boolean busy;
    private volatile boolean ended;

    Lane(
            String name,
            Actor actor,
            EngineClock clock,
            EventPublisher outcomes,
            DistinctErrors errors) {
        this.actor = actor;
        this.clock = clock;
        this.outcomes = outcomes;
        this.errors = errors;
        // A platform thread: libvirt keeps its last error per native thread.
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this);
    }

    void start() {
        thread.start();
    }

    /** Takes an act of the plan; false when the act before it is still under way. */
    boolean offer(long sequence, PlanSection plan, int act, @Nullable OutcomeStatus givenVerdict) {
        if (busy) {
            return false;
        }
        order.planSequence = sequence;
        order.vmSlot = plan.actSlot[act];
        order.vmGeneration = plan.actGeneration[act];
        order.kind = plan.actKind[act];
        order.amount = plan.actAmount[act];
        order.deadlineTimeNs = plan.deadlineTimeNs;
        verdict = givenVerdict;
        busy = true;
        LockSupport.unpark(thread);
        return true;
    }

    @Override
    public void run() {
        while (!ended) {
            if (!busy) {
                LockSupport.park(this);
                continue;
            }
            perform();
            // Free before the outcome is out: its reader may send the next act at once.
            busy = false;
            try {
                outcomes.publish(this);
            } catch (RuntimeException e) {
                errors.record("lane outcome", e);
            }
        }
    }

    private void perform() {
        result.clear();
        result.planSequence = order.planSequence;
        result.vmSlot = order.vmSlot;
        result.vmGeneration = order.vmGeneration;
        result.actKind = order.kind;
        result.requested = order.amount;
        if (verdict != null) {
            result.status = verdict;
            return;
        }
        if (clock.timeNs() > order.deadlineTimeNs) {
            result.status = OutcomeStatus.DROPPED_LATE;
            return;
        }
        long startNs = System.nanoTime();
        try {
            actor.perform(order, result);
        } catch (RuntimeException e) {
            errors.record("actor", e);
            result.status = OutcomeStatus.FAILED;
            result.message.set(e.toString());
        }
        result.durationNs = System.nanoTime() - startNs;
    }

    @Override
    public void write(Tick tick) {
        tick.begin(EventKind.OUTCOME, clock.timeNs());
        tick.outcome.copyFrom(result);
    }

    void end() {
        ended = true;
        thread.interrupt();
    }

    void awaitEnd(long deadlineNs) {
        long remainingMs = Math.max(1, (deadlineNs - System.nanoTime()) / 1_000_000);
        try {
            thread.join(remainingMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
