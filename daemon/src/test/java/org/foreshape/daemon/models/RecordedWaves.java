package org.foreshape.daemon.models;

import java.nio.file.Path;
import java.util.UUID;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/** Writes journals for tests at once: VMs of 4 GiB and 2 vCPUs whose use goes up and down. */
public final class RecordedWaves {
    private static final long MAXIMUM_KIB = 4L << 20;
    private static final int SAMPLE_SECONDS = 60;

    private RecordedWaves() {}

    /** Records a run of so many VMs, in waves of so many seconds, a sample a minute. */
    public static Path record(
            Path directory, int vms, long startSeconds, int seconds, int waveSeconds) {
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(directory, vms))) {
            Tick tick = new Tick(vms);
            for (int vm = 0; vm < vms; vm++) {
                tick.begin(EventKind.CONTROL, startSeconds * 1_000_000_000L);
                tick.control.kind = ControlKind.VM_ARRIVED;
                tick.control.vmSlot = vm;
                tick.control.vmGeneration = 1;
                tick.control.vmName.set("wave-" + vm);
                tick.control.vmUuidHigh = 7;
                tick.control.vmUuidLow = new UUID(7, vm).getLeastSignificantBits();
                writer.record(tick);
            }
            for (int t = 0; t < seconds; t += SAMPLE_SECONDS) {
                tick.begin(EventKind.SAMPLE, (startSeconds + t) * 1_000_000_000L);
                tick.sample.slotCount = vms;
                for (int vm = 0; vm < vms; vm++) {
                    fill(tick, vm, 2 * Math.PI * t / waveSeconds);
                }
                writer.record(tick);
                writer.endOfBatch();
            }
        }
        return directory;
    }

    private static void fill(Tick tick, int vm, double phase) {
        // Square at one end, round at the other: no two VMs are alike.
        double swing = Math.tanh((1 + vm) * Math.sin(phase + vm)) / Math.tanh(1 + vm);
        double use = .5 + .4 * swing;
        tick.sample.present[vm] = true;
        tick.sample.generation[vm] = 1;
        tick.sample.statsTimeNs[vm] = tick.timeNs;
        tick.sample.allocationKib[vm] = MAXIMUM_KIB;
        tick.sample.maximumKib[vm] = MAXIMUM_KIB;
        tick.sample.usableKib[vm] = MAXIMUM_KIB - (long) (MAXIMUM_KIB * use);
        tick.sample.cpuMillicores[vm] = (long) (2000 * use);
        tick.sample.vcpuCount[vm] = 2;
        tick.sample.vcpuCountMax[vm] = 2;
    }
}
