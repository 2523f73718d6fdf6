package org.foreshape.shaping;

import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.event.VmMode;

/**
 * Says of each target what it means, why it is wanted, what bounded it, and who gives to whom.
 * Engine thread only.
 */
final class Verdicts {
    private final VmTable vms;
    private final Wants wants;
    private final Division division;

    Verdicts(VmTable vms, Wants wants, Division division) {
        this.vms = vms;
        this.wants = wants;
        this.division = division;
    }

    /** Writes them for a plan that has its targets. */
    void write(PlanSection plan, boolean restoring) {
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!vms.present[slot]) {
                continue;
            }
            long target = plan.targetKib[slot];
            long allocation = vms.allocationKib[slot];
            Reason reason = wants.reason[slot];
            if (target > allocation) {
                plan.verdict[slot] = Verdict.GROW;
            } else if (target < allocation) {
                plan.verdict[slot] = Verdict.SHRINK;
                if (!restoring) {
                    reason = division.scarce ? Reason.RECLAIM_FOR_OTHERS : Reason.RECLAIM_IDLE;
                }
            } else {
                plan.verdict[slot] = Verdict.HOLD;
                if (division.banded[slot]) {
                    reason = Reason.WITHIN_BAND;
                }
            }
            plan.reason[slot] = reason;
            plan.limit[slot] = limit(slot, target, allocation);
            division.banded[slot] = false;
        }
        if (division.scarce) {
            partners(plan);
        }
    }

    private Limit limit(int slot, long target, long allocation) {
        if (vms.mode[slot] == VmMode.OBSERVE && target == allocation) {
            return Limit.MODE;
        }
        if (division.banded[slot]) {
            return Limit.BAND;
        }
        long want = wants.wantKib[slot];
        if (target < Math.max(want, division.floorKib[slot])) {
            return target >= vms.ceiling(slot) ? Limit.CEILING : Limit.BUDGET;
        }
        if (target == want) {
            return Limit.NONE;
        }
        if (target == division.floorKib[slot]) {
            return Limit.FLOOR;
        }
        if (target == allocation && !wants.shrinkable[slot]) {
            if (wants.reason[slot] == Reason.STALE) {
                return Limit.STALE;
            }
            return vms.starved(slot) ? Limit.STARVED : Limit.BACKOFF;
        }
        return target == division.leastKib[slot] ? Limit.USABLE : Limit.NONE;
    }

    /** Names for each donor whom it gives to, and for each receiver whom it gets from. */
    private void partners(PlanSection plan) {
        int receiver = next(plan, -1, Verdict.GROW);
        int donor = next(plan, -1, Verdict.SHRINK);
        long wanted = gap(plan, receiver);
        long given = gap(plan, donor);
        while (receiver >= 0 && donor >= 0) {
            if (plan.partnerSlot[donor] < 0) {
                plan.partnerSlot[donor] = receiver;
            }
            if (plan.partnerSlot[receiver] < 0) {
                plan.partnerSlot[receiver] = donor;
            }
            if (given <= wanted) {
                wanted -= given;
                donor = next(plan, donor, Verdict.SHRINK);
                given = gap(plan, donor);
            } else {
                given -= wanted;
                receiver = next(plan, receiver, Verdict.GROW);
                wanted = gap(plan, receiver);
            }
        }
    }

    private static int next(PlanSection plan, int after, Verdict verdict) {
        for (int slot = after + 1; slot < plan.slotCount; slot++) {
            if (plan.verdict[slot] == verdict) {
                return slot;
            }
        }
        return -1;
    }

    private static long gap(PlanSection plan, int slot) {
        return slot < 0 ? 0 : Math.abs(plan.targetKib[slot] - plan.allocationKib[slot]);
    }
}
