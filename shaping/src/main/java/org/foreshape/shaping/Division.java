package org.foreshape.shaping;

import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.VmMode;

/**
 * Divides the budget among the VMs: writes targets, and has {@link Verdicts} say what they mean.
 *
 * <p>Every VM starts from the least it can have now (what cannot be taken from it); what is left of
 * the budget goes to floors, then to what guests lack, emergencies, wants, and to idle VMs up to
 * what they have. So whatever an idle VM does not get in the last round moves to those who got it
 * before, in the same plan. Engine thread only.
 */
final class Division {
    /** The free pool is at most one part of the budget in so many. */
    private static final int POOL_SHARE_MAX = 4;

    private static final double PERMILLE = 1000;

    /** Ceiling of a VM that gets nothing more in this plan, whatever it wants. */
    private static final long NOTHING_KIB = 0;

    private final ShapingSettings settings;
    private final VmTable vms;
    private final Wants wants;

    /** Whether the plan may move this VM at all. */
    final boolean[] movable;

    /** Least that the VM can have now. */
    final long[] leastKib;

    private final Shares shares;

    /** What short minutes are worth while not all forecasts can be served. */
    final Discount discount;

    /** The VM's floor, 0 where there is none. */
    final long[] floorKib;

    /** Whether a change was left out since it is too small. */
    final boolean[] banded;

    private final Verdicts verdicts;
    private final HostRisk risk;

    /** Whether growth in this plan needs memory that others have. */
    boolean scarce;

    /** Whether an emergency is among that growth. */
    boolean emergency;

    Division(VmTable vms, Wants wants, HostRisk risk, ShapingSettings settings) {
        this.settings = settings;
        this.vms = vms;
        this.wants = wants;
        this.risk = risk;
        movable = new boolean[vms.vmCountMax];
        leastKib = new long[vms.vmCountMax];
        shares = new Shares(settings, vms);
        discount = new Discount(vms, wants, shares);
        floorKib = new long[vms.vmCountMax];
        banded = new boolean[vms.vmCountMax];
        verdicts = new Verdicts(vms, wants, this);
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
                shares.mostKib[slot] = NOTHING_KIB;
                floorKib[slot] = 0;
                continue;
            }
            movable[slot] =
                    restoring
                            ? vms.mode[slot] == VmMode.ENFORCE || vms.touched[slot]
                            : vms.mode[slot] == VmMode.ENFORCE
                                    || (vms.mode[slot] == VmMode.RECOMMEND && recommendMoves);
            shares.mostKib[slot] = movable[slot] ? vms.ceiling(slot) : NOTHING_KIB;
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
                // is slow; what lies free serves whichever VM surprises. So the pool comes first.
                long pool = poolKib(budgetKib, budgetKib - rest);
                rest = forecast(plan, rest - pool);
                keep(plan, settings.reclaimWhenAmple() ? rest : rest + pool);
            }
        }
        long sum = suppressSmallGrowth(plan, restoring);
        judgeScarcity(plan, budgetKib - allocated);
        sum = suppressSmallShrinks(plan, sum, budgetKib, restoring);
        recommend(plan, budgetKib - sum, recommendMoves || restoring);
        verdicts.write(plan, restoring);
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
        long total = shares.needs(plan, floorKib);
        if (total <= rest) {
            return shares.grant(plan, rest, total);
        }
        // They do not all fit: highest priority first, and those of one priority share alike.
        for (int priority = 9; priority >= 0 && rest > 0; priority--) {
            long share = 0;
            for (int slot = 0; slot < vms.slotCount; slot++) {
                boolean next = vms.present[slot] && vms.priority[slot] == priority;
                shares.needKib[slot] = next ? shares.need(plan, slot, floorKib[slot]) : 0;
                share += shares.needKib[slot];
            }
            rest = shares.fill(plan, rest, share);
        }
        return rest;
    }

    private long urgent(PlanSection plan, long rest) {
        long total = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            shares.needKib[slot] =
                    wants.urgent[slot] ? shares.need(plan, slot, wants.wantKib[slot]) : 0;
            total += shares.needKib[slot];
        }
        return shares.fill(plan, rest, total);
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
        long total = shares.needs(plan, wants.wantKib);
        if (total <= rest) {
            return shares.grant(plan, rest, total);
        }
        total = discount.needs(plan, rest, total);
        if (total <= rest) {
            rest = shares.grant(plan, rest, total);
        }
        // Between this discount and the one before it everyone's share is small.
        return wanted(plan, rest, wants.wantKib);
    }

    private long wanted(PlanSection plan, long rest, long[] levelKib) {
        return rest <= 0 ? rest : shares.fill(plan, rest, shares.needs(plan, levelKib));
    }

    /**
     * What shall lie free, within a share of the budget: enough for the greatest likely surprise of
     * one VM, and for what all together will not exceed but at the stated risk. That pools what
     * surprises cost: VMs that do not rise together need less than the sum of their margins.
     *
     * @param firmKib what VMs get without their forecasts
     */
    private long poolKib(long budgetKib, long firmKib) {
        long one = Math.max(settings.poolKib(), wants.surpriseKib());
        long all =
                settings.riskPermille() == 0
                        ? 0
                        : (long) risk.levelKib(settings.riskPermille() / PERMILLE) - firmKib;
        return Math.min(Math.max(one, all), budgetKib / POOL_SHARE_MAX);
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
            shares.needKib[slot] = shares.need(plan, slot, kept);
            total += shares.needKib[slot];
        }
        shares.fill(plan, rest, total);
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
                emergency |= wants.urgent[slot] && movable[slot] && growsOrShould(plan, slot);
            }
        }
        scarce = growth > Math.max(0, freeKib);
        emergency &= scarce;
    }

    /** An emergency that got less than it wants looks for donors, too. */
    private boolean growsOrShould(PlanSection plan, int slot) {
        long target = plan.targetKib[slot];
        return target > vms.allocationKib[slot]
                || target < Math.min(wants.wantKib[slot], vms.ceiling(slot));
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
        long shrink = allocation - plan.targetKib[slot];
        if (!vms.present[slot] || shrink <= 0 || allocation > vms.ceiling(slot)) {
            return 0;
        }
        long band =
                scarce
                        ? settings.bandKib() / 2
                        : band(slot, settings.shrinkBandKib(), settings.shrinkBandPermille());
        return shrink < band ? shrink : 0;
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
}
