package org.foreshape.shaping;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.SampleSection;

/**
 * Plans the acts that do not change how much a VM has: making memory resident before it is touched,
 * bringing it together again after a balloon has torn it apart, loading what a task will read from
 * its disks, and letting the memory of idle VMs go first. Engine thread only.
 *
 * <p>What was granted is made resident once the grant has landed and while the guest does not use
 * it yet: a page that a balloon still holds must not be populated. Memory for a task is populated
 * as late as the measured pace allows, so that free page reporting does not undo it. None of these
 * acts is urgent: a VM in an emergency, or whose size is changing, is left alone, but for what is
 * loaded for its tasks, which is the host's page cache and not the VM's memory.
 *
 * <p>A kind of act that cannot be done on a VM is left for a while, and does not keep the others
 * from being done. A restore takes back where memory and threads were moved to.
 */
final class Hands {
    /** Acts of one kind at once on the whole host: they share its memory bandwidth. */
    private static final int PREFAULTS_MAX = 4;

    private static final int SCULPTS_MAX = 1;
    private static final int PREWARMS_MAX = 1;
    private static final int RECLAIMS_MAX = 1;
    private static final int KINDS = ActKind.values().length;

    /** The measured pace is trusted for this many times the expected duration. */
    static final double LEAD_FACTOR = 2;

    private static final double FORGET = .9;

    /** Use that rises faster than this is no time to move pages: the guest is at work. */
    private static final double CALM_RISE_KIB_PER_S = 4096;

    private final ShapingSettings settings;
    private final VmTable vms;
    private final Wants wants;
    private final Acts acts;

    private final long[] seenKib;
    private final long[] grownKib;
    private final long[] churnKib;
    private final ActKind[] flightKind;
    private final long[] flightKib;
    private final long[] flightSequence;
    private final long[] flightTimeNs;
    private final long[] sculptTimeNs;
    private final double[] sculptNsPerKib;
    private final boolean[] resized;
    private final boolean[] sculpted;

    // By kind and slot.
    private final long[] retryTimeNs;
    private final long[] backoffNs;

    // What the next task of a VM will read, and when.
    private final long[] warmKib;
    private final long[] warmStartTimeNs;
    private final double[] warmNsPerKib;

    private final Idleness idleness;
    private final long[] reclaimTimeNs;

    private final int[] room = new int[KINDS];

    Hands(VmTable vms, Wants wants, Acts acts, ShapingSettings settings) {
        this.settings = settings;
        this.vms = vms;
        this.wants = wants;
        this.acts = acts;
        int count = vms.vmCountMax;
        seenKib = new long[count];
        grownKib = new long[count];
        churnKib = new long[count];
        flightKind = new ActKind[count];
        flightKib = new long[count];
        flightSequence = new long[count];
        flightTimeNs = new long[count];
        sculptTimeNs = new long[count];
        sculptNsPerKib = new double[count];
        resized = new boolean[count];
        sculpted = new boolean[count];
        retryTimeNs = new long[KINDS * count];
        backoffNs = new long[KINDS * count];
        warmKib = new long[count];
        warmStartTimeNs = new long[count];
        warmNsPerKib = new double[count];
        idleness = new Idleness(vms);
        reclaimTimeNs = new long[count];
        for (int slot = 0; slot < count; slot++) {
            forget(slot);
        }
    }

    /** Starts anew with a VM that has just taken the slot. */
    void forget(int slot) {
        seenKib[slot] = vms.allocationKib[slot];
        grownKib[slot] = 0;
        churnKib[slot] = 0;
        flightKind[slot] = ActKind.PREFAULT;
        flightKib[slot] = VmTable.NONE;
        flightSequence[slot] = VmTable.NONE;
        flightTimeNs[slot] = 0;
        sculptTimeNs[slot] = Long.MIN_VALUE / 2;
        for (int kind = 0; kind < KINDS; kind++) {
            retryTimeNs[kind * vms.vmCountMax + slot] = Long.MIN_VALUE / 2;
            backoffNs[kind * vms.vmCountMax + slot] = 0;
        }
        wants.prefaultNsPerKib[slot] = 0;
        sculptNsPerKib[slot] = 0;
        sculpted[slot] = false;
        warmKib[slot] = 0;
        warmStartTimeNs[slot] = 0;
        warmNsPerKib[slot] = 0;
        idleness.forget(slot);
        reclaimTimeNs[slot] = Long.MIN_VALUE;
    }

