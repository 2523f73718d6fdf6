package org.foreshape.ring.event;

import java.util.Arrays;

/**
 * What one sampling pass saw: each VM by slot, and the host. Written by the hypervisor's sampler
 * only.
 *
 * <p>A pass holds every known VM. One that was not asked again in this pass keeps its latest
 * figures and the time they were taken ({@link #statsTimeNs}), so that every tick is whole and old
 * figures can be told from new ones. A figure that the hypervisor cannot tell is {@link #UNKNOWN}.
 */
public final class SampleSection {
    /** A figure that is not known. */
    public static final long UNKNOWN = -1;

    /** Slots from this one on are empty. */
    public int slotCount;

    /** Whether the slot holds a VM. */
    public final boolean[] present;

    /** Which VM of this slot it is: a new VM in an old slot has a higher number. */
    public final int[] generation;

    /** Engine time at which the guest's own statistics were taken. */
    public final long[] statsTimeNs;

    /** What the VM has now: the balloon's current size. */
    public final long[] allocationKib;

    /** The most it can have without a reboot. */
    public final long[] maximumKib;

    /** What the guest sees as its total memory. */
    public final long[] guestTotalKib;

    /**
     * What the guest could use without swapping (its MemAvailable); below {@link #UNKNOWN} what it
     * lacks, where that can be told: in a simulation.
     */
    public final long[] usableKib;

    /** What the guest leaves wholly unused (its MemFree). */
    public final long[] unusedKib;

    /** Page cache of the guest. */
    public final long[] diskCacheKib;

    /** Host memory that backs the VM now. */
    public final long[] residentKib;

    /** Swapped in by the guest since its start. */
    public final long[] swapInKib;

    /** Major faults of the guest since its start. */
    public final long[] majorFaultCount;

    /** CPU time of the VM since its start. */
    public final long[] cpuTimeNs;

    /** CPU in use since the sample before, in thousandths of a core. */
    public final long[] cpuMillicores;

    /** vCPUs online. */
    public final int[] vcpuCount;

    /** vCPUs that can be online at most. */
    public final int[] vcpuCountMax;

    /** Bytes allocated by the VM's disks on the host. */
    public final long[] storageKib;

    /** What the VM's disks can hold at most, all together. */
    public final long[] storageCapacityKib;

    /** Read by the VM from its disks since its start. */
    public final long[] diskReadBytes;

    /** Written by the VM to its disks since its start. */
    public final long[] diskWriteBytes;

    /** Received by the VM since its start. */
    public final long[] netReceivedBytes;

    /** Sent by the VM since its start. */
    public final long[] netSentBytes;

    /** Time the guest's work stood still for want of memory since its start, where it is known. */
    public final long[] stalledNs;

    /** Memory of the host. */
    public long hostMemoryKib;

    /** Memory of the host that is available. */
    public long hostAvailableKib;

    /** CPU in use on the host, in thousandths of a core. */
    public long hostCpuMillicores;

    /** Stall of the host on memory ("some") since its start. */
    public long hostMemoryStallNs;

    SampleSection(int vmCountMax) {
        present = new boolean[vmCountMax];
        generation = new int[vmCountMax];
        statsTimeNs = new long[vmCountMax];
        allocationKib = new long[vmCountMax];
        maximumKib = new long[vmCountMax];
        guestTotalKib = new long[vmCountMax];
        usableKib = new long[vmCountMax];
        unusedKib = new long[vmCountMax];
        diskCacheKib = new long[vmCountMax];
        residentKib = new long[vmCountMax];
        swapInKib = new long[vmCountMax];
        majorFaultCount = new long[vmCountMax];
        cpuTimeNs = new long[vmCountMax];
        cpuMillicores = new long[vmCountMax];
        vcpuCount = new int[vmCountMax];
        vcpuCountMax = new int[vmCountMax];
        storageKib = new long[vmCountMax];
        storageCapacityKib = new long[vmCountMax];
        diskReadBytes = new long[vmCountMax];
        diskWriteBytes = new long[vmCountMax];
        netReceivedBytes = new long[vmCountMax];
        netSentBytes = new long[vmCountMax];
        stalledNs = new long[vmCountMax];
        slotCount = vmCountMax;
        clear();
    }

    /** Whether the guest's own statistics are known for this slot. */
    public boolean hasGuestStats(int slot) {
        return present[slot] && usableKib[slot] != UNKNOWN && statsTimeNs[slot] > 0;
    }

    /**
     * Memory that the VM uses: what it has less what it could still use. Only meaningful when
     * {@link #hasGuestStats}.
     */
    public long usedKib(int slot) {
        return Math.max(0, allocationKib[slot] - usableKib[slot]);
    }

