package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalRoundTripTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20261122);

    @TempDir Path directory;

    static JournalOptions options(Path directory, int vmCountMax) {
        return JournalOptions.of(directory, vmCountMax)
                .withBlockSizeBytes(1 << 20)
                .withFreeBytesMin(1 << 20);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64})
    void shouldReadBackEveryBitOfEveryEvent(int vmCountMax) {
        int count = 400;
        Tick tick = new Tick(vmCountMax);
        try (JournalWriter writer = JournalWriter.open(options(directory, vmCountMax))) {
            Random random = new Random(SEED + vmCountMax);
            for (int i = 0; i < count; i++) {
                Ticks.fill(tick, random, i);
                writer.record(tick);
                writer.endOfBatch();
            }
        }
        Random random = new Random(SEED + vmCountMax);
        Tick read = new Tick(vmCountMax);
        int[] kinds = new int[EventKind.values().length];
        try (JournalReader reader = JournalReader.open(directory)) {
            for (int i = 0; i < count; i++) {
                Ticks.fill(tick, random, i);
                assertThat(reader.next(read)).as("record %d, seed %d", i, SEED).isTrue();
                Ticks.assertSame(tick, read);
                kinds[read.kind.ordinal()]++;
                assertThat(read.recorded).isTrue();
                assertThat(reader.vmCountMax()).isEqualTo(vmCountMax);
                assertThat(reader.runId()).isEqualTo(1);
                assertThat(reader.recordSequence()).isEqualTo(i);
                assertThat(reader.place().recordSequence()).isEqualTo(i);
            }
            assertThat(reader.next(read)).isFalse();
        }
        assertThat(kinds).doesNotContain(0);
    }

    @Test
    void shouldGoOnWithNumberAndRunWhenOpenedAgain() {
        Tick tick = new Tick(3);
        Random random = new Random(SEED);
        for (int run = 1; run <= 3; run++) {
            try (JournalWriter writer = JournalWriter.open(options(directory, 3))) {
                assertThat(writer.runId()).isEqualTo(run);
                assertThat(writer.nextRecordSequence()).isEqualTo((run - 1) * 5L);
                for (int i = 0; i < 5; i++) {
                    Ticks.fill(tick, random, i);
                    writer.record(tick);
                }
            }
        }
        try (JournalReader reader = JournalReader.open(directory)) {
            for (int i = 0; i < 15; i++) {
                assertThat(reader.advance()).isTrue();
                assertThat(reader.runId()).isEqualTo(1 + i / 5);
                assertThat(reader.eventSequence()).isEqualTo(i % 5);
            }
            assertThat(reader.advance()).isFalse();
        }
    }

    @Test
    void shouldReadWhatIsWrittenAfterTheReaderReachedTheEnd() {
        Tick tick = new Tick(2);
        Tick read = new Tick(2);
        Random random = new Random(SEED);
        try (JournalWriter writer = JournalWriter.open(options(directory, 2));
                JournalReader reader = JournalReader.open(directory)) {
            assertThat(reader.advance()).isFalse();
            for (int i = 0; i < 50; i++) {
                Ticks.fill(tick, random, i);
                writer.record(tick);
                assertThat(reader.next(read)).isTrue();
                Ticks.assertSame(tick, read);
                assertThat(reader.advance()).isFalse();
            }
        }
    }

    @Test
    void shouldRefuseAnEventToReadIntoThatIsTooSmall() {
        try (JournalWriter writer = JournalWriter.open(options(directory, 8))) {
            Tick tick = new Tick(8);
            tick.begin(EventKind.SAMPLE, 1);
            writer.record(tick);
        }
        try (JournalReader reader = JournalReader.open(directory)) {
            assertThatThrownBy(() -> reader.next(new Tick(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("8 VMs")
                    .hasMessageContaining("4");
        }
    }

    /**
     * A round goes over several blocks of the file and a garbage collection. The compiler may still
     * be at work in the first rounds; a record or a block that costs garbage would show in every
     * one.
     */
    @ParameterizedTest
    @ValueSource(strings = {"NONE", "INTERVAL"})
    void shouldNotAllocateWhenRecordingNotEvenAcrossBlocksAndCollections(SyncPolicy policy)
            throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Tick tick = new Tick(64);
        Random random = new Random(SEED);
        do {
            Ticks.fill(tick, random, 0);
        } while (tick.kind != EventKind.SAMPLE || !tick.plan.made);
        JournalOptions options =
                JournalOptions.of(directory, 64)
                        .withBlockSizeBytes(1 << 20)
                        .withSync(policy, 20_000_000);
        List<Long> rounds = new ArrayList<>();
        try (JournalWriter writer = JournalWriter.open(options)) {
            for (int i = 0; i < 3000; i++) {
                writer.record(tick);
                writer.endOfBatch();
            }
            while (rounds.size() < 12 && !rounds.contains(0L)) {
                long total = 0;
                for (int i = 0; i < 400; i++) {
                    if (i == 100) {
                        System.gc();
                    }
                    long before = threads.getCurrentThreadAllocatedBytes();
                    writer.record(tick);
                    writer.endOfBatch();
                    total += threads.getCurrentThreadAllocatedBytes() - before;
                    Thread.sleep(1);
                }
                rounds.add(total);
            }
        }
        long bytesOnDisk = 0;
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".cq4")).toList()) {
                bytesOnDisk += Files.size(file);
            }
        }
        assertThat(bytesOnDisk / (3000 + 400 * rounds.size()) * 400)
                .as("bytes of a round, which must go over several blocks of 1 MiB")
                .isGreaterThan(4 << 20);
        assertThat(rounds).as("bytes allocated per round").contains(0L);
    }
}