    /** Follows how idle each VM is, where that matters. */
    void sample(SampleSection sample, long nowNs) {
        if (settings.reclaimIdleNs() > 0) {
            idleness.sample(sample, nowNs);
        }
    }

    /** Takes in what the next task of a VM will read from its disks. */
    void warmth(ControlSection control) {
        if (vms.holds(control.vmSlot, control.vmGeneration)) {
            warmKib[control.vmSlot] = Math.max(0, control.amountKib);
            warmStartTimeNs[control.vmSlot] = control.timeNs;
        }
    }

    /** Takes in that an earlier run left a VM sculpted. */
    void sculpted(ControlSection control) {
        if (vms.holds(control.vmSlot, control.vmGeneration)) {
            sculpted[control.vmSlot] = true;
        }
    }

    /** Adds acts to a plan that has its targets and its resizes. */
    void schedule(
            PlanSection plan, long nowNs, boolean connected, boolean held, boolean restoring) {
        markResized(plan);
        countRoom(nowNs);
        for (int slot = 0; slot < vms.slotCount && connected; slot++) {
            if (!vms.present[slot] || flightKib[slot] != VmTable.NONE) {
                continue;
            }
            if (restoring) {
                if (undoes(slot, nowNs) && room[ActKind.UNSCULPT.ordinal()] > 0) {
                    add(plan, slot, ActKind.UNSCULPT, vms.allocationKib[slot]);
                }
                continue;
            }
            // Most VMs want none of it, which is told by less than whether they are ready.
            long prefault = prefaultKib(slot, nowNs);
            if (prefault > 0
                    && may(ActKind.PREFAULT, slot, nowNs)
                    && ready(plan, slot, nowNs, held)) {
                add(plan, slot, ActKind.PREFAULT, prefault);
            } else if (wantsPrewarm(slot, nowNs)
                    && may(ActKind.PREWARM, slot, nowNs)
                    && acts.allowed(slot, held, false)) {
                add(plan, slot, ActKind.PREWARM, warmKib[slot]);
            } else if (wantsSculpt(slot, nowNs)
                    && may(ActKind.SCULPT, slot, nowNs)
                    && ready(plan, slot, nowNs, held)) {
                add(plan, slot, ActKind.SCULPT, vms.allocationKib[slot]);
            } else if (wantsReclaim(slot, nowNs)
                    && may(ActKind.RECLAIM, slot, nowNs)
                    && ready(plan, slot, nowNs, held)) {
                add(plan, slot, ActKind.RECLAIM, vms.allocationKib[slot]);
            }
        }
    }

    private void add(PlanSection plan, int slot, ActKind kind, long amountKib) {
        plan.addAct(slot, vms.generation[slot], kind, amountKib);
        room[kind.ordinal()]--;
    }

