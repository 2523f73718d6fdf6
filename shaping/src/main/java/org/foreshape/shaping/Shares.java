package org.foreshape.shaping;

import org.foreshape.ring.event.PlanSection;

/**
 * Shares what is left among the VMs that need something: all they need if it suffices, else by the
 * weights of the objective. Engine thread only.
 */
final class Shares {
    private static final int ROUNDS_MAX = 16;

    /** What each VM still needs in the round under way. */
    final long[] needKib;

    /** The most that each VM can get in this plan. */
    final long[] mostKib;

    private final ShapingSettings settings;
    private final VmTable vms;
    private double prioritySum;
    private double needSum;
    private double smallSum;

    Shares(ShapingSettings settings, VmTable vms) {
        this.settings = settings;
        this.vms = vms;
        needKib = new long[vms.vmCountMax];
        mostKib = new long[vms.vmCountMax];
    }

    /** Works out what every VM needs up to its level; returns the sum. */
    long needs(PlanSection plan, long[] levelKib) {
        long total = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            needKib[slot] = need(plan, slot, levelKib[slot]);
            total += needKib[slot];
        }
        return total;
    }

    long need(PlanSection plan, int slot, long levelKib) {
        return Math.max(0, Math.min(levelKib, mostKib[slot]) - plan.targetKib[slot]);
    }

    long grant(PlanSection plan, long rest, long total) {
        if (total > 0) {
            for (int slot = 0; slot < vms.slotCount; slot++) {
                plan.targetKib[slot] += needKib[slot];
            }
        }
        return rest - total;
    }

    /** Grants all needs, or when they exceed what is left, each its weighted share of it. */
    long fill(PlanSection plan, long rest, long total) {
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
        measure();
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
            case MINIMIZE_FRAGMENTATION -> 1. / needKib[slot];
            case BLEND ->
                    settings.priorityWeight() * (double) (1 << vms.priority[slot]) / prioritySum
                            + settings.utilizationWeight() * (double) needKib[slot] / needSum
                            + settings.fragmentationWeight() * (1. / needKib[slot]) / smallSum;
        };
    }

    /** To be blended, each objective's shares must sum up to the same. */
    private void measure() {
        if (settings.objective() != Objective.BLEND) {
            return;
        }
        prioritySum = 0;
        needSum = 0;
        smallSum = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (needKib[slot] > 0) {
                prioritySum += 1 << vms.priority[slot];
                needSum += needKib[slot];
                smallSum += 1. / needKib[slot];
            }
        }
    }
}
