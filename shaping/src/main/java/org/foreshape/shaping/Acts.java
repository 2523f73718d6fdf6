package org.foreshape.shaping;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.VmMode;

/**
 * Turns targets into the acts that start now. A target says where a VM is going; an act goes there
 * as far as the pace of taking and the memory that is really free allow, so that what all VMs hold
 * never exceeds the budget, not even between a grant and the shrink that pays for it. Engine thread
 * only.
 */
final class Acts {
    /** A grant that has not arrived after this time is taken back when it is not wanted. */
    private static final long SETTLE_NS = 5_000_000_000L;

    private static final long URGENT_STEP_KIB = 8 * 1024;

    private final ShapingSettings settings;
    private final VmTable vms;
    private final Wants wants;
    private final Division division;
    private final int[] growers;
    private int growerCount;

    Acts(VmTable vms, Wants wants, Division division, ShapingSettings settings) {
        this.settings = settings;
        this.vms = vms;
        this.wants = wants;
        this.division = division;
        growers = new int[vms.vmCountMax];
    }

    /** Whether acts on this VM are allowed at all. */
    boolean allowed(int slot, boolean held, boolean restoring) {
        return restoring
                ? division.movable[slot]
                : !held && vms.mode[slot] == VmMode.ENFORCE && division.movable[slot];
    }

    /**
     * Adds acts to a plan that has its targets.
     *
     * @param held whether only a restore may act
     * @param connected whether the hypervisor can be reached
     */
    void schedule(
            PlanSection plan,
            long nowNs,
            long budgetKib,
            boolean connected,
            boolean held,
            boolean restoring) {
        long free = budgetKib;
        growerCount = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!vms.present[slot]) {
                continue;
            }
            free -= vms.committed(slot);
            boolean moves = plan.targetKib[slot] != vms.allocationKib[slot];
            if (!moves && vms.commandKib[slot] == VmTable.NONE) {
                continue;
            }
            if (!connected || !allowed(slot, held, restoring)) {
                limit(plan, slot, Limit.MODE);
            } else if (vms.inFlightKib[slot] != VmTable.NONE) {
                limit(plan, slot, Limit.IN_FLIGHT);
            } else if (nowNs < vms.retryTimeNs[slot]) {
                limit(plan, slot, Limit.BACKOFF);
            } else if (plan.targetKib[slot] < vms.allocationKib[slot]) {
                shrink(plan, slot, nowNs, restoring);
            } else {
                holdOrGrow(plan, slot, nowNs);
            }
        }
        grow(plan, nowNs, Math.max(0, free), restoring);
    }

    private void shrink(PlanSection plan, int slot, long nowNs, boolean restoring) {
        long allocation = vms.allocationKib[slot];
        long target = plan.targetKib[slot];
        long command = vms.commandKib[slot];
        long base = command == VmTable.NONE ? allocation : Math.min(command, allocation);
        if (target > base) {
            // More was asked for than shall be taken now.
            if (target - base >= URGENT_STEP_KIB) {
                act(plan, slot, target);
            }
            return;
        }
        long burst = settings.shrinkBurstKib();
        long most = division.emergency || restoring ? burst : settings.shrinkStepKib();
        long least = Math.max(target, allocation - burst);
        long step = Math.min(Math.min(base - least, most), vms.takeable(slot, nowNs));
        long worthwhile =
                Math.min(base - target, division.emergency ? URGENT_STEP_KIB : smallStepKib());
        boolean unhurried = !division.scarce && !restoring;
        long restNs = unhurried ? (long) (step * 1e9 / settings.amplePaceKibPerS()) : 0;
        if (step <= 0
                || step < worthwhile
                || nowNs - vms.damping.shrinkTimeNs[slot] < restNs
                || (!division.emergency
                        && !restoring
                        && vms.damping.changedTooOften(slot, nowNs))) {
            limit(plan, slot, Limit.PACE);
            return;
        }
        if (base - step > target) {
            limit(plan, slot, Limit.PACE);
        }
        act(plan, slot, base - step);
    }

    private void holdOrGrow(PlanSection plan, int slot, long nowNs) {
        long target = plan.targetKib[slot];
        long command = vms.commandKib[slot];
        boolean shrinking = retracts(slot);
        if (shrinking || target > vms.committed(slot)) {
            growers[growerCount++] = slot;
            return;
        }
        boolean excess = command - target > VmTable.TOLERANCE_KIB;
        boolean settled = nowNs - vms.commandTimeNs[slot] > SETTLE_NS;
        if (excess && (settled || (division.scarce && command - target >= settings.bandKib()))) {
            // A grant that is still on its way is cut to what is wanted: it binds free memory.
            act(plan, slot, target);
        }
    }

    /** Whether the guest is giving memory back that it shall keep. */
    private boolean retracts(int slot) {
        long command = vms.commandKib[slot];
        return command != VmTable.NONE && command < vms.allocationKib[slot] - VmTable.TOLERANCE_KIB;
    }

    /** Grants what is free: emergencies first, then by priority, then by slot. */
    private void grow(PlanSection plan, long nowNs, long free, boolean restoring) {
        for (int rank = 19; rank >= 0 && growerCount > 0; rank--) {
            for (int i = 0; i < growerCount; i++) {
                int slot = growers[i];
                int own = vms.priority[slot] + (wants.urgent[slot] ? 10 : 0);
                if (own == rank) {
                    free -= grow(plan, slot, nowNs, free, restoring);
                }
            }
        }
    }

    /** Adds the act if it is worthwhile; returns what it takes of the free memory. */
    private long grow(PlanSection plan, int slot, long nowNs, long free, boolean restoring) {
        long target = plan.targetKib[slot];
        long committed = vms.committed(slot);
        long amount = Math.min(target, committed + free);
        boolean urgent = wants.urgent[slot];
        if (amount < target) {
            limit(plan, slot, Limit.BUDGET);
        }
        if (retracts(slot)) {
            act(plan, slot, amount);
            // Less than it may still rise to gives the others nothing yet.
            return Math.max(0, amount - committed);
        }
        long worthwhile =
                Math.min(target - committed, urgent ? URGENT_STEP_KIB : settings.bandKib());
        if (amount - committed < Math.max(1, worthwhile)) {
            return 0;
        }
        if (!urgent && !restoring && vms.damping.changedTooOften(slot, nowNs)) {
            limit(plan, slot, Limit.BAND);
            return 0;
        }
        act(plan, slot, amount);
        return amount - committed;
    }

    private long smallStepKib() {
        return Math.min(settings.shrinkBandKib(), settings.shrinkStepKib());
    }

    private void act(PlanSection plan, int slot, long amount) {
        plan.addAct(slot, vms.generation[slot], ActKind.RESIZE_MEMORY, amount);
    }

    /** A bound on the act is told only where the target itself was not bound. */
    private static void limit(PlanSection plan, int slot, Limit limit) {
        if (plan.limit[slot] == Limit.NONE) {
            plan.limit[slot] = limit;
        }
    }
}
