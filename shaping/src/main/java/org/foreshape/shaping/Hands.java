package org.foreshape.shaping;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;

/**
 * Plans the acts that do not change how much a VM has: making memory resident before it is touched,
 * and bringing it together again after a balloon has torn it apart. Engine thread only.
 *
 * <p>What was granted is made resident once the grant has landed and while the guest does not use
 * it yet: a page that a balloon still holds must not be populated. Memory for a task is populated
 * as late as the measured pace allows, so that free page reporting does not undo it. Neither kind
 * of act is urgent: a VM in an emergency, or whose size is changing, is left alone.
 */
final class Hands {
    /** Acts of one kind at once on the whole host: they share its memory bandwidth. */
    private static final int PREFAULTS_MAX = 4;

    private static final int SCULPTS_MAX = 1;

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
    private final long[] retryTimeNs;
    private final long[] backoffNs;
    private final double[] sculptNsPerKib;
    private final boolean[] resized;

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
        retryTimeNs = new long[count];
        backoffNs = new long[count];
        sculptNsPerKib = new double[count];
        resized = new boolean[count];
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
        retryTimeNs[slot] = Long.MIN_VALUE / 2;
        backoffNs[slot] = 0;
        wants.prefaultNsPerKib[slot] = 0;
        sculptNsPerKib[slot] = 0;
    }

    /** Adds acts to a plan that has its targets and its resizes. */
    void schedule(
            PlanSection plan, long nowNs, boolean connected, boolean held, boolean restoring) {
        markResized(plan);
        int prefaults = PREFAULTS_MAX;
        int sculpts = SCULPTS_MAX;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (vms.present[slot]) {
                look(slot, nowNs);
                boolean flies = flightKib[slot] != VmTable.NONE;
                prefaults -= flies && flightKind[slot] == ActKind.PREFAULT ? 1 : 0;
                sculpts -= flies && flightKind[slot] == ActKind.SCULPT ? 1 : 0;
            }
        }
        boolean mayAct = connected && !restoring;
        for (int slot = 0; slot < vms.slotCount && mayAct; slot++) {
            if (!vms.present[slot] || !ready(plan, slot, nowNs, held)) {
                continue;
            }
            long prefault = prefaults > 0 ? prefaultKib(slot, nowNs) : 0;
            if (prefault > 0) {
                plan.addAct(slot, vms.generation[slot], ActKind.PREFAULT, prefault);
                prefaults--;
            } else if (sculpts > 0 && wantsSculpt(slot, nowNs)) {
                plan.addAct(slot, vms.generation[slot], ActKind.SCULPT, vms.allocationKib[slot]);
                sculpts--;
            }
        }
    }

    /** Which invariant an act of this kind breaks; whether it is the only one is not asked here. */
    Breach check(int slot, long amountKib, boolean connected, boolean held, boolean restoring) {
        if (!connected || restoring || !acts.allowed(slot, held, false) || wants.urgent[slot]) {
            return Breach.FORBIDDEN_ACT;
        }
        if (flightKib[slot] != VmTable.NONE) {
            return Breach.SECOND_ACT;
        }
        return amountKib <= 0 || amountKib > vms.allocationKib[slot] ? Breach.BOUNDS : Breach.NONE;
    }

    /** Notes that an act of a plan is on its way. */
    void commit(int slot, ActKind kind, long amountKib, long sequence, long nowNs) {
        flightKind[slot] = kind;
        flightKib[slot] = amountKib;
        flightSequence[slot] = sequence;
        flightTimeNs[slot] = nowNs;
        if (kind == ActKind.SCULPT) {
            sculptTimeNs[slot] = nowNs;
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
        if (outcome.status == OutcomeStatus.DONE) {
            backoffNs[slot] = 0;
            double nsPerKib = Math.max(0, nowNs - flightTimeNs[slot]) / (double) amount;
            if (outcome.actKind == ActKind.PREFAULT) {
                grownKib[slot] = Math.max(0, grownKib[slot] - amount);
                wants.prefaultNsPerKib[slot] = slower(wants.prefaultNsPerKib[slot], nsPerKib);
            } else {
                churnKib[slot] = 0;
                sculptNsPerKib[slot] = slower(sculptNsPerKib[slot], nsPerKib);
            }
        } else if (outcome.status != OutcomeStatus.DROPPED_LATE) {
            long next = Math.max(settings.backoffNs(), 2 * backoffNs[slot]);
            backoffNs[slot] = Math.min(settings.backoffNsMax(), next);
            retryTimeNs[slot] = nowNs + backoffNs[slot];
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
        return flightKib[slot] == VmTable.NONE
                && nowNs >= retryTimeNs[slot]
                && acts.allowed(slot, held, false)
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
        if (churn == 0
                || churnKib[slot] < churn
                || grownKib[slot] >= Math.max(1, settings.prefaultLeastKib())
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
