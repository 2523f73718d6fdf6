package org.foreshape.shaping.simulation;

import org.jspecify.annotations.Nullable;

/**
 * Watches whether a VM stays short while one that counts less has memory to give. In its first
 * sub-step a shortage is news to every policy, so only what lasts counts. One thread.
 */
final class Precedence {
    private static final double MIB = 1;

    private final int[] priority;
    private final double[] floorMib;
    private final boolean[] wasShort;

    Precedence(DemandTrace trace, int[] priority) {
        this.priority = priority;
        floorMib = new double[priority.length];
        wasShort = new boolean[priority.length];
        for (int vm = 0; vm < floorMib.length; vm++) {
            floorMib[vm] = trace.floorMib(vm);
        }
    }

    /** Looks at a sub-step; without a score only what it needs to know of the next. */
    void look(boolean[] there, double[] allocationMib, double[] needMib, @Nullable Score score) {
        int least = Priorities.COUNT;
        for (int vm = 0; vm < priority.length && score != null; vm++) {
            if (there[vm] && allocationMib[vm] > Math.max(floorMib[vm], needMib[vm]) + MIB) {
                least = Math.min(least, priority[vm]);
            }
        }
        for (int vm = 0; vm < priority.length; vm++) {
            boolean isShort = there[vm] && allocationMib[vm] + MIB < needMib[vm];
            if (score != null && isShort && wasShort[vm] && least < priority[vm]) {
                score.addInversion();
            }
            wasShort[vm] = isShort;
        }
    }
}
