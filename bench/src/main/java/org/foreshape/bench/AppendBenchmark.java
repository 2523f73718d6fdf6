package org.foreshape.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.journal.SyncPolicy;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;

/**
 * What the journal costs the engine's thread. A: an event is recorded, encoded, summed and appended
 * with everything that guards it. B: as many bytes, prepared beforehand, are appended to a bare
 * Chronicle queue with the same settings. Turn by turn on one thread, so that both meet the same
 * machine.
 */
final class AppendBenchmark implements Benchmark {
    private static final long SEED = 1;
    private static final int BLOCK_BYTES = 16 << 20;

    @Override
    public String name() {
        return "append";
    }

    @Override
    public String purpose() {
        return "recording an event against a bare append of as many bytes";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        Result result = new Result("append");
        result.fact("seed", SEED);
        int turns = quick ? 5_000 : 20_000;
        measure("outcome", 0, 10 * turns, result);
        for (int vmCount : new int[] {1, 64, 256}) {
            measure(vmCount + " VMs", vmCount, vmCount > 64 ? turns / 2 : turns, result);
        }
        return result;
    }

    private static void measure(String label, int vmCount, int turns, Result result)
            throws IOException {
        Path folder = Files.createTempDirectory("foreshape-append");
        int slotCount = Math.max(1, vmCount);
        try (JournalWriter journal =
                        JournalWriter.open(
                                JournalOptions.of(folder.resolve("journal"), slotCount)
                                        .withSync(SyncPolicy.NONE, 0));
                ChronicleQueue bare =
                        SingleChronicleQueueBuilder.binary(folder.resolve("bare"))
                                .blockSize(BLOCK_BYTES)
                                .rollCycle(RollCycles.FAST_HOURLY)
                                .syncMode(SyncMode.NONE)
                                .build();
                ExcerptAppender appender = bare.createAppender()) {
            Turns turning = new Turns(vmCount, journal, appender);
            turning.run(turns);
            turning.run(turns);
            turning.report(label, result);
        } finally {
            Folders.delete(folder);
        }
    }

    /** The two contenders, turn by turn. */
    private static final class Turns {
        private final Tick tick;
        private final SyntheticHost host;
        private final JournalWriter journal;
        private final ExcerptAppender appender;
        private final int vmCount;
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private Bytes<?> same = Bytes.allocateDirect(1);
        private double[] ours = new double[0];
        private double[] bare = new double[0];
        private long allocatedBytes;
        private int recordBytes;

        Turns(int vmCount, JournalWriter journal, ExcerptAppender appender) {
            this.vmCount = vmCount;
            this.journal = journal;
            this.appender = appender;
            this.tick = new Tick(Math.max(1, vmCount));
            this.host = new SyntheticHost(Math.max(1, vmCount), 1_000_000_000L, SEED);
        }

        void run(int turns) {
            fill();
            long before = journal.writtenBytes();
            journal.record(tick);
            recordBytes = (int) (journal.writtenBytes() - before);
            same.releaseLast();
            same = Bytes.allocateDirect(recordBytes);
            while (same.writePosition() < recordBytes) {
                same.writeByte((byte) same.writePosition());
            }
            ours = new double[turns];
            bare = new double[turns];
            allocatedBytes = 0;
            for (int i = 0; i < turns; i++) {
                fill();
                long bytesBefore = threads.getCurrentThreadAllocatedBytes();
                long startNs = System.nanoTime();
                journal.record(tick);
                long recordedNs = System.nanoTime();
                allocatedBytes += threads.getCurrentThreadAllocatedBytes() - bytesBefore;
                same.readPosition(0);
                long bareNs = System.nanoTime();
                appender.writeBytes(same);
                bare[i] = (System.nanoTime() - bareNs) / 1e3;
                ours[i] = (recordedNs - startNs) / 1e3;
            }
        }

        private void fill() {
            tick.sequence++;
            if (vmCount == 0) {
                tick.begin(EventKind.OUTCOME, tick.sequence);
                tick.outcome.actKind = ActKind.RESIZE_MEMORY;
                tick.outcome.requested = tick.sequence;
                return;
            }
            host.write(tick);
            tick.forecast.slotCount = vmCount;
            tick.plan.made = true;
            tick.plan.slotCount = vmCount;
            for (int slot = 0; slot < vmCount; slot++) {
                tick.forecast.source[slot] = ForecastSource.MODEL;
                tick.plan.verdict[slot] = Verdict.HOLD;
                tick.plan.targetKib[slot] = tick.sequence;
            }
        }

        void report(String label, Result result) {
            result.fact(label + ": bytes of a record", recordBytes);
            result.add(label + ": recorded, us", ours);
            result.add(label + ": bare append, us", bare);
            result.wantAtMost(label + ": ratio of medians", Result.ratio(ours, bare), 1.5);
            result.wantAtMost(
                    label + ": bytes allocated per record",
                    (double) allocatedBytes / ours.length,
                    0);
            if (vmCount == 256) {
                result.wantAtMost(label + ": median share of a tick, us", Result.median(ours), 50);
            }
            same.releaseLast();
        }
    }
}
