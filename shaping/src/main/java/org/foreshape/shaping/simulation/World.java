package org.foreshape.shaping.simulation;

/**
 * The host: what every VM has, and how fast that moves. The sum of allocations never exceeds the
 * limit. One thread.
 */
final class World {
    /** A balloon that is let out gives 500 MiB/s. */
    static final double GROW_MIB_MAX = 5000;

    /** A balloon that is blown up takes 130 MiB/s. */
    static final double SHRINK_MIB_MAX = 1300;

    final double[] allocationMib;
    final double[] targetMib;
    final boolean[] present;

    /** Present now and in the sub-step before. */
    final boolean[] actable;

    /** What each VM's allocation changed by in the last sub-step. */
    final double[] changeMib;

    private final DemandTrace trace;
    private final double limitMib;
    private final boolean[] known;
    private double ceilingsPresentMib;

    World(DemandTrace trace, double limitMib) {
        int count = trace.vmCount();
        this.trace = trace;
        this.limitMib = limitMib;
        allocationMib = new double[count];
        targetMib = new double[count];
        changeMib = new double[count];
        present = new boolean[count];
        actable = new boolean[count];
        known = new boolean[count];
    }

    double ceilingsPresentMib() {
        return ceilingsPresentMib;
    }

    /** The sum of what those have who are there. */
    double allocatedMib() {
        double sum = 0;
        for (int vm = 0; vm < present.length; vm++) {
            sum += present[vm] ? allocationMib[vm] : 0;
        }
        return sum;
    }

    /**
     * Lets VMs go and come. One that comes again has what it left with, one that comes first its
     * ceiling; all of them less, by one factor, when the host has not that much left.
     */
    void attend(boolean[] now) {
        for (int vm = 0; vm < now.length; vm++) {
            actable[vm] = present[vm] && now[vm];
            if (present[vm] && !now[vm]) {
                present[vm] = false;
                ceilingsPresentMib -= trace.ceilingMib(vm);
            }
        }
        double left = limitMib - allocatedMib();
        double coming = 0;
        for (int vm = 0; vm < now.length; vm++) {
            if (now[vm] && !present[vm]) {
                if (!known[vm]) {
                    known[vm] = true;
                    allocationMib[vm] = trace.ceilingMib(vm);
                }
                coming += allocationMib[vm];
            }
        }
        double share = coming <= left ? 1 : Math.max(0, left) / coming;
        for (int vm = 0; vm < now.length; vm++) {
            if (now[vm] && !present[vm]) {
                present[vm] = true;
                ceilingsPresentMib += trace.ceilingMib(vm);
                allocationMib[vm] *= share;
                targetMib[vm] = allocationMib[vm];
            }
        }
    }

    /** From the second sub-step of a stay on a VM can be acted on. */
    void settle() {
        System.arraycopy(present, 0, actable, 0, present.length);
    }

    /** Moves every VM towards its target, as far as a sub-step and the host allow. */
    void move() {
        double wanted = 0;
        double allocated = 0;
        for (int vm = 0; vm < present.length; vm++) {
            changeMib[vm] = 0;
            if (!present[vm]) {
                continue;
            }
            double way = actable[vm] ? way(vm) : 0;
            if (way < 0) {
                changeMib[vm] = Math.max(way, -SHRINK_MIB_MAX);
                allocationMib[vm] += changeMib[vm];
            } else {
                changeMib[vm] = Math.min(way, GROW_MIB_MAX);
                wanted += changeMib[vm];
            }
            allocated += allocationMib[vm];
        }
        if (wanted == 0) {
            return;
        }
        double left = Math.max(0, limitMib - allocated);
        double share = wanted <= left ? 1 : left / wanted;
        for (int vm = 0; vm < present.length; vm++) {
            if (changeMib[vm] > 0) {
                changeMib[vm] *= share;
                allocationMib[vm] += changeMib[vm];
            }
        }
    }

    private double way(int vm) {
        double target = targetMib[vm];
        if (Double.isNaN(target)) {
            return 0;
        }
        double bounded = Math.clamp(target, trace.floorMib(vm), trace.ceilingMib(vm));
        return bounded - allocationMib[vm];
    }
}
