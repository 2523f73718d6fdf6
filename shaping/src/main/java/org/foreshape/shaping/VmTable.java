package org.foreshape.shaping;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.VmMode;

/**
 * What the shaper knows of each VM, by slot, from events only. Struct of arrays; engine thread
 * only.
 *
 * <p>A command is the last size that the hypervisor accepted for a VM while the guest has not
 * reached it yet; an act is in flight from its plan until its outcome.
 */
final class VmTable {
    /** No command, no act in flight. */
    static final long NONE = -1;

    /** By then a guest that is awake has read its newest target. */
    private static final long RISING_NS_MAX = 2_000_000_000L;

    /** Sizes that differ by less are the same: guests round. */
    static final long TOLERANCE_KIB = 2048;

    final int vmCountMax;
    private final ShapingSettings settings;

    /** Slots from this one on are empty. */
    int slotCount;

    /** Memory of the host, or {@link SampleSection#UNKNOWN}. */
    long hostMemoryKib = SampleSection.UNKNOWN;

    /** Memory of VMs that samples show and no control event has announced. */
    long foreignKib;

    // Identity and policy.
    final boolean[] present;
    final int[] generation;
    final VmMode[] mode;
    final int[] priority;
    final long[] floorKib;
    final long[] ceilingKib;
    final long[] originalKib;

    // What samples and balloon events tell.
    final long[] allocationKib;
    final long[] maximumKib;
    final boolean[] hasStats;
    final long[] statsTimeNs;
    final long[] usedKib;

    /** Kept, since a plan asks for it up to five times: {@link #margin}. */
    private final long[] marginKib;

    final Gauge gauge;
    final Knobs knobs;

    // Acts.
    final long[] inFlightKib;
    final long[] inFlightSequence;
    final long[] inFlightTimeNs;
    final long[] commandKib;

    /**
     * A target that was lowered before the guest had reached it: it may go on towards it until it
     * reads the new one.
     */
    private final long[] risingKib;

    private final long[] risingTimeNs;
    final long[] commandTimeNs;
    final long[] retryTimeNs;
    final int[] failureCount;
    final boolean[] touched;

    /** How fast memory may be taken, and how often changed. */
    final Damping damping;

    /** Which guests give what is asked of them. */
    final Obedience obedience;

    VmTable(int vmCountMax, ShapingSettings settings) {
        this.vmCountMax = vmCountMax;
        this.settings = settings;
        present = new boolean[vmCountMax];
        generation = new int[vmCountMax];
        mode = new VmMode[vmCountMax];
        priority = new int[vmCountMax];
        floorKib = new long[vmCountMax];
        ceilingKib = new long[vmCountMax];
        originalKib = new long[vmCountMax];
        allocationKib = new long[vmCountMax];
        maximumKib = new long[vmCountMax];
        hasStats = new boolean[vmCountMax];
        statsTimeNs = new long[vmCountMax];
        usedKib = new long[vmCountMax];
        marginKib = new long[vmCountMax];
        gauge = new Gauge(vmCountMax, settings);
        knobs = new Knobs(vmCountMax);
        inFlightKib = new long[vmCountMax];
        inFlightSequence = new long[vmCountMax];
        inFlightTimeNs = new long[vmCountMax];
        commandKib = new long[vmCountMax];
        risingKib = new long[vmCountMax];
        risingTimeNs = new long[vmCountMax];
        commandTimeNs = new long[vmCountMax];
        retryTimeNs = new long[vmCountMax];
        failureCount = new int[vmCountMax];
        touched = new boolean[vmCountMax];
        damping = new Damping(vmCountMax, settings);
        obedience = new Obedience(vmCountMax, settings);
        for (int slot = 0; slot < vmCountMax; slot++) {
            mode[slot] = VmMode.OBSERVE;
            empty(slot);
        }
    }

    /** Whether the slot holds just this VM. */
    boolean holds(int slot, int vmGeneration) {
        return slot >= 0 && slot < slotCount && present[slot] && generation[slot] == vmGeneration;
    }

    /** Least allocation. */
    long floor(int slot) {
        return Math.min(floorKib[slot], ceiling(slot));
    }

    /**
     * Greatest allocation: the policy's and the VM's own bound. Before the first sample the latter
     * is unknown; then what the VM has, or had when it arrived, is all that it surely can have.
     */
    long ceiling(int slot) {
        long most = maximumKib[slot];
        long known = most > 0 ? most : Math.max(originalKib[slot], allocationKib[slot]);
        return Math.min(ceilingKib[slot], known);
    }

