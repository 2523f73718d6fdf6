package org.foreshape.shaping.simulation;

import java.util.SplittableRandom;

/** Which VM gives way to which when memory is short. */
public final class Priorities {
    /** The least, and how many there are. */
    public static final int COUNT = 10;

    private static final int MIDDLE = 5;

    private final boolean drawn;
    private final long seed;

    private Priorities(boolean drawn, long seed) {
        this.drawn = drawn;
        this.seed = seed;
    }

    /**
     * The same for all.
     *
     * @return 5 for every VM
     */
    public static Priorities alike() {
        return new Priorities(false, 0);
    }

    /**
     * Drawn for each VM alone.
     *
     * @param seed of the draws; a VM's priority depends on it and on the VM's name
     * @return 0 to 9, each as likely
     */
    public static Priorities drawn(long seed) {
        return new Priorities(true, seed);
    }

    /**
     * The priority of a VM.
     *
     * @param vm its name
     * @return 0 lowest to 9 highest
     */
    public int of(String vm) {
        return drawn
                ? new SplittableRandom(seed * 0x9E3779B97F4A7C15L + vm.hashCode()).nextInt(COUNT)
                : MIDDLE;
    }

    /** The priorities of all VMs of a trace. */
    int[] of(DemandTrace trace) {
        int[] priorities = new int[trace.vmCount()];
        for (int vm = 0; vm < priorities.length; vm++) {
            priorities[vm] = of(trace.name(vm));
        }
        return priorities;
    }
}
