package org.foreshape.hypervisor.libvirt;

import org.foreshape.nativebindings.libvirt.DomainStatsField;
import org.foreshape.nativebindings.libvirt.DomainStatsSink;
import org.foreshape.ring.event.SampleSection;

/** Sums of a domain's disk and network counters. One thread at a time. */
final class DeviceCounters implements DomainStatsSink {
    private static final long BYTES_PER_KIB = 1024;

    private long allocationBytes;
    private long capacityBytes;
    private int disks;
    private int disksOfKnownCapacity;
    private long readBytes;
    private long writeBytes;
    private long receivedBytes;
    private long sentBytes;
    private boolean known;

    @Override
    public void begin(long uuidHigh, long uuidLow) {
        allocationBytes = 0;
        capacityBytes = 0;
        disks = 0;
        disksOfKnownCapacity = 0;
        readBytes = 0;
        writeBytes = 0;
        receivedBytes = 0;
        sentBytes = 0;
    }

    @Override
    public void value(DomainStatsField field, int index, long value) {
        switch (field) {
            case BLOCK_ALLOCATION_BYTES -> {
                allocationBytes += value;
                disks++;
            }
            case BLOCK_CAPACITY_BYTES -> {
                capacityBytes += value;
                disksOfKnownCapacity++;
            }
            case BLOCK_READ_BYTES -> readBytes += value;
            case BLOCK_WRITE_BYTES -> writeBytes += value;
            case NET_RX_BYTES -> receivedBytes += value;
            case NET_TX_BYTES -> sentBytes += value;
            // Of the many other figures none is asked for here.
            default -> {}
        }
    }

    @Override
    public void end() {
        known = true;
    }

    /** Puts the sums into a slot; leaves it as it is while they are not known. */
    void writeTo(SampleSection sample, int slot) {
        if (known) {
            sample.storageKib[slot] = allocationBytes / BYTES_PER_KIB;
            sample.storageCapacityKib[slot] =
                    disks == disksOfKnownCapacity
                            ? capacityBytes / BYTES_PER_KIB
                            : SampleSection.UNKNOWN;
            sample.diskReadBytes[slot] = readBytes;
            sample.diskWriteBytes[slot] = writeBytes;
            sample.netReceivedBytes[slot] = receivedBytes;
            sample.netSentBytes[slot] = sentBytes;
        }
    }
}
