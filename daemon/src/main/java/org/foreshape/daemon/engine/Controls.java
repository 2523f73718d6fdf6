package org.foreshape.daemon.engine;

import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.VmPolicy;

/** Publishes control events. Never call it from the engine's own thread: it may wait. */
final class Controls {
    private Controls() {}

    static void publishText(EventPublisher ring, EngineClock clock, ControlKind kind, String text) {
        ring.publish(text(clock, kind, text));
    }

    /** An event of a kind with a text. */
    static EventWriter text(EngineClock clock, ControlKind kind, String text) {
        return tick -> {
            tick.begin(EventKind.CONTROL, clock.timeNs());
            tick.control.kind = kind;
            tick.control.text.set(text);
        };
    }

    static void publishAmount(
            EventPublisher ring, EngineClock clock, ControlKind kind, long amountKib) {
        ring.publish(tick -> {
            tick.begin(EventKind.CONTROL, clock.timeNs());
            tick.control.kind = kind;
            tick.control.amountKib = amountKib;
        });
    }

    /** An event that gives a VM another policy. */
    static EventWriter policy(EngineClock clock, VmEntry vm, VmPolicy policy) {
        return tick -> {
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
        };
    }
}