    /** What the guest can still use, by its last statistics and its present allocation. */
    long usable(int slot) {
        return allocationKib[slot] - usedKib[slot];
    }

    /** Whether the guest's statistics are there and young enough to be believed. */
    boolean fresh(int slot, long nowNs) {
        return hasStats[slot] && nowNs - statsTimeNs[slot] <= settings.staleNs();
    }

    /** Below this much usable memory the guest is starved. */
    long lowWater(int slot) {
        return Math.max(
                settings.lowWaterFloorKib(),
                allocationKib[slot] * settings.lowWaterPermille() / 1000);
    }

    /** Whether the last statistics, however old, show a starved guest. */
    boolean starved(int slot) {
        return statsTimeNs[slot] > 0 && usable(slot) < lowWater(slot);
    }

    /** Usable memory that is never taken away: the reactive law's margin. */
    long margin(int slot) {
        return marginKib[slot];
    }

    /** Takes in what the guest uses now. */
    void use(int slot, long kib) {
        usedKib[slot] = kib;
        long margin = Math.max(settings.marginFloorKib(), kib * settings.marginPermille() / 1000);
        marginKib[slot] = (long) (margin * knobs.margin[slot]);
    }

    /** Takes in by what a VM is shaped otherwise than the settings say. */
    void tune(ControlSection control) {
        if (holds(control.vmSlot, control.vmGeneration)) {
            knobs.set(control.vmSlot, control.text);
            use(control.vmSlot, usedKib[control.vmSlot]);
        }
    }

    /** The most that this VM can hold if everything under way arrives. */
    long committed(int slot) {
        return Math.max(
                Math.max(allocationKib[slot], risingKib[slot]),
                Math.max(commandKib[slot], inFlightKib[slot]));
    }

    /** What may be taken now by the pace at which guests give. */
    long takeable(int slot, long nowNs) {
        return damping.takeable(slot, knobs.pace[slot], nowNs);
    }

    void arrive(ControlSection control, long nowNs) {
        int slot = control.vmSlot;
        if (slot < 0 || slot >= vmCountMax) {
            return;
        }
        empty(slot);
        present[slot] = true;
        generation[slot] = control.vmGeneration;
        originalKib[slot] = control.originalKib;
        allocationKib[slot] = Math.max(0, control.originalKib);
        damping.begin(slot, nowNs);
        slotCount = Math.max(slotCount, slot + 1);
        policy(slot, control);
    }

    void changePolicy(ControlSection control) {
        if (holds(control.vmSlot, control.vmGeneration)) {
            policy(control.vmSlot, control);
        }
    }

    void depart(ControlSection control) {
        if (holds(control.vmSlot, control.vmGeneration)) {
            empty(control.vmSlot);
            while (slotCount > 0 && !present[slotCount - 1]) {
                slotCount--;
            }
        }
    }

