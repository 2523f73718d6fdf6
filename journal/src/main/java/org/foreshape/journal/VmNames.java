package org.foreshape.journal;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Which VM held which slot, as the arrivals in the journal tell. Forgets all with a new run. One
 * thread at a time.
 */
public final class VmNames {
    /**
     * A VM of the present run.
     *
     * @param generation which VM of its slot
     * @param name its name
     * @param uuid its identity
     */
    public record Vm(int generation, String name, UUID uuid) {}

    private final Map<Integer, Vm> bySlot = new HashMap<>();
    private long runId = -1;

    /** Knows no VM yet. */
    public VmNames() {}

    /**
     * Knows the VMs whose arrival was pruned from a journal.
     *
     * @throws JournalException when what was kept of them is damaged
     */
    public static VmNames of(Path directory) {
        VmNames names = new VmNames();
        KeptRecords.read(directory).forEach(names::observe);
        return names;
    }

    /** Takes an event in, before the other methods are asked about it. */
    public void observe(long eventRunId, Tick tick) {
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

    /** The VM that took a slot last, or null. */
    public @Nullable Vm at(int slot) {
        return bySlot.get(slot);
    }

    /** The VM, or null when its arrival was not seen. */
    public @Nullable Vm find(int slot, int generation) {
        Vm vm = bySlot.get(slot);
        return vm != null && vm.generation() == generation ? vm : null;
    }

    /** Name of the VM that took a slot last, or {@code slot N}. */
    String nameOf(int slot) {
        Vm vm = bySlot.get(slot);
        return vm == null ? "slot " + slot : vm.name();
    }
}