    /**
     * What the VM of a slot uses of a resource, in the resource's unit; negative when that is not
     * known.
     */
    public long used(int slot, Resource resource) {
        return switch (resource) {
            case MEMORY -> hasGuestStats(slot) ? usedKib(slot) : UNKNOWN;
            case CPU -> cpuMillicores[slot];
            case STORAGE -> storageKib[slot];
        };
    }

    /** Empties the section; every figure of a slot becomes {@link #UNKNOWN}. */
    public void clear() {
        for (int slot = 0; slot < slotCount; slot++) {
            clearSlot(slot);
        }
        slotCount = 0;
        hostMemoryKib = UNKNOWN;
        hostAvailableKib = UNKNOWN;
        hostCpuMillicores = UNKNOWN;
        hostMemoryStallNs = UNKNOWN;
    }

    /** Empties one slot. */
    public void clearSlot(int slot) {
        present[slot] = false;
        generation[slot] = 0;
        statsTimeNs[slot] = 0;
        allocationKib[slot] = UNKNOWN;
        maximumKib[slot] = UNKNOWN;
        guestTotalKib[slot] = UNKNOWN;
        usableKib[slot] = UNKNOWN;
        unusedKib[slot] = UNKNOWN;
        diskCacheKib[slot] = UNKNOWN;
        residentKib[slot] = UNKNOWN;
        swapInKib[slot] = UNKNOWN;
        majorFaultCount[slot] = UNKNOWN;
        cpuTimeNs[slot] = UNKNOWN;
        cpuMillicores[slot] = UNKNOWN;
        vcpuCount[slot] = 0;
        vcpuCountMax[slot] = 0;
        storageKib[slot] = UNKNOWN;
        storageCapacityKib[slot] = UNKNOWN;
        diskReadBytes[slot] = UNKNOWN;
        diskWriteBytes[slot] = UNKNOWN;
        netReceivedBytes[slot] = UNKNOWN;
        netSentBytes[slot] = UNKNOWN;
        stalledNs[slot] = UNKNOWN;
    }

    /** Makes this section equal to another of the same size. */
    public void copyFrom(SampleSection other) {
        int count = Math.max(slotCount, other.slotCount);
        System.arraycopy(other.present, 0, present, 0, count);
        System.arraycopy(other.generation, 0, generation, 0, count);
        System.arraycopy(other.statsTimeNs, 0, statsTimeNs, 0, count);
        System.arraycopy(other.allocationKib, 0, allocationKib, 0, count);
        System.arraycopy(other.maximumKib, 0, maximumKib, 0, count);
        System.arraycopy(other.guestTotalKib, 0, guestTotalKib, 0, count);
        System.arraycopy(other.usableKib, 0, usableKib, 0, count);
        System.arraycopy(other.unusedKib, 0, unusedKib, 0, count);
        System.arraycopy(other.diskCacheKib, 0, diskCacheKib, 0, count);
        System.arraycopy(other.residentKib, 0, residentKib, 0, count);
        System.arraycopy(other.swapInKib, 0, swapInKib, 0, count);
        System.arraycopy(other.majorFaultCount, 0, majorFaultCount, 0, count);
        System.arraycopy(other.cpuTimeNs, 0, cpuTimeNs, 0, count);
        System.arraycopy(other.cpuMillicores, 0, cpuMillicores, 0, count);
        System.arraycopy(other.vcpuCount, 0, vcpuCount, 0, count);
        System.arraycopy(other.vcpuCountMax, 0, vcpuCountMax, 0, count);
        System.arraycopy(other.storageKib, 0, storageKib, 0, count);
        System.arraycopy(other.storageCapacityKib, 0, storageCapacityKib, 0, count);
        System.arraycopy(other.diskReadBytes, 0, diskReadBytes, 0, count);
        System.arraycopy(other.diskWriteBytes, 0, diskWriteBytes, 0, count);
        System.arraycopy(other.netReceivedBytes, 0, netReceivedBytes, 0, count);
        System.arraycopy(other.netSentBytes, 0, netSentBytes, 0, count);
        System.arraycopy(other.stalledNs, 0, stalledNs, 0, count);
        slotCount = other.slotCount;
        hostMemoryKib = other.hostMemoryKib;
        hostAvailableKib = other.hostAvailableKib;
        hostCpuMillicores = other.hostCpuMillicores;
        hostMemoryStallNs = other.hostMemoryStallNs;
    }

    @Override
    public String toString() {
        return "sample of " + slotCount + " slots, present " + Arrays.toString(present);
    }
}
