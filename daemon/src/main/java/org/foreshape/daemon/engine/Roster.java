package org.foreshape.daemon.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.foreshape.daemon.tune.LiveTuner;
import org.foreshape.inference.horizon.TaskBook;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.ring.stage.Learner;
import org.jspecify.annotations.Nullable;

/**
 * Which VMs there are, and whether the operator paused, as the engine's events tell. Written by the
 * engine's thread on control events, which are rare; any thread reads.
 */
final class Roster implements Learner {
    private volatile @Nullable VmEntry[] vms;
    private volatile boolean paused;

    Roster(int vmCountMax) {
        vms = new VmEntry[vmCountMax];
    }

    @Override
    public void learn(Tick tick) {
        if (tick.kind != EventKind.CONTROL) {
            return;
        }
        ControlSection control = tick.control;
        switch (control.kind) {
            case VM_ARRIVED ->
                    set(
                            control.vmSlot,
                            new VmEntry(
                                    control.vmSlot,
                                    control.vmGeneration,
                                    control.vmName.toString(),
                                    new UUID(control.vmUuidHigh, control.vmUuidLow),
                                    policy(control),
                                    control.originalKib));
            case VM_POLICY -> {
                VmEntry old = vms[control.vmSlot];
                if (old != null && old.generation() == control.vmGeneration) {
                    set(
                            control.vmSlot,
                            new VmEntry(
                                    old.slot(),
                                    old.generation(),
                                    old.name(),
                                    old.uuid(),
                                    policy(control),
                                    old.originalKib()));
                }
            }
            case VM_DEPARTED -> set(control.vmSlot, null);
            case PAUSED, RESTORE -> paused = true;
            case RESUMED -> paused = false;
            case ENGINE_STARTED,
                    BUDGET,
                    MODEL_SWAPPED,
                    CONNECTION_LOST,
                    CONNECTION_BACK,
                    ENFORCEMENT_STOPPED,
                    INTENT_UNRESOLVED,
                    ENGINE_STOPPED,
                    WARMTH,
                    SAVE,
                    JOURNAL_FULL,
                    JOURNAL_ROOM,
                    TUNED,
                    SCULPTED,
                    MODEL_DRIFTED,
                    TRAINING_STARTED,
                    MODEL_JUDGED -> {}
        }
    }

    private static VmPolicy policy(ControlSection control) {
        return new VmPolicy(control.mode, control.priority, control.floorKib, control.ceilingKib);
    }

    private void set(int slot, @Nullable VmEntry entry) {
        @Nullable VmEntry[] next = vms.clone();
        next[slot] = entry;
        vms = next;
    }

    /** What of the VMs a tuner needs to know, by slot. */
    Map<Integer, LiveTuner.Vm> tunable() {
        Map<Integer, LiveTuner.Vm> tunable = new HashMap<>();
        for (VmEntry vm : vms) {
            if (vm != null) {
                tunable.put(vm.slot(), new LiveTuner.Vm(vm.generation(), vm.policy()));
            }
        }
        return tunable;
    }

    boolean isPaused() {
        return paused;
    }

    /** The VMs present now, by name. */
    List<VmEntry> all() {
        List<VmEntry> present = new ArrayList<>();
        for (VmEntry vm : vms) {
            if (vm != null) {
                present.add(vm);
            }
        }
        present.sort(Comparator.comparing(VmEntry::name));
        return present;
    }

    /** The VMs present now, by slot. */
    Map<Integer, TaskBook.Seat> seats() {
        Map<Integer, TaskBook.Seat> seats = new HashMap<>();
        for (VmEntry vm : vms) {
            if (vm != null) {
                seats.put(vm.slot(), new TaskBook.Seat(vm.name(), vm.generation()));
            }
        }
        return seats;
    }

    /** The VM in a slot, or null. */
    @Nullable VmEntry at(int slot) {
        return slot >= 0 && slot < vms.length ? vms[slot] : null;
    }

    /** The VM of a name, or null. */
    @Nullable VmEntry byName(String name) {
        return Arrays.stream(vms)
                .filter(vm -> vm != null && vm.name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
