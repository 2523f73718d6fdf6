package org.foreshape.bench;

import java.util.SplittableRandom;
import java.util.UUID;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;

/**
 * Samples of VMs whose use walks at random, from a seed. It stands in for telemetry where only the
 * cost of deciding is measured; it allocates nothing while it writes.
 */
final class SyntheticHost implements EventWriter {
    private static final long MIB = 1024;
    private static final long CEILING_KIB = 4096 * MIB;
    private static final long STORAGE_KIB = 8192 * MIB;
    private static final long SECOND_NS = 1_000_000_000L;

    private static final long START_TIME_NS = 1_800_000_000_000_000_000L;

    private final SplittableRandom random;
    private final long[] usedKib;
    private final long[] allocationKib;
    private final long[] cpuTimeNs;
    private final long stepNs;
    private long timeNs = START_TIME_NS;

    SyntheticHost(int vmCount, long stepNs, long seed) {
        this.random = new SplittableRandom(seed);
        this.usedKib = new long[vmCount];
        this.allocationKib = new long[vmCount];
        this.cpuTimeNs = new long[vmCount];
        this.stepNs = stepNs;
        for (int slot = 0; slot < vmCount; slot++) {
            usedKib[slot] = random.nextLong(256 * MIB, 2048 * MIB);
            allocationKib[slot] = CEILING_KIB;
        }
    }

    /** Writes the arrival of a VM. */
    void writeArrival(Tick tick, int slot) {
        tick.begin(EventKind.CONTROL, timeNs);
        tick.control.kind = ControlKind.VM_ARRIVED;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = 1;
        tick.control.vmName.set("vm-" + slot);
        UUID uuid = new UUID(1, slot);
        tick.control.vmUuidHigh = uuid.getMostSignificantBits();
        tick.control.vmUuidLow = uuid.getLeastSignificantBits();
        tick.control.mode = VmMode.RECOMMEND;
        tick.control.priority = slot % 10;
        tick.control.floorKib = 256 * MIB;
        tick.control.ceilingKib = CEILING_KIB;
        tick.control.originalKib = CEILING_KIB;
    }

    /** Writes the next sample. */
    @Override
    public void write(Tick tick) {
        timeNs += stepNs;
        tick.begin(EventKind.SAMPLE, timeNs);
        SampleSection sample = tick.sample;
        sample.slotCount = usedKib.length;
        for (int slot = 0; slot < usedKib.length; slot++) {
            long movedKib = usedKib[slot] + random.nextLong(-32 * MIB, 32 * MIB + 1);
            usedKib[slot] = Math.clamp(movedKib, 128 * MIB, CEILING_KIB - 128 * MIB);
            cpuTimeNs[slot] += random.nextLong(stepNs);
            sample.present[slot] = true;
            sample.generation[slot] = 1;
            sample.statsTimeNs[slot] = timeNs;
            sample.allocationKib[slot] = allocationKib[slot];
            sample.maximumKib[slot] = CEILING_KIB;
            sample.guestTotalKib[slot] = allocationKib[slot];
            sample.usableKib[slot] = allocationKib[slot] - usedKib[slot];
            sample.unusedKib[slot] = sample.usableKib[slot] / 2;
            sample.residentKib[slot] = usedKib[slot];
            sample.cpuTimeNs[slot] = cpuTimeNs[slot];
            sample.cpuMillicores[slot] = random.nextLong(4000);
            // Each VM's disks grow once a minute.
            sample.storageKib[slot] =
                    STORAGE_KIB + MIB * ((timeNs + slot * SECOND_NS) / (60 * SECOND_NS) % 4096);
            sample.storageCapacityKib[slot] = 4 * STORAGE_KIB;
            sample.vcpuCount[slot] = 4;
            sample.vcpuCountMax[slot] = 4;
        }
        sample.hostMemoryKib = CEILING_KIB * usedKib.length;
        sample.hostAvailableKib = sample.hostMemoryKib / 2;
    }
}
