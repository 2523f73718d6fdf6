package org.foreshape.inference.trainer;

import java.nio.file.Path;
import java.util.UUID;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/** Writes journals for tests: VMs of 4 GiB and 2 vCPUs in waves of ten minutes. */
final class RecordedGuests {
    private static final long START_S = 1_800_000_000;
    private static final long MAXIMUM_KIB = 4L << 20;

    private RecordedGuests() {}

    /** Records a run of so many VMs, a sample every 5 s. */
    static Path record(Path directory, int vms, int seconds) {
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(directory, vms))) {
            Tick tick = new Tick(vms);
            for (int vm = 0; vm < vms; vm++) {
                tick.begin(EventKind.CONTROL, START_S * 1_000_000_000L);
                tick.control.kind = ControlKind.VM_ARRIVED;
                tick.control.vmSlot = vm;
                tick.control.vmGeneration = 1;
                tick.control.vmName.set("vm-" + vm);
                tick.control.vmUuidHigh = 1;
                tick.control.vmUuidLow = new UUID(1, vm).getLeastSignificantBits();
                writer.record(tick);
            }
            for (int t = 0; t < seconds; t += 5) {
                tick.begin(EventKind.SAMPLE, (START_S + t) * 1_000_000_000L);
                tick.sample.slotCount = vms;
                for (int vm = 0; vm < vms; vm++) {
                    fill(tick, vm, t);
                }
                writer.record(tick);
                writer.endOfBatch();
            }
        }
        return directory;
    }

    private static void fill(Tick tick, int vm, int t) {
        double wave = .5 + .4 * Math.sin(2 * Math.PI * t / 600. + vm);
        tick.sample.present[vm] = true;
        tick.sample.generation[vm] = 1;
        tick.sample.statsTimeNs[vm] = tick.timeNs;
        tick.sample.allocationKib[vm] = MAXIMUM_KIB;
        tick.sample.maximumKib[vm] = MAXIMUM_KIB;
        tick.sample.usableKib[vm] = MAXIMUM_KIB - (long) (MAXIMUM_KIB * wave);
        tick.sample.cpuMillicores[vm] = (long) (2000 * wave);
        tick.sample.vcpuCount[vm] = 2;
        tick.sample.vcpuCountMax[vm] = 2;
    }
}
