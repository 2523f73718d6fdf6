package org.foreshape.shaping;

import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.event.VmMode;

/**
 * Divides the budget among the VMs: writes targets, verdicts, reasons, limits and partners.
 *
 * <p>Every VM starts from the least it can have now (what cannot be taken from it); what is left of
 * the budget goes to floors, then emergencies, then wants, then to idle VMs up to what they have.
 * So whatever an idle VM does not get in the last round moves to those who got it before, in the
 * same plan. Engine thread only.
 */
final class Division {
    /** The free pool is at most one part of the budget in so many. */
    private static final int POOL_SHARE_MAX = 4;

    private static final int ROUNDS_MAX = 16;

    /** By how much less a short minute is worth at each try to make forecasts fit. */
    private static final double DISCOUNT_STEP = 2;

    private static final int DISCOUNT_STEPS_MAX = 10;

    /** Ceiling of a VM that gets nothing more in this plan, whatever it wants. */
    private static final long NOTHING_KIB = 0;

    private final ShapingSettings settings;
    private final VmTable vms;
    private final Wants wants;

    /** Whether the plan may move this VM at all. */
    final boolean[] movable;

    /** Least that the VM can have now. */
    final long[] leastKib;

    private final long[] needKib;
    private final long[] mostKib;
    private final long[] floorKib;
    private final boolean[] banded;

    /** Whether growth in this plan needs memory that others have. */
    boolean scarce;

    /** Whether an emergency is among that growth. */
    boolean emergency;

    Division(VmTable vms, Wants wants, ShapingSettings settings) {
        this.settings = settings;
        this.vms = vms;
        this.wants = wants;
        movable = new boolean[vms.vmCountMax];
        leastKib = new long[vms.vmCountMax];
        needKib = new long[vms.vmCountMax];
        mostKib = new long[vms.vmCountMax];
        floorKib = new long[vms.vmCountMax];
        banded = new boolean[vms.vmCountMax];
    }

