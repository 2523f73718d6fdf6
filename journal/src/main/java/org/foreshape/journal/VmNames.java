package org.foreshape.journal;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/** Which VM held which slot, as the arrivals in the journal tell. Forgets all with a new run. */
final class VmNames {
    /** A VM of the present run. */
    record Vm(int generation, String name, UUID uuid) {}

    private final Map<Integer, Vm> bySlot = new HashMap<>();
    private long runId = -1;

    /** Takes an event in, before the other methods are asked about it. */
    void observe(long eventRunId, Tick tick) {
        if (eventRunId != runId) {
            runId = eventRunId;
            bySlot.clear();
        }
        if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.VM_ARRIVED) {
            ControlSection control = tick.control;
            bySlot.put(
                    control.vmSlot,
                    new Vm(
                            control.vmGeneration,
                            control.vmName.toString(),
                            new UUID(control.vmUuidHigh, control.vmUuidLow)));
        }
    }

    /** The VM, or null when its arrival was not seen. */
    @Nullable Vm find(int slot, int generation) {
        Vm vm = bySlot.get(slot);
        return vm != null && vm.generation() == generation ? vm : null;
    }

    /** Name of the VM that took a slot last, or {@code slot N}. */
    String nameOf(int slot) {
        Vm vm = bySlot.get(slot);
        return vm == null ? "slot " + slot : vm.name();
    }
}
