package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Look;

/** Means over the last few looks, of what each VM uses and of what the host has free. */
final class LookMeans {
    private final int looks;
    private final double[][] usedMib;
    private final double[] usedSumMib;
    private final int[] count;
    private final double[] freeMib;
    private double freeSumMib;
    private int freeCount;

    LookMeans(int vmCount, int looks) {
        this.looks = looks;
        this.usedMib = new double[vmCount][looks];
        this.usedSumMib = new double[vmCount];
        this.count = new int[vmCount];
        this.freeMib = new double[looks];
    }

    /** Forgets a VM. */
    void forget(int vm) {
        count[vm] = 0;
        usedSumMib[vm] = 0;
    }

    /** Takes one look. */
    void add(Look look) {
        double allocated = 0;
        for (int vm = 0; vm < usedMib.length; vm++) {
            allocated += look.allocatedMib(vm);
            if (look.present(vm)) {
                int slot = count[vm] % looks;
                usedSumMib[vm] += look.demandMib(vm) - (count[vm] < looks ? 0 : usedMib[vm][slot]);
                usedMib[vm][slot] = look.demandMib(vm);
                count[vm]++;
            }
        }
        int slot = freeCount % looks;
        double free = look.hostMib() - allocated;
        freeSumMib += free - (freeCount < looks ? 0 : freeMib[slot]);
        freeMib[slot] = free;
        freeCount++;
    }

    double usedMib(int vm) {
        return usedSumMib[vm] / Math.min(count[vm], looks);
    }

    double freeMib() {
        return freeSumMib / Math.min(freeCount, looks);
    }
}
