package org.foreshape.daemon.hands;

import java.io.IOException;
import java.util.List;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.SculptException;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.act.Actor;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;
import org.jspecify.annotations.Nullable;

/**
 * Gives each act to whom it belongs: resizes to the hypervisor, the rest to the hands that work on
 * a VM's pages and disks. Acts of the hands are paced, bounded in time and by the host's memory,
 * and end when the lane's thread is interrupted.
 *
 * <p>Beside the lanes it has threads of its own at low rate, which never wait for the engine nor
 * the engine for them: one looks after balloons, one plans places on the host's nodes, one follows
 * tasks.
 */
public final class HandActor implements Actor, Learner, AutoCloseable {
    private static final long TASK_PERIOD_NS = 1_000_000_000L;

    private final Hypervisor hypervisor;
    private final EngineView engine;
    private final BalloonWatch balloons;
    private final PrefaultHand prefaults;
    private final Consolidation consolidation;
    private final SculptHand sculpts;
    private final FormerSculpts formerSculpts;
    private final @Nullable WarmHand warms;
    private final Chore watching;
    private final Chore placing;
    private final @Nullable Chore warming;
    private List<VmSeat> placedFor = List.of();

    /**
     * Hands that do not move yet.
     *
     * @param hypervisor resizes, and knows where memory and disks lie
     * @param engine what they read of the engine
     * @param settings what the configuration says of them
     * @param errors takes what fails beside an act
     */
    public HandActor(
            Hypervisor hypervisor,
            EngineView engine,
            HandSettings settings,
            DistinctErrors errors) {
        this.hypervisor = hypervisor;
        this.engine = engine;
        HostReader host = HostReader.ofThisMachine();
        balloons = new BalloonWatch(hypervisor, engine, errors);
        prefaults = new PrefaultHand(balloons, settings.pace());
        consolidation = Consolidation.of(host, engine, hypervisor);
        sculpts = new SculptHand(host, consolidation, settings.pace());
        formerSculpts = new FormerSculpts(hypervisor, engine, errors);
        watching = new Chore("foreshape-balloons", BalloonWatch.PERIOD_NS, this::watch, errors);
        placing =
                new Chore(
                        "foreshape-places", Consolidation.PERIOD_NS, consolidation::round, errors);
        if (settings.warmFolder() == null) {
            warms = null;
            warming = null;
        } else {
            WarmHand hand =
                    new WarmHand(
                            hypervisor,
                            engine,
                            settings.warmFolder(),
                            settings.guestFiles(),
                            this::hastenWarming);
            warms = hand;
            warming = new Chore("foreshape-warmth", TASK_PERIOD_NS, hand::round, errors);
        }
    }

    /** Starts the threads; the ring must take events. VMs in this very process need no watching. */
    public void start(EventPublisher publisher, EngineClock clock) {
        WarmHand hand = warms;
        if (hand != null && warming != null) {
            hand.start(publisher, clock);
            warming.start();
        }
        if (!hypervisor.isInProcess()) {
            formerSculpts.start(publisher, clock);
            watching.start();
            placing.start();
        }
    }

    @Override
    public void learn(Tick tick) {
        if (warms != null) {
            warms.news().learn(tick);
        }
    }

    private void hastenWarming() {
        Chore chore = warming;
        if (chore != null) {
            chore.hasten();
        }
    }

    private void watch() {
        balloons.round();
        formerSculpts.round();
        List<VmSeat> now = engine.enforced();
        if (!now.equals(placedFor)) {
            placedFor = now;
            placing.hasten();
        }
    }

    @Override
    public void perform(ActOrder order, OutcomeSection outcome) {
        if (order.kind.resizes()) {
            if (balloons.isShrink(order.vmSlot, order.vmGeneration, order.amount)) {
                // What is being made resident may be what the balloon takes next.
                prefaults.cancel(order.vmSlot);
                balloons.beforeShrink(order.vmSlot, order.vmGeneration);
            }
            hypervisor.perform(order, outcome);
            return;
        }
        try {
            act(order, outcome);
        } catch (IOException | SculptException | NativeException e) {
            Outcomes.end(outcome, OutcomeStatus.VM_GONE, String.valueOf(e.getMessage()));
        } catch (IllegalStateException e) {
            // A handle of libvirt's that was closed meanwhile: the connection is gone, or the VM.
            Outcomes.end(outcome, OutcomeStatus.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private void act(ActOrder order, OutcomeSection outcome) throws IOException {
        WarmHand warmHand = warms;
        switch (order.kind) {
            case PREWARM -> {
                if (warmHand == null) {
                    Outcomes.end(
                            outcome,
                            OutcomeStatus.UNAVAILABLE,
                            "nothing is learnt of what tasks read in this run");
                } else {
                    warmHand.perform(order, outcome);
                }
            }
            case PREFAULT, SCULPT, UNSCULPT, RECLAIM -> actOnMemory(order, outcome);
            case RESIZE_MEMORY, RESIZE_VCPUS, RESIZE_STORAGE ->
                    throw new IllegalStateException("not an act of the hands: " + order.kind);
        }
    }

    private void actOnMemory(ActOrder order, OutcomeSection outcome) throws IOException {
        VmMemory memory = hypervisor.memoryOf(order.vmSlot, order.vmGeneration);
        if (memory == null) {
            Outcomes.end(
                    outcome, OutcomeStatus.VM_GONE, "the VM's memory is not found on this host");
            return;
        }
        try {
            switch (order.kind) {
                case PREFAULT -> prefaults.perform(order, memory, outcome);
                case SCULPT -> sculpts.sculpt(order, memory, outcome);
                case UNSCULPT -> sculpts.undo(order, memory, outcome);
                case RECLAIM -> sculpts.reclaim(memory, outcome);
                case PREWARM, RESIZE_MEMORY, RESIZE_VCPUS, RESIZE_STORAGE ->
                        throw new IllegalStateException("not an act on memory: " + order.kind);
            }
        } finally {
            if (memory instanceof VmMemory.Mapped mapped) {
                mapped.settled().run();
            }
        }
    }

    /** Ends the threads and the keepers of the kernel's switches. Call it after the lanes. */
    @Override
    public void close() {
        watching.close();
        placing.close();
        if (warming != null) {
            warming.close();
        }
        prefaults.close();
    }
}
