package org.foreshape.daemon.engine;

import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.VmPolicy;

/** Publishes control events. Never call it from the engine's own thread: it may wait. */
final class Controls {
    private Controls() {}

    static void publishText(EventPublisher ring, EngineClock clock, ControlKind kind, String text) {
        ring.publish(tick -> {
            tick.begin(EventKind.CONTROL, clock.timeNs());
            tick.control.kind = kind;
            tick.control.text.set(text);
        });
    }

    static void publishAmount(
            EventPublisher ring, EngineClock clock, ControlKind kind, long amountKib) {
        ring.publish(tick -> {
            tick.begin(EventKind.CONTROL, clock.timeNs());
            tick.control.kind = kind;
            tick.control.amountKib = amountKib;
        });
    }

    static void publishPolicy(EventPublisher ring, EngineClock clock, VmEntry vm, VmPolicy policy) {
        ring.publish(tick -> {
            tick.begin(EventKind.CONTROL, clock.timeNs());
            tick.control.kind = ControlKind.VM_POLICY;
            tick.control.vmSlot = vm.slot();
            tick.control.vmGeneration = vm.generation();
            tick.control.vmName.set(vm.name());
            tick.control.vmUuidHigh = vm.uuid().getMostSignificantBits();
            tick.control.vmUuidLow = vm.uuid().getLeastSignificantBits();
            tick.control.mode = policy.mode();
            tick.control.priority = policy.priority();
            tick.control.floorKib = policy.floorKib();
            tick.control.ceilingKib = policy.ceilingKib();
            tick.control.originalKib = vm.originalKib();
        });
    }
}
