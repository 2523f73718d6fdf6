package org.foreshape.inference;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/** Fills sample events for tests: VMs of 4 GiB and 2 vCPUs. */
final class Samples {
    static final long MAXIMUM_KIB = 4L << 20;
    static final long STORAGE_KIB = 8L << 20;
    static final long SECOND_NS = 1_000_000_000L;

    final Tick tick;

    Samples(int vmCountMax) {
        this.tick = new Tick(vmCountMax);
    }

    /** Starts a sample event; every VM is absent. */
    Samples at(long seconds) {
        tick.begin(EventKind.SAMPLE, seconds * SECOND_NS);
        return this;
    }

    /** A VM that uses so many percent of its memory and CPU. */
    Samples vm(int slot, int generation, double memoryPercent, double cpuPercent) {
        var sample = tick.sample;
        sample.slotCount = Math.max(sample.slotCount, slot + 1);
        sample.present[slot] = true;
        sample.generation[slot] = generation;
        sample.statsTimeNs[slot] = tick.timeNs;
        sample.allocationKib[slot] = MAXIMUM_KIB;
        sample.maximumKib[slot] = MAXIMUM_KIB;
        sample.usableKib[slot] = MAXIMUM_KIB - (long) (MAXIMUM_KIB * memoryPercent / 100);
        sample.storageKib[slot] = STORAGE_KIB;
        sample.cpuMillicores[slot] = (long) (20 * cpuPercent);
        sample.vcpuCount[slot] = 2;
        sample.vcpuCountMax[slot] = 2;
        return this;
    }
}