    /** Takes a pass of the sampler in. */
    void sample(SampleSection sample, long nowNs) {
        if (sample.hostMemoryKib > 0) {
            hostMemoryKib = sample.hostMemoryKib;
        }
        foreignKib = 0;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.present[slot] && !holds(slot, sample.generation[slot])) {
                foreignKib += Math.max(0, sample.allocationKib[slot]);
            }
        }
        for (int slot = 0; slot < slotCount; slot++) {
            if (!present[slot]) {
                continue;
            }
            boolean seen =
                    slot < sample.slotCount
                            && sample.present[slot]
                            && sample.generation[slot] == generation[slot];
            hasStats[slot] = false;
            if (seen && sample.allocationKib[slot] >= 0) {
                maximumKib[slot] = sample.maximumKib[slot];
                hasStats[slot] = sample.hasGuestStats(slot);
                if (hasStats[slot] && sample.statsTimeNs[slot] > statsTimeNs[slot]) {
                    gauge.measure(this, sample, slot, nowNs);
                }
                balloonAt(slot, sample.allocationKib[slot], nowNs);
            }
            boolean asked =
                    commandKib[slot] != NONE
                            && inFlightKib[slot] == NONE
                            && commandKib[slot] < allocationKib[slot] - TOLERANCE_KIB;
            if (asked) {
                obedience.judge(slot, allocationKib[slot], nowNs);
            }
        }
    }

    /** Takes a new allocation in. */
    void balloonAt(int slot, long newAllocationKib, long nowNs) {
        boolean turned =
                newAllocationKib < allocationKib[slot]
                        || newAllocationKib >= risingKib[slot]
                        || nowNs - risingTimeNs[slot] > RISING_NS_MAX;
        if (turned) {
            risingKib[slot] = NONE;
        }
        allocationKib[slot] = newAllocationKib;
        gauge.moved(slot, newAllocationKib, nowNs);
        long command = commandKib[slot];
        if (command != NONE && Math.abs(command - newAllocationKib) <= TOLERANCE_KIB) {
            commandKib[slot] = NONE;
            obedience.reached(slot, command);
        }
        obedience.balloonAt(slot, newAllocationKib, nowNs);
    }

    /** Takes in that a guest itself reported how little it can still use. */
    void starvedAt(int slot, long usableKib, long nowNs) {
        use(slot, Math.max(0, allocationKib[slot] - Math.max(0, usableKib)));
        statsTimeNs[slot] = Math.max(statsTimeNs[slot], nowNs);
        hasStats[slot] = true;
    }

    /** Takes the outcome of an act in. */
    void outcome(OutcomeSection outcome, long nowNs) {
        int slot = outcome.vmSlot;
        if (outcome.actKind != ActKind.RESIZE_MEMORY
                || !holds(slot, outcome.vmGeneration)
                || inFlightKib[slot] == NONE
                || inFlightSequence[slot] != outcome.planSequence) {
            return;
        }
        long amount = inFlightKib[slot];
        inFlightKib[slot] = NONE;
        if (outcome.status == OutcomeStatus.DONE) {
            boolean reached = Math.abs(amount - allocationKib[slot]) <= TOLERANCE_KIB;
            if (commandKib[slot] > Math.max(amount, allocationKib[slot])) {
                risingKib[slot] = Math.max(risingKib[slot], commandKib[slot]);
                risingTimeNs[slot] = nowNs;
            }
            commandKib[slot] = reached ? NONE : amount;
            commandTimeNs[slot] = nowNs;
            obedience.told(slot, amount, allocationKib[slot], nowNs);
            failureCount[slot] = 0;
        } else if (outcome.status != OutcomeStatus.DROPPED_LATE) {
            retryTimeNs[slot] = nowNs + Damping.retryDelayNs(failureCount[slot]++);
        }
    }

    /** Notes that a resize is on its way. */
    void commit(int slot, long amount, long sequence, long nowNs) {
        long base =
                commandKib[slot] == NONE
                        ? allocationKib[slot]
                        : Math.min(allocationKib[slot], commandKib[slot]);
        if (amount < base) {
            damping.take(slot, base - amount, knobs.pace[slot], nowNs);
        }
        inFlightKib[slot] = amount;
        inFlightSequence[slot] = sequence;
        inFlightTimeNs[slot] = nowNs;
        touched[slot] = true;
        damping.change(slot, nowNs);
    }

    /** Forgets acts whose outcome never came. */
    void forgetLostActs(long nowNs) {
        for (int slot = 0; slot < slotCount; slot++) {
            if (inFlightKib[slot] != NONE
                    && nowNs - inFlightTimeNs[slot] > settings.inFlightNsMax()) {
                // It may yet have been done: what it could have granted stays counted.
                commandKib[slot] = Math.max(commandKib[slot], inFlightKib[slot]);
                commandTimeNs[slot] = nowNs;
                inFlightKib[slot] = NONE;
            }
        }
    }

    private void policy(int slot, ControlSection control) {
        mode[slot] = control.mode;
        priority[slot] = Math.clamp(control.priority, 0, 9);
        floorKib[slot] = Math.max(0, control.floorKib);
        ceilingKib[slot] = Math.max(floorKib[slot], control.ceilingKib);
    }

    private void empty(int slot) {
        present[slot] = false;
        mode[slot] = VmMode.OBSERVE;
        priority[slot] = 0;
        floorKib[slot] = 0;
        ceilingKib[slot] = 0;
        originalKib[slot] = 0;
        allocationKib[slot] = 0;
        maximumKib[slot] = SampleSection.UNKNOWN;
        hasStats[slot] = false;
        statsTimeNs[slot] = 0;
        gauge.clear(slot);
        knobs.clear(slot);
        use(slot, 0);
        inFlightKib[slot] = NONE;
        inFlightSequence[slot] = NONE;
        inFlightTimeNs[slot] = 0;
        commandKib[slot] = NONE;
        commandTimeNs[slot] = 0;
        risingKib[slot] = NONE;
        risingTimeNs[slot] = 0;
        retryTimeNs[slot] = 0;
        failureCount[slot] = 0;
        touched[slot] = false;
        damping.clear(slot);
        obedience.clear(slot);
    }
}
