package org.foreshape.journal;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.foreshape.journal.codec.MessageHeaderDecoder;
import org.foreshape.journal.codec.MessageHeaderEncoder;
import org.foreshape.journal.codec.SampleDecoder;
import org.foreshape.journal.codec.SampleEncoder;
import org.foreshape.ring.event.SampleSection;

/** A sample as an SBE message and back. Allocates nothing. Not thread-safe. */
final class SampleCodec {
    /** Version from which on a record tells what disks can hold. */
    private static final int CAPACITY_SINCE = 6;

    private final SampleEncoder encoder = new SampleEncoder();
    private final SampleDecoder decoder = new SampleDecoder();

    /** Writes the message at an offset and returns the offset after it. */
    int encode(
            SampleSection sample,
            MutableDirectBuffer buffer,
            int offset,
            MessageHeaderEncoder header) {
        encoder.wrapAndApplyHeader(buffer, offset, header)
                .hostMemoryKib(sample.hostMemoryKib)
                .hostAvailableKib(sample.hostAvailableKib)
                .hostCpuMillicores(sample.hostCpuMillicores)
                .hostMemoryStallNs(sample.hostMemoryStallNs);
        SampleEncoder.SlotsEncoder slots = encoder.slotsCount(sample.slotCount);
        for (int slot = 0; slot < sample.slotCount; slot++) {
            slots.next()
                    .statsTimeNs(sample.statsTimeNs[slot])
                    .allocationKib(sample.allocationKib[slot])
                    .maximumKib(sample.maximumKib[slot])
                    .guestTotalKib(sample.guestTotalKib[slot])
                    .usableKib(sample.usableKib[slot])
                    .unusedKib(sample.unusedKib[slot])
                    .diskCacheKib(sample.diskCacheKib[slot])
                    .residentKib(sample.residentKib[slot])
                    .swapInKib(sample.swapInKib[slot])
                    .majorFaultCount(sample.majorFaultCount[slot])
                    .cpuTimeNs(sample.cpuTimeNs[slot])
                    .cpuMillicores(sample.cpuMillicores[slot])
                    .storageKib(sample.storageKib[slot])
                    .diskReadBytes(sample.diskReadBytes[slot])
                    .diskWriteBytes(sample.diskWriteBytes[slot])
                    .netReceivedBytes(sample.netReceivedBytes[slot])
                    .netSentBytes(sample.netSentBytes[slot])
                    .stalledNs(sample.stalledNs[slot])
                    .generation(sample.generation[slot])
                    .vcpuCount(sample.vcpuCount[slot])
                    .vcpuCountMax(sample.vcpuCountMax[slot])
                    .present(sample.present[slot] ? (short) 1 : 0)
                    .storageCapacityKib(sample.storageCapacityKib[slot]);
        }
        return encoder.limit();
    }

    /** Reads the message at an offset into an empty section and returns the offset after it. */
    int decode(SampleSection sample, DirectBuffer buffer, int offset, MessageHeaderDecoder header) {
        decoder.wrapAndApplyHeader(buffer, offset, header);
        sample.hostMemoryKib = decoder.hostMemoryKib();
        sample.hostAvailableKib = decoder.hostAvailableKib();
        sample.hostCpuMillicores = decoder.hostCpuMillicores();
        sample.hostMemoryStallNs = decoder.hostMemoryStallNs();
        boolean capacity = header.version() >= CAPACITY_SINCE;
        SampleDecoder.SlotsDecoder slots = decoder.slots();
        sample.slotCount = RecordDecoder.slotCount(slots.count(), sample.present.length);
        for (int slot = 0; slots.hasNext(); slot++) {
            slots.next();
            sample.statsTimeNs[slot] = slots.statsTimeNs();
            sample.allocationKib[slot] = slots.allocationKib();
            sample.maximumKib[slot] = slots.maximumKib();
            sample.guestTotalKib[slot] = slots.guestTotalKib();
            sample.usableKib[slot] = slots.usableKib();
            sample.unusedKib[slot] = slots.unusedKib();
            sample.diskCacheKib[slot] = slots.diskCacheKib();
            sample.residentKib[slot] = slots.residentKib();
            sample.swapInKib[slot] = slots.swapInKib();
            sample.majorFaultCount[slot] = slots.majorFaultCount();
            sample.cpuTimeNs[slot] = slots.cpuTimeNs();
            sample.cpuMillicores[slot] = slots.cpuMillicores();
            sample.storageKib[slot] = slots.storageKib();
            sample.diskReadBytes[slot] = slots.diskReadBytes();
            sample.diskWriteBytes[slot] = slots.diskWriteBytes();
            sample.netReceivedBytes[slot] = slots.netReceivedBytes();
            sample.netSentBytes[slot] = slots.netSentBytes();
            sample.stalledNs[slot] = slots.stalledNs();
            sample.generation[slot] = slots.generation();
            sample.vcpuCount[slot] = slots.vcpuCount();
            sample.vcpuCountMax[slot] = slots.vcpuCountMax();
            sample.present[slot] = slots.present() != 0;
            sample.storageCapacityKib[slot] =
                    capacity ? slots.storageCapacityKib() : SampleSection.UNKNOWN;
        }
        return decoder.limit();
    }
}
