package org.foreshape.shaping;

import java.util.Arrays;

/**
 * Which guests give memory back when they are told to. One that gives nothing of what is asked is
 * to keep what it has, plus room, and is left alone for a while that doubles each time. Engine
 * thread only.
 */
final class Obedience {
    private final ShapingSettings settings;
    private final long[] progressKib;
    private final long[] progressTimeNs;
    private final long[] backoffNs;

    /** Until then nothing more is asked. */
    final long[] backoffUntilNs;

    /** What a VM is to get that gave nothing; {@link VmTable#NONE} for one that obeys. */
    final long[] retractKib;

    Obedience(int vmCountMax, ShapingSettings settings) {
        this.settings = settings;
        progressKib = new long[vmCountMax];
        progressTimeNs = new long[vmCountMax];
        backoffNs = new long[vmCountMax];
        backoffUntilNs = new long[vmCountMax];
        retractKib = new long[vmCountMax];
        Arrays.fill(retractKib, VmTable.NONE);
    }

    /** Forgets the VM of a slot. */
    void clear(int slot) {
        progressKib[slot] = 0;
        progressTimeNs[slot] = 0;
        backoffNs[slot] = 0;
        backoffUntilNs[slot] = 0;
        retractKib[slot] = VmTable.NONE;
    }

    /** Takes in that the hypervisor told the guest a size. */
    void told(int slot, long sizeKib, long allocationKib, long nowNs) {
        progressKib[slot] = allocationKib;
        progressTimeNs[slot] = nowNs;
        if (sizeKib >= allocationKib) {
            retractKib[slot] = VmTable.NONE;
        }
    }

    /** Takes in that a guest has reached the size that it was told. */
    void reached(int slot, long sizeKib) {
        if (sizeKib < progressKib[slot]) {
            backoffNs[slot] = 0;
        }
    }

    /** Takes in where the balloon stands. */
    void balloonAt(int slot, long allocationKib, long nowNs) {
        if (allocationKib < progressKib[slot] - VmTable.TOLERANCE_KIB / 2) {
            progressKib[slot] = allocationKib;
            progressTimeNs[slot] = nowNs;
        }
    }

    /** Gives up on a guest that was asked for memory and gave none for too long. */
    void judge(int slot, long allocationKib, long nowNs) {
        if (nowNs - progressTimeNs[slot] <= settings.uncooperativeNs()
                || retractKib[slot] != VmTable.NONE) {
            return;
        }
        retractKib[slot] = allocationKib + settings.retractHeadroomKib();
        backoffNs[slot] =
                Math.min(
                        settings.backoffNsMax(),
                        Math.max(settings.backoffNs(), backoffNs[slot] * 2));
        backoffUntilNs[slot] = nowNs + backoffNs[slot];
    }
}
