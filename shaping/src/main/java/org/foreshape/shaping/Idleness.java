package org.foreshape.shaping;

import org.foreshape.ring.event.SampleSection;

/**
 * Since when each VM is idle: it hardly uses a CPU, and its use of memory stays where it was. Looks
 * at most once a second. Engine thread only.
 */
final class Idleness {
    /** The VM is at work. */
    static final long NEVER = Long.MAX_VALUE;

    /** Thousandths of one CPU: a guest's own kernel and agents take less. */
    private static final long MILLICORES_MAX = 50;

    private static final long CHANGE_KIB_MAX = 8 * 1024;
    private static final long LOOK_NS = 1_000_000_000L;

    /** Engine time since when the VM of a slot is idle, or {@link #NEVER}. */
    final long[] sinceTimeNs;

    private final VmTable vms;
    private final long[] usedKib;
    private final long[] cpuTimeNs;
    private final long[] lookTimeNs;

    Idleness(VmTable vms) {
        this.vms = vms;
        sinceTimeNs = new long[vms.vmCountMax];
        usedKib = new long[vms.vmCountMax];
        cpuTimeNs = new long[vms.vmCountMax];
        lookTimeNs = new long[vms.vmCountMax];
    }

    /** Starts anew with a VM that has just taken the slot. */
    void forget(int slot) {
        sinceTimeNs[slot] = NEVER;
        usedKib[slot] = 0;
        cpuTimeNs[slot] = 0;
        lookTimeNs[slot] = 0;
    }

    /** Takes a sample in, after the table has. */
    void sample(SampleSection sample, long nowNs) {
        int count = Math.min(vms.slotCount, sample.slotCount);
        for (int slot = 0; slot < count; slot++) {
            if (vms.present[slot] && sample.present[slot] && nowNs - lookTimeNs[slot] >= LOOK_NS) {
                look(slot, sample.cpuTimeNs[slot], nowNs);
            }
        }
    }

    private void look(int slot, long newCpuTimeNs, long nowNs) {
        double spanNs = (double) (nowNs - lookTimeNs[slot]);
        double millicores = (newCpuTimeNs - cpuTimeNs[slot]) * 1000.0 / spanNs;
        boolean works =
                newCpuTimeNs < 0
                        || lookTimeNs[slot] == 0
                        || millicores > MILLICORES_MAX
                        || Math.abs(vms.usedKib[slot] - usedKib[slot]) > CHANGE_KIB_MAX;
        lookTimeNs[slot] = nowNs;
        cpuTimeNs[slot] = newCpuTimeNs;
        if (works) {
            sinceTimeNs[slot] = NEVER;
            usedKib[slot] = vms.usedKib[slot];
        } else if (sinceTimeNs[slot] == NEVER) {
            sinceTimeNs[slot] = nowNs;
        }
    }
}