    /** How many acts of each kind may begin, those under way counted. */
    private void countRoom(long nowNs) {
        room[ActKind.PREFAULT.ordinal()] = PREFAULTS_MAX;
        room[ActKind.SCULPT.ordinal()] = SCULPTS_MAX;
        room[ActKind.UNSCULPT.ordinal()] = SCULPTS_MAX;
        room[ActKind.PREWARM.ordinal()] = PREWARMS_MAX;
        room[ActKind.RECLAIM.ordinal()] = RECLAIMS_MAX;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (vms.present[slot]) {
                look(slot, nowNs);
                if (flightKib[slot] != VmTable.NONE) {
                    room[flightKind[slot].ordinal()]--;
                }
            }
        }
    }

    /** Whether a restore still has to take something back, or is about to. */
    boolean undoes(long nowNs) {
        for (int slot = 0; slot < vms.slotCount; slot++) {
            boolean flies = flightKib[slot] != VmTable.NONE && flightKind[slot] == ActKind.UNSCULPT;
            if (vms.present[slot] && (flies || undoes(slot, nowNs))) {
                return true;
            }
        }
        return false;
    }

    private boolean undoes(int slot, long nowNs) {
        return sculpted[slot]
                && nowNs >= retryTimeNs[index(ActKind.UNSCULPT, slot)]
                && acts.allowed(slot, true, true);
    }

    private boolean may(ActKind kind, int slot, long nowNs) {
        return room[kind.ordinal()] > 0 && nowNs >= retryTimeNs[index(kind, slot)];
    }

    private int index(ActKind kind, int slot) {
        return kind.ordinal() * vms.vmCountMax + slot;
    }

    /** Which invariant an act of this kind breaks; whether it is the only one is not asked here. */
    Breach check(
            int slot,
            ActKind kind,
            long amountKib,
            boolean connected,
            boolean held,
            boolean restoring) {
        if (!connected
                || restoring != (kind == ActKind.UNSCULPT)
                || !acts.allowed(slot, held, restoring)
                || (wants.urgent[slot] && touchesMemory(kind) && !restoring)) {
            return Breach.FORBIDDEN_ACT;
        }
        if (flightKib[slot] != VmTable.NONE) {
            return Breach.SECOND_ACT;
        }
        long most = touchesMemory(kind) ? vms.allocationKib[slot] : warmKib[slot];
        return amountKib <= 0 || amountKib > most ? Breach.BOUNDS : Breach.NONE;
    }

    private static boolean touchesMemory(ActKind kind) {
        return kind != ActKind.PREWARM;
    }

    /** Notes that an act of a plan is on its way. */
    void commit(int slot, ActKind kind, long amountKib, long sequence, long nowNs) {
        flightKind[slot] = kind;
        flightKib[slot] = amountKib;
        flightSequence[slot] = sequence;
        flightTimeNs[slot] = nowNs;
        if (kind == ActKind.SCULPT) {
            sculptTimeNs[slot] = nowNs;
        } else if (kind == ActKind.RECLAIM) {
            reclaimTimeNs[slot] = nowNs;
        }
    }

    /** Takes the outcome of an act in. */
    void outcome(OutcomeSection outcome, long nowNs) {
        int slot = outcome.vmSlot;
        if (outcome.actKind.resizes()
                || !vms.holds(slot, outcome.vmGeneration)
                || flightKib[slot] == VmTable.NONE
                || flightKind[slot] != outcome.actKind
                || flightSequence[slot] != outcome.planSequence) {
            return;
        }
        long amount = flightKib[slot];
        flightKib[slot] = VmTable.NONE;
        if (outcome.actKind == ActKind.PREWARM && outcome.status != OutcomeStatus.DROPPED_LATE) {
            // One try for each announcement: the task may read by itself what was not loaded.
            warmKib[slot] = 0;
        }
        int index = index(outcome.actKind, slot);
        if (outcome.status == OutcomeStatus.DONE) {
            backoffNs[index] = 0;
            done(outcome.actKind, slot, amount, nowNs);
        } else if (outcome.status != OutcomeStatus.DROPPED_LATE) {
            long next = Math.max(settings.backoffNs(), 2 * backoffNs[index]);
            backoffNs[index] = Math.min(settings.backoffNsMax(), next);
            retryTimeNs[index] = nowNs + backoffNs[index];
        }
    }

    private void done(ActKind kind, int slot, long amount, long nowNs) {
        double nsPerKib = Math.max(0, nowNs - flightTimeNs[slot]) / (double) amount;
        switch (kind) {
            case PREFAULT -> {
                grownKib[slot] = Math.max(0, grownKib[slot] - amount);
                wants.prefaultNsPerKib[slot] = slower(wants.prefaultNsPerKib[slot], nsPerKib);
            }
            case SCULPT -> {
                churnKib[slot] = 0;
                sculpted[slot] = true;
                sculptNsPerKib[slot] = slower(sculptNsPerKib[slot], nsPerKib);
            }
            case UNSCULPT -> sculpted[slot] = false;
            case PREWARM -> warmNsPerKib[slot] = slower(warmNsPerKib[slot], nsPerKib);
            case RECLAIM, RESIZE_MEMORY, RESIZE_VCPUS, RESIZE_STORAGE -> {
                // Nothing is measured by it.
            }
        }
    }

    /** A slow act is believed at once, fast ones only as they repeat: lead time must suffice. */
    private static double slower(double known, double seen) {
        return known == 0 ? seen : Math.max(seen, FORGET * known + (1 - FORGET) * seen);
    }

    /** The measured pace, or the configured one while there is none. */
    private double paceNsPerKib(double measured) {
        return measured > 0 ? measured : 1e9 / settings.prefaultPaceKibPerS();
    }

    /** By the time of the task all that it reads is to be there, and not much before. */
    private boolean wantsPrewarm(int slot, long nowNs) {
        long pace = settings.prewarmPaceKibPerS();
        long untilNs = warmStartTimeNs[slot] - nowNs;
        if (pace == 0 || warmKib[slot] == 0 || untilNs <= 0) {
            return false;
        }
        double nsPerKib = warmNsPerKib[slot] > 0 ? warmNsPerKib[slot] : 1e9 / pace;
        return untilNs <= settings.taskLeadNs() + LEAD_FACTOR * warmKib[slot] * nsPerKib;
    }

    private boolean wantsReclaim(int slot, long nowNs) {
        return settings.reclaimIdleNs() > 0
                && idleness.sinceTimeNs[slot] != Idleness.NEVER
                && nowNs - idleness.sinceTimeNs[slot] >= settings.reclaimIdleNs()
                && reclaimTimeNs[slot] < idleness.sinceTimeNs[slot]
                && wants.nextTaskNs(slot, nowNs) == Long.MAX_VALUE;
    }

    private void markResized(PlanSection plan) {
        for (int slot = 0; slot < vms.slotCount; slot++) {
            resized[slot] = false;
        }
        for (int act = 0; act < plan.actCount; act++) {
            resized[plan.actSlot[act]] = true;
        }
    }

    /** Follows what the balloon has given and taken. */
    private void look(int slot, long nowNs) {
        long allocation = vms.allocationKib[slot];
        long change = allocation - seenKib[slot];
        seenKib[slot] = allocation;
        churnKib[slot] += Math.abs(change);
        // What the guest uses by now is resident already.
        long idle = Math.max(0, allocation - vms.usedKib[slot]);
        grownKib[slot] = Math.clamp(grownKib[slot] + change, 0, idle);
        if (flightKib[slot] != VmTable.NONE
                && nowNs - flightTimeNs[slot] > settings.inFlightNsMax()) {
            flightKib[slot] = VmTable.NONE;
        }
    }

    private boolean ready(PlanSection plan, int slot, long nowNs, boolean held) {
        return acts.allowed(slot, held, false)
                && vms.fresh(slot, nowNs)
                && !wants.urgent[slot]
                && !resized[slot]
                && vms.inFlightKib[slot] == VmTable.NONE
                && vms.commandKib[slot] == VmTable.NONE
                && plan.targetKib[slot] == vms.allocationKib[slot];
    }

    /** What shall be made resident now; 0 when nothing or when there is time. */
    private long prefaultKib(int slot, long nowNs) {
        long least = settings.prefaultLeastKib();
        long grown = grownKib[slot];
        if (least == 0 || grown < least) {
            return 0;
        }
        long untilTaskNs = wants.nextTaskNs(slot, nowNs);
        double leadNs =
                settings.taskLeadNs()
                        + LEAD_FACTOR * grown * paceNsPerKib(wants.prefaultNsPerKib[slot]);
        return untilTaskNs == Long.MAX_VALUE || untilTaskNs <= leadNs ? grown : 0;
    }

    private boolean wantsSculpt(int slot, long nowNs) {
        long churn = settings.sculptChurnKib();
        long least = settings.prefaultLeastKib();
        // A grant is made resident first, unless that cannot be done here.
        boolean prefaults =
                least > 0
                        && grownKib[slot] >= least
                        && nowNs >= retryTimeNs[index(ActKind.PREFAULT, slot)];
        if (churn == 0
                || churnKib[slot] < churn
                || prefaults
                || nowNs - sculptTimeNs[slot] < settings.sculptRestNs()
                || vms.gauge.riseKibPerS[slot] > CALM_RISE_KIB_PER_S) {
            return false;
        }
        long untilTaskNs = wants.nextTaskNs(slot, nowNs);
        double durationNs =
                LEAD_FACTOR * vms.allocationKib[slot] * paceNsPerKib(sculptNsPerKib[slot]);
        return untilTaskNs == Long.MAX_VALUE || untilTaskNs > durationNs;
    }
}
