package org.foreshape.shaping;

import org.foreshape.ring.event.PlanSection;

/**
 * Checks a finished plan against the invariants, from the state of the VMs and not from the steps
 * that led to the plan. Engine thread only.
 */
final class PlanGuard {
    private final ShapingSettings settings;
    private final VmTable vms;
    private final Division division;
    private final Acts acts;
    private final Hands hands;
    private final long[] markedBy;
    private final long[] handMarkedBy;
    private long mark;

    PlanGuard(VmTable vms, Division division, Acts acts, Hands hands, ShapingSettings settings) {
        this.settings = settings;
        this.vms = vms;
        this.division = division;
        this.acts = acts;
        this.hands = hands;
        markedBy = new long[vms.vmCountMax];
        handMarkedBy = new long[vms.vmCountMax];
    }

    /**
     * The first breach in a plan.
     *
     * @param budgetKib what all VMs of the table together may have
     */
    Breach check(
            PlanSection plan,
            long nowNs,
            long budgetKib,
            boolean connected,
            boolean held,
            boolean restoring) {
        Breach breach = checkTargets(plan, nowNs, budgetKib);
        return breach == Breach.NONE
                ? checkActs(plan, nowNs, budgetKib, connected, held, restoring)
                : breach;
    }

    private Breach checkTargets(PlanSection plan, long nowNs, long budgetKib) {
        long targets = 0;
        long least = 0;
        boolean grows = false;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!vms.present[slot]) {
                continue;
            }
            long target = plan.targetKib[slot];
            long allocation = vms.allocationKib[slot];
            if (target > allocation) {
                grows = true;
                if (target > vms.ceiling(slot)) {
                    return Breach.BOUNDS;
                }
            } else if (target < allocation) {
                Breach breach = checkShrink(slot, target, nowNs);
                if (breach != Breach.NONE) {
                    return breach;
                }
            }
            targets += target;
            least += division.leastKib[slot];
        }
        boolean over = targets > budgetKib && (grows || targets > least);
        return over ? Breach.BUDGET : Breach.NONE;
    }

    private Breach checkShrink(int slot, long size, long nowNs) {
        if (size < vms.floor(slot)) {
            return Breach.BOUNDS;
        }
        if (!vms.fresh(slot, nowNs)) {
            return Breach.STALE_SHRUNK;
        }
        if (vms.starved(slot)) {
            return Breach.STARVED_SHRUNK;
        }
        return size < vms.usedKib[slot] + vms.margin(slot) ? Breach.TOO_DEEP : Breach.NONE;
    }

    private Breach checkActs(
            PlanSection plan,
            long nowNs,
            long budgetKib,
            boolean connected,
            boolean held,
            boolean restoring) {
        mark++;
        long granted = 0;
        for (int act = 0; act < plan.actCount; act++) {
            int slot = plan.actSlot[act];
            if (!vms.holds(slot, plan.actGeneration[act])) {
                return Breach.FORBIDDEN_ACT;
            }
            if (!plan.actKind[act].resizes()) {
                if (handMarkedBy[slot] == mark) {
                    return Breach.SECOND_ACT;
                }
                handMarkedBy[slot] = mark;
                Breach breach =
                        hands.check(
                                slot,
                                plan.actKind[act],
                                plan.actAmount[act],
                                connected,
                                held,
                                restoring);
                if (breach != Breach.NONE) {
                    return breach;
                }
                continue;
            }
            if (!connected || !acts.allowed(slot, held, restoring)) {
                return Breach.FORBIDDEN_ACT;
            }
            if (vms.inFlightKib[slot] != VmTable.NONE || markedBy[slot] == mark) {
                return Breach.SECOND_ACT;
            }
            markedBy[slot] = mark;
            long amount = plan.actAmount[act];
            long allocation = vms.allocationKib[slot];
            if (amount < allocation) {
                Breach breach = checkShrink(slot, amount, nowNs);
                if (breach != Breach.NONE) {
                    return breach;
                }
                if (tooFast(slot, amount, nowNs)) {
                    return Breach.TOO_FAST;
                }
            } else if (amount > allocation && amount > vms.ceiling(slot)) {
                return Breach.BOUNDS;
            }
            granted += Math.max(0, amount - vms.committed(slot));
        }
        return granted > 0 && granted > budgetKib - committed()
                ? Breach.GRANTED_TOO_EARLY
                : Breach.NONE;
    }

    private boolean tooFast(int slot, long amount, long nowNs) {
        long command = vms.commandKib[slot];
        long allocation = vms.allocationKib[slot];
        long base = command == VmTable.NONE ? allocation : Math.min(command, allocation);
        long taken = base - amount;
        // Less than what was commanded before takes nothing more.
        return taken > 0
                && (taken > vms.takeable(slot, nowNs)
                        || allocation - amount > settings.shrinkBurstKib());
    }

    private long committed() {
        long sum = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            sum += vms.present[slot] ? vms.committed(slot) : 0;
        }
        return sum;
    }
}