    /**
     * Writes the plan's targets.
     *
     * @param budgetKib what all VMs of the table together may have
     * @param restoring whether every VM shall get its original allocation
     */
    void divide(PlanSection plan, long budgetKib, boolean paused, boolean restoring) {
        plan.slotCount = vms.slotCount;
        boolean enforcing = false;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            enforcing |= vms.present[slot] && vms.mode[slot] == VmMode.ENFORCE;
        }
        boolean recommendMoves = paused || !enforcing;
        long allocated = 0;
        long least = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!vms.present[slot]) {
                mostKib[slot] = NOTHING_KIB;
                floorKib[slot] = 0;
                continue;
            }
            movable[slot] =
                    restoring
                            ? vms.mode[slot] == VmMode.ENFORCE || vms.touched[slot]
                            : vms.mode[slot] == VmMode.ENFORCE
                                    || (vms.mode[slot] == VmMode.RECOMMEND && recommendMoves);
            mostKib[slot] = movable[slot] ? vms.ceiling(slot) : NOTHING_KIB;
            floorKib[slot] = vms.floor(slot);
            if (restoring && movable[slot]) {
                restore(slot);
            }
            leastKib[slot] =
                    movable[slot] && wants.shrinkable[slot] ? least(slot) : vms.allocationKib[slot];
            plan.targetKib[slot] = leastKib[slot];
            plan.demandKib[slot] = vms.usedKib[slot];
            plan.wantKib[slot] = wants.wantKib[slot];
            plan.allocationKib[slot] = vms.allocationKib[slot];
            allocated += vms.allocationKib[slot];
            least += leastKib[slot];
        }
        long rest = budgetKib - least;
        if (rest > 0) {
            rest = floors(plan, rest);
            // What is in use is there, but for what a guest is known to lack: that comes first.
            rest = wanted(plan, rest, vms.usedKib);
            rest = urgent(plan, rest);
            rest = wanted(plan, rest, wants.firmKib);
            if (!restoring) {
                // What a forecast wants for one VM is of use to that VM alone, and taking it back
                // is
                // slow; what lies free serves whichever VM surprises. So the pool comes first.
                rest = forecast(plan, rest - poolKib(budgetKib));
                keep(plan, settings.reclaimWhenAmple() ? rest : rest + poolKib(budgetKib));
            }
        }
        long sum = suppressSmallGrowth(plan, restoring);
        judgeScarcity(plan, budgetKib - allocated);
        sum = suppressSmallShrinks(plan, sum, budgetKib, restoring);
        recommend(plan, budgetKib - sum, recommendMoves || restoring);
        conclude(plan, restoring);
        if (scarce) {
            partners(plan);
        }
    }

    /** What a VM keeps at least when memory is taken from it: its use, its margin, its floor. */
    private long least(int slot) {
        long kept = vms.usedKib[slot] + vms.margin(slot);
        return Math.min(vms.allocationKib[slot], Math.max(floorKib[slot], kept));
    }

    private void restore(int slot) {
        long original = vms.originalKib[slot] > 0 ? vms.originalKib[slot] : vms.allocationKib[slot];
        wants.wantKib[slot] = Math.clamp(original, vms.floor(slot), vms.ceiling(slot));
        wants.firmKib[slot] = wants.wantKib[slot];
        wants.comfortKib[slot] = wants.wantKib[slot];
        wants.reason[slot] = Reason.RESTORE;
        wants.urgent[slot] = false;
    }

    private long floors(PlanSection plan, long rest) {
        long total = needs(plan, floorKib);
        if (total <= rest) {
            return grant(plan, rest, total);
        }
        // They do not all fit: highest priority first, and those of one priority share alike.
        for (int priority = 9; priority >= 0 && rest > 0; priority--) {
            long share = 0;
            for (int slot = 0; slot < vms.slotCount; slot++) {
                boolean next = vms.present[slot] && vms.priority[slot] == priority;
                needKib[slot] = next ? need(plan, slot, floorKib[slot]) : 0;
                share += needKib[slot];
            }
            rest = fill(plan, rest, share);
        }
        return rest;
    }

    private long urgent(PlanSection plan, long rest) {
        long total = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            needKib[slot] = wants.urgent[slot] ? need(plan, slot, wants.wantKib[slot]) : 0;
            total += needKib[slot];
        }
        return fill(plan, rest, total);
    }

    /**
     * Grants what forecasts want. When it is too much, a short minute is worth less to all of them
     * alike, until what they want then fits: so each gets what serves it best of what there is, and
     * none is cut at random.
     */
    private long forecast(PlanSection plan, long rest) {
        if (rest <= 0) {
            return rest;
        }
        long total = needs(plan, wants.wantKib);
        if (total <= rest) {
            return grant(plan, rest, total);
        }
        double discount = 1;
        for (int step = 0; step < DISCOUNT_STEPS_MAX; step++) {
            discount *= DISCOUNT_STEP;
            total = 0;
            for (int slot = 0; slot < vms.slotCount; slot++) {
                needKib[slot] =
                        mostKib[slot] > 0 ? need(plan, slot, wants.wantKib(slot, discount)) : 0;
                total += needKib[slot];
            }
            if (total <= rest) {
                rest = grant(plan, rest, total);
                break;
            }
        }
        // Between this step and the one before it everyone's share is small.
        return wanted(plan, rest, wants.wantKib);
    }

    private long wanted(PlanSection plan, long rest, long[] levelKib) {
        return rest <= 0 ? rest : fill(plan, rest, needs(plan, levelKib));
    }

    /**
     * What shall lie free: enough for the greatest likely surprise, within a share of the budget.
     */
    private long poolKib(long budgetKib) {
        return Math.min(
                Math.max(settings.poolKib(), wants.surpriseKib()), budgetKib / POOL_SHARE_MAX);
    }

    private void keep(PlanSection plan, long rest) {
        if (rest <= 0) {
            return;
        }
        long total = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            long kept = vms.allocationKib[slot];
            if (settings.reclaimWhenAmple()) {
                kept = Math.min(kept, wants.comfortKib[slot]);
            }
            needKib[slot] = need(plan, slot, kept);
            total += needKib[slot];
        }
        fill(plan, rest, total);
    }

    /** Works out what every VM needs up to its level; returns the sum. */
    private long needs(PlanSection plan, long[] levelKib) {
        long total = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            needKib[slot] = need(plan, slot, levelKib[slot]);
            total += needKib[slot];
        }
        return total;
    }

    private long need(PlanSection plan, int slot, long levelKib) {
        return Math.max(0, Math.min(levelKib, mostKib[slot]) - plan.targetKib[slot]);
    }

    private long grant(PlanSection plan, long rest, long total) {
        if (total > 0) {
            for (int slot = 0; slot < vms.slotCount; slot++) {
                plan.targetKib[slot] += needKib[slot];
            }
        }
        return rest - total;
    }

    /** Grants all needs, or when they exceed what is left, each its weighted share of it. */
    private long fill(PlanSection plan, long rest, long total) {
        if (total <= Math.max(0, rest)) {
            return grant(plan, rest, total);
        }
        boolean satisfied = true;
        for (int round = 0; satisfied && round < ROUNDS_MAX; round++) {
            double perWeight = rest / weights();
            satisfied = false;
            for (int slot = 0; slot < vms.slotCount; slot++) {
                if (needKib[slot] > 0 && (long) (perWeight * weight(slot)) >= needKib[slot]) {
                    plan.targetKib[slot] += needKib[slot];
                    rest -= needKib[slot];
                    needKib[slot] = 0;
                    satisfied = true;
                }
            }
        }
        double perWeight = rest / weights();
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (needKib[slot] > 0) {
                long share = (long) (perWeight * weight(slot));
                long granted = Math.min(rest, Math.min(share, needKib[slot]));
                plan.targetKib[slot] += granted;
                rest -= granted;
            }
        }
        return rest;
    }

    private double weights() {
        double sum = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            sum += needKib[slot] > 0 ? weight(slot) : 0;
        }
        return sum;
    }

    private double weight(int slot) {
        return switch (settings.objective()) {
            case PRIORITIZE_HIGH_PRIORITY -> 1 << vms.priority[slot];
            case MAXIMIZE_UTILIZATION -> needKib[slot];
        };
    }

    /** Growth that is too small to bother a guest with is left out; returns the sum of targets. */
    private long suppressSmallGrowth(PlanSection plan, boolean restoring) {
        long sum = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!vms.present[slot]) {
                continue;
            }
            long allocation = vms.allocationKib[slot];
            long growth = plan.targetKib[slot] - allocation;
            banded[slot] =
                    growth > 0
                            && !restoring
                            && !wants.urgent[slot]
                            && allocation >= floorKib[slot]
                            && wants.reason[slot] != Reason.UNCOOPERATIVE
                            && wants.reason[slot] != Reason.TASK
                            && growth < band(slot, settings.bandKib(), settings.bandPermille());
            if (banded[slot]) {
                plan.targetKib[slot] = allocation;
            }
            sum += plan.targetKib[slot];
        }
        return sum;
    }

    private void judgeScarcity(PlanSection plan, long freeKib) {
        long growth = 0;
        emergency = false;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (vms.present[slot]) {
                growth += Math.max(0, plan.targetKib[slot] - vms.allocationKib[slot]);
                // An emergency that got less than it wants looks for donors, too.
                boolean unmet =
                        plan.targetKib[slot] < Math.min(wants.wantKib[slot], vms.ceiling(slot));
                boolean grows = plan.targetKib[slot] > vms.allocationKib[slot];
                emergency |= wants.urgent[slot] && movable[slot] && (grows || unmet);
            }
        }
        scarce = growth > Math.max(0, freeKib);
        emergency &= scarce;
    }

    /**
     * Shrinks that are too small are left out where the budget allows it for all of them; returns
     * the new sum.
     */
    private long suppressSmallShrinks(
            PlanSection plan, long sum, long budgetKib, boolean restoring) {
        long small = 0;
        for (int slot = 0; slot < vms.slotCount && !restoring; slot++) {
            small += smallShrink(plan, slot);
        }
        if (restoring || sum + small > budgetKib) {
            return sum;
        }
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (smallShrink(plan, slot) > 0) {
                plan.targetKib[slot] = vms.allocationKib[slot];
                banded[slot] = true;
            }
        }
        return sum + small;
    }

    /** What a shrink of this VM would take, when that is too little to be worth it; else 0. */
    private long smallShrink(PlanSection plan, int slot) {
        long allocation = vms.allocationKib[slot];
        if (!vms.present[slot] || allocation > vms.ceiling(slot)) {
            return 0;
        }
        long band =
                scarce
                        ? settings.bandKib() / 2
                        : band(slot, settings.shrinkBandKib(), settings.shrinkBandPermille());
        long shrink = allocation - plan.targetKib[slot];
        return shrink > 0 && shrink < band ? shrink : 0;
    }

    private long band(int slot, long leastKib, long permille) {
        return Math.max(leastKib, vms.allocationKib[slot] * permille / 1000);
    }

    /** VMs that are only advised get what the others leave, so that advice never binds memory. */
    private void recommend(PlanSection plan, long rest, boolean alreadyMoved) {
        if (alreadyMoved) {
            return;
        }
        long growth = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            growth += advised(slot) ? Math.max(0, bounded(slot) - vms.allocationKib[slot]) : 0;
        }
        double share = growth <= rest ? 1 : Math.max(0, rest) / (double) Math.max(1, growth);
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!advised(slot)) {
                continue;
            }
            long allocation = vms.allocationKib[slot];
            long want = bounded(slot);
            if (want > allocation && rest > 0) {
                plan.targetKib[slot] = allocation + (long) ((want - allocation) * share);
            } else if (wants.shrinkable[slot]) {
                leastKib[slot] = least(slot);
                plan.targetKib[slot] =
                        rest < 0
                                ? leastKib[slot]
                                : Math.min(allocation, Math.max(want, leastKib[slot]));
            }
        }
    }

    private boolean advised(int slot) {
        return vms.present[slot] && vms.mode[slot] == VmMode.RECOMMEND;
    }

    private long bounded(int slot) {
        return Math.min(Math.max(wants.wantKib[slot], vms.floor(slot)), vms.ceiling(slot));
    }

    private void conclude(PlanSection plan, boolean restoring) {
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
                    reason = scarce ? Reason.RECLAIM_FOR_OTHERS : Reason.RECLAIM_IDLE;
                }
            } else {
                plan.verdict[slot] = Verdict.HOLD;
                if (banded[slot]) {
                    reason = Reason.WITHIN_BAND;
                }
            }
            plan.reason[slot] = reason;
            plan.limit[slot] = limit(slot, target, allocation);
            banded[slot] = false;
        }
    }

    private Limit limit(int slot, long target, long allocation) {
        if (vms.mode[slot] == VmMode.OBSERVE && target == allocation) {
            return Limit.MODE;
        }
        if (banded[slot]) {
            return Limit.BAND;
        }
        long want = wants.wantKib[slot];
        if (target < Math.max(want, floorKib[slot])) {
            return target >= vms.ceiling(slot) ? Limit.CEILING : Limit.BUDGET;
        }
        if (target == want) {
            return Limit.NONE;
        }
        if (target == floorKib[slot]) {
            return Limit.FLOOR;
        }
        if (target == allocation && !wants.shrinkable[slot]) {
            if (wants.reason[slot] == Reason.STALE) {
                return Limit.STALE;
            }
            return vms.starved(slot) ? Limit.STARVED : Limit.BACKOFF;
        }
        return target == leastKib[slot] ? Limit.USABLE : Limit.NONE;
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
