package org.foreshape.hypervisor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Which VM has which slot, and the events that say so. The one place where slots and generations
 * are given out.
 *
 * <p>Any thread may call it: a hypervisor's watcher lets VMs arrive and depart, its lanes look VMs
 * up. Look-ups never block; arrivals and departures take turns with each other and with the passes
 * of the {@link SamplingLoop}, so that a VM's arrival comes before every sample that holds it and
 * its departure after. For that, put a VM's figures on the {@link SampleBoard} after {@link
 * #arrive} has returned, and take them off before calling {@link #depart}.
 */
public final class VmDirectory {
    private final VmSettings settings;
    private final int[] lastGeneration;

    /** Held while an event that changes the set of VMs, or a sample, goes into the ring. */
    private final ReentrantLock publicationOrder = new ReentrantLock();

    /** Never changed in place, so that readers need no lock. Slots without a VM hold null. */
    private volatile @Nullable VmRef[] vms;

    private @Nullable EventPublisher publisher;
    private @Nullable EngineClock clock;

    /**
     * An empty directory.
     *
     * @param vmCountMax number of slots
     * @param settings asked for the policy and the original size of each VM that arrives
     */
    public VmDirectory(int vmCountMax, VmSettings settings) {
        this.settings = settings;
        this.lastGeneration = new int[vmCountMax];
        this.vms = new @Nullable VmRef[vmCountMax];
    }

    /** Says where events go and which clock stamps them. Call once, before any other method. */
    public void open(EventPublisher newPublisher, EngineClock newClock) {
        publicationOrder.lock();
        try {
            publisher = newPublisher;
            clock = newClock;
        } finally {
            publicationOrder.unlock();
        }
    }

    /**
     * Gives a VM the lowest free slot and publishes {@link ControlKind#VM_ARRIVED}, with its policy
     * and its original size; amountKib is what it has now. May wait for the ring.
     *
     * @param ownPolicy what the VM itself carries (libvirt metadata); null: the settings decide
     * @param currentKib what it has now
     * @return its place, or null when all slots are taken; a VM that is known already keeps its own
     */
    public @Nullable VmRef arrive(
            String name, UUID uuid, @Nullable VmPolicy ownPolicy, long currentKib) {
        publicationOrder.lock();
        try {
            VmRef known = byUuid(uuid);
            if (known != null) {
                return known;
            }
            @Nullable VmRef[] next = vms.clone();
            int slot = 0;
            while (slot < next.length && next[slot] != null) {
                slot++;
            }
            if (slot == next.length) {
                return null;
            }
            VmPolicy policy = ownPolicy != null ? ownPolicy : settings.policyFor(name, uuid);
            long originalKib = settings.originalKib(uuid, currentKib);
            VmRef vm = new VmRef(slot, lastGeneration[slot] + 1, name, uuid);
            publish(
                    ControlKind.VM_ARRIVED,
                    vm,
                    control -> {
                        setPolicy(control, policy);
                        control.originalKib = originalKib;
                        control.amountKib = currentKib;
                    });
            lastGeneration[slot] = vm.generation();
            next[slot] = vm;
            vms = next;
            return vm;
        } finally {
            publicationOrder.unlock();
        }
    }

    /** Publishes that a VM's policy changed. Ignored for a VM that has left. May wait. */
    public void changePolicy(VmRef vm, VmPolicy policy) {
        publicationOrder.lock();
        try {
            if (isPresent(vm)) {
                publish(ControlKind.VM_POLICY, vm, control -> setPolicy(control, policy));
            }
        } finally {
            publicationOrder.unlock();
        }
    }

    /**
     * Frees a VM's slot and publishes {@link ControlKind#VM_DEPARTED}. Ignored for a VM that has
     * left already. May wait for the ring.
     */
    public void depart(VmRef vm) {
        publicationOrder.lock();
        try {
            if (!isPresent(vm)) {
                return;
            }
            @Nullable VmRef[] next = vms.clone();
            next[vm.slot()] = null;
            // Look-ups fail before the event is out: an act between the two finds the VM gone.
            vms = next;
            publish(ControlKind.VM_DEPARTED, vm, control -> {});
        } finally {
            publicationOrder.unlock();
        }
    }

    /** The VM in a slot, if it is of that generation; null: it has left, or never was. */
    public @Nullable VmRef at(int slot, int generation) {
        @Nullable VmRef[] now = vms;
        if (slot < 0 || slot >= now.length) {
            return null;
        }
        VmRef vm = now[slot];
        return vm != null && vm.generation() == generation ? vm : null;
    }

    /** The VM of a name, or null. */
    public @Nullable VmRef byName(String name) {
        for (VmRef vm : vms) {
            if (vm != null && vm.name().equals(name)) {
                return vm;
            }
        }
        return null;
    }

    /** The VM of an identity, or null. */
    public @Nullable VmRef byUuid(UUID uuid) {
        for (VmRef vm : vms) {
            if (vm != null && vm.uuid().equals(uuid)) {
                return vm;
            }
        }
        return null;
    }

    /** The VMs present now, by slot. */
    public List<VmRef> all() {
        List<VmRef> present = new ArrayList<>();
        for (VmRef vm : vms) {
            if (vm != null) {
                present.add(vm);
            }
        }
        return present;
    }

    /** Number of slots. */
    public int vmCountMax() {
        return vms.length;
    }

    private boolean isPresent(VmRef vm) {
        return vm.equals(at(vm.slot(), vm.generation()));
    }

    /**
     * Runs a sampling pass between arrivals and departures.
     *
     * @return false when one of them holds the turn for longer than the wait; nothing was run
     */
    boolean inTurn(long waitNs, Runnable pass) throws InterruptedException {
        if (!publicationOrder.tryLock(waitNs, TimeUnit.NANOSECONDS)) {
            return false;
        }
        try {
            pass.run();
            return true;
        } finally {
            publicationOrder.unlock();
        }
    }

    private static void setPolicy(ControlSection control, VmPolicy policy) {
        control.mode = policy.mode();
        control.priority = policy.priority();
        control.floorKib = policy.floorKib();
        control.ceilingKib = policy.ceilingKib();
    }

    private interface Details {
        void write(ControlSection control);
    }

    private void publish(ControlKind kind, VmRef vm, Details details) {
        EngineClock now = Objects.requireNonNull(clock, "open() comes first");
        Objects.requireNonNull(publisher, "open() comes first")
                .publish(tick -> write(tick, now.timeNs(), kind, vm, details));
    }

    private static void write(Tick tick, long timeNs, ControlKind kind, VmRef vm, Details details) {
        tick.begin(EventKind.CONTROL, timeNs);
        ControlSection control = tick.control;
        control.kind = kind;
        control.vmSlot = vm.slot();
        control.vmGeneration = vm.generation();
        control.vmName.set(vm.name());
        control.vmUuidHigh = vm.uuid().getMostSignificantBits();
        control.vmUuidLow = vm.uuid().getLeastSignificantBits();
        details.write(control);
    }

    @Override
    public String toString() {
        return "VMs " + Arrays.toString(vms);
    }
}
