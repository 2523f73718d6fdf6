package org.foreshape.daemon.hands;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.numasculptor.LibvirtPinning;
import org.foreshape.numasculptor.SculptException;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Tells the engine, once for each VM, that an earlier run pinned it and never took that back, so
 * that a restore of this run does. One thread.
 */
final class FormerSculpts {
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(5);

    private final Hypervisor hypervisor;
    private final EngineView engine;
    private final DistinctErrors errors;
    private final Set<VmSeat> known = new HashSet<>();
    private final Map<VmSeat, Long> retryNs = new HashMap<>();
    private @Nullable EventPublisher ring;
    private @Nullable EngineClock clock;

    FormerSculpts(Hypervisor hypervisor, EngineView engine, DistinctErrors errors) {
        this.hypervisor = hypervisor;
        this.engine = engine;
        this.errors = errors;
    }

    /** Says where to tell it; before the first round. */
    void start(EventPublisher publisher, EngineClock engineClock) {
        ring = publisher;
        clock = engineClock;
    }

    /** Looks at VMs that are new. */
    void round() {
        List<VmSeat> vms = engine.enforced();
        known.retainAll(vms);
        retryNs.keySet().retainAll(vms);
        long nowNs = System.nanoTime();
        for (VmSeat vm : vms) {
            if (!known.contains(vm) && nowNs - retryNs.getOrDefault(vm, nowNs) >= 0) {
                retryNs.put(vm, nowNs + RETRY_NS);
                look(vm);
            }
        }
    }

    private void look(VmSeat vm) {
        EventPublisher publisher = ring;
        EngineClock now = clock;
        VmMemory memory = hypervisor.memoryOf(vm.slot(), vm.generation());
        if (publisher == null || now == null || memory == null) {
            return;
        }
        try {
            if (memory instanceof VmMemory.OfProcess process
                    && process.domain() != null
                    && LibvirtPinning.isPinned(process.domain())) {
                publisher.publish(tick -> write(tick, now.timeNs(), vm));
            }
            known.add(vm);
        } catch (RingFullException e) {
            HandLog.lost(vm, e);
        } catch (NativeException | SculptException | IllegalStateException e) {
            // The VM or the connection is gone, or somebody else wrote there: tried again.
            errors.record("pins of an earlier run", e);
        }
    }

    private static void write(Tick tick, long timeNs, VmSeat vm) {
        tick.begin(EventKind.CONTROL, timeNs);
        tick.control.kind = ControlKind.SCULPTED;
        tick.control.vmSlot = vm.slot();
        tick.control.vmGeneration = vm.generation();
        tick.control.vmName.set(vm.name());
    }
}
