package org.foreshape.ring.act;

import java.util.concurrent.TimeUnit;
import org.foreshape.ring.Counter;
import org.foreshape.ring.Counters;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.stage.Dispatcher;
import org.foreshape.ring.stage.Learner;
import org.jspecify.annotations.Nullable;

/**
 * Two lanes for each VM, one for acts that resize it and one for those that do not: each a thread
 * that carries out one act at a time and publishes its outcome. A call that hangs holds up its own
 * VM only, and pages that are being moved never hold up a grant.
 *
 * <p>{@link #dispatch} runs on the engine's thread; it fills the lane's own order and wakes the
 * lane, without a lock and, once the lane exists, without garbage. Lanes are made when a VM arrives
 * that may be acted on, else before its first act.
 */
public final class ActLanes implements Dispatcher, Learner, AutoCloseable {
    private static final long CLOSE_LIMIT_NS = TimeUnit.SECONDS.toNanos(1);

    private final @Nullable Lane[] lanes;
    private final Actor actor;
    private final EngineClock clock;
    private final Counters counters;
    private final DistinctErrors errors;
    private volatile @Nullable EventPublisher publisher;
    private volatile boolean closed;

    /** Lanes for up to {@code vmCountMax} VMs; {@link #start} must come before the first act. */
    public ActLanes(
            int vmCountMax,
            Actor actor,
            EngineClock clock,
            Counters counters,
            DistinctErrors errors) {
        this.lanes = new Lane[vmCountMax * PlanSection.ACTS_PER_VM_MAX];
        this.actor = actor;
        this.clock = clock;
        this.counters = counters;
        this.errors = errors;
    }

    /** Says where outcomes go. The ring needs its stages first, and the lanes need the ring. */
    public void start(EventPublisher outcomes) {
        publisher = outcomes;
    }

    @Override
    public void dispatch(Tick tick) {
        handOver(tick, null);
    }

    @Override
    public void refuse(Tick tick, OutcomeStatus status) {
        handOver(tick, status);
    }

    @Override
    public void learn(Tick tick) {
        ControlSection control = tick.control;
        if (tick.kind == EventKind.CONTROL
                && control.kind == ControlKind.VM_ARRIVED
                && control.mode != VmMode.OBSERVE
                && control.vmSlot >= 0
                && control.vmSlot < lanes.length / PlanSection.ACTS_PER_VM_MAX
                && publisher != null
                && !closed) {
            laneOf(control.vmSlot, true);
            laneOf(control.vmSlot, false);
        }
    }

    private void handOver(Tick tick, @Nullable OutcomeStatus verdict) {
        if (closed) {
            return;
        }
        PlanSection plan = tick.plan;
        for (int act = 0; act < plan.actCount; act++) {
            Lane lane = laneOf(plan.actSlot[act], plan.actKind[act].resizes());
            if (!lane.offer(tick.sequence, plan, act, verdict)) {
                counters.increment(Counter.ACTS_REFUSED);
            } else if (verdict == null) {
                counters.increment(Counter.ACTS);
            }
        }
    }

    private Lane laneOf(int slot, boolean resizes) {
        int index = slot * PlanSection.ACTS_PER_VM_MAX + (resizes ? 0 : 1);
        Lane lane = lanes[index];
        if (lane == null) {
            EventPublisher outcomes = publisher;
            if (outcomes == null) {
                throw new IllegalStateException("an act came before the lanes were started");
            }
            String name = "foreshape-" + (resizes ? "lane-" : "hand-") + slot;
            lane = new Lane(name, actor, clock, outcomes, errors);
            lanes[index] = lane;
            lane.start();
        }
        return lane;
    }

    /**
     * Ends the lanes. An act that is under way is interrupted and waited for, for up to a second in
     * all; its outcome may be lost, and the next start finds its intent without one. Idempotent.
     * Call it after the ring is closed.
     */
    @Override
    public void close() {
        closed = true;
        for (Lane lane : lanes) {
            if (lane != null) {
                lane.end();
            }
        }
        long deadlineNs = System.nanoTime() + CLOSE_LIMIT_NS;
        for (Lane lane : lanes) {
            if (lane != null) {
                lane.awaitEnd(deadlineNs);
            }
        }
    }
}
