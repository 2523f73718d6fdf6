package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JournalPrunerTest {
    private static final Retention NOTHING_OLD = new Retention(Duration.ofMillis(1), 0);
    private static final UUID WEB = new UUID(1, 1);
    private static final UUID DB = new UUID(2, 2);

    @TempDir Path directory;

    private final Tick tick = new Tick(4);
    private long sequence;

    private JournalWriter open() {
        sequence = 0;
        return JournalWriter.open(
                JournalRoundTripTest.options(directory, 4).withRollPeriod(RollPeriod.SECONDLY));
    }

    private void control(JournalWriter writer, ControlKind kind, int slot, UUID vm, long kib) {
        tick.begin(EventKind.CONTROL, 1_000_000_000L * (1 + sequence));
        tick.sequence = sequence++;
        tick.control.kind = kind;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = 1;
        tick.control.vmName.set(vm.equals(WEB) ? "web" : "db");
        tick.control.vmUuidHigh = vm.getMostSignificantBits();
        tick.control.vmUuidLow = vm.getLeastSignificantBits();
        tick.control.mode = VmMode.ENFORCE;
        tick.control.priority = 7;
        tick.control.originalKib = kib;
        writer.record(tick);
    }

    private void sample(JournalWriter writer) {
        tick.begin(EventKind.SAMPLE, 1_000_000_000L * (1 + sequence));
        tick.sequence = sequence++;
        tick.sample.slotCount = 4;
        writer.record(tick);
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
    }

    /** Writes until the journal has another file. */
    private void roll(JournalWriter writer) throws Exception {
        int before = files().size();
        while (files().size() == before) {
            sample(writer);
            Thread.sleep(20);
        }
    }

    @Test
    void shouldForgetRecordsButNotWhatVmsHadWhileTheWriterGoesOn() throws Exception {
        try (JournalWriter writer = open()) {
            control(writer, ControlKind.ENGINE_STARTED, -1, WEB, 0);
            control(writer, ControlKind.VM_ARRIVED, 0, WEB, 111);
            control(writer, ControlKind.VM_ARRIVED, 1, DB, 222);
            control(writer, ControlKind.VM_POLICY, 1, DB, 222);
            control(writer, ControlKind.VM_DEPARTED, 0, WEB, 111);
            roll(writer);
            control(writer, ControlKind.ENGINE_STOPPED, -1, WEB, 0);
        }
        try (JournalWriter writer = open()) {
            control(writer, ControlKind.ENGINE_STARTED, -1, WEB, 0);
            control(writer, ControlKind.VM_ARRIVED, 2, WEB, 333);
            control(writer, ControlKind.PAUSED, -1, WEB, 0);
            roll(writer);
            roll(writer);
            JournalState before = JournalState.read(directory);
            assertThat(before.paused()).isTrue();
            List<String> all = files();
            assertThat(all).hasSizeGreaterThan(2);

            Instant later = Instant.now().plusSeconds(5);
            JournalPruner.Report would = JournalPruner.prune(directory, NOTHING_OLD, later, true);
            assertThat(files()).isEqualTo(all);
            JournalPruner.Report done = JournalPruner.prune(directory, NOTHING_OLD, later, false);
            // The newest file may grow meanwhile, its keeper is at work, but never shrinks.
            JournalPruner.Report again = JournalPruner.prune(directory, NOTHING_OLD, later, true);
            assertThat(done.keptBytes()).isBetween(would.keptBytes(), again.keptBytes());
            assertThat(done)
                    .usingRecursiveComparison()
                    .ignoringFields("keptBytes")
                    .isEqualTo(would);
            assertThat(done.removed()).isEqualTo(all.subList(0, all.size() - 1));
            assertThat(done.removedBytes()).isPositive();
            assertThat(files()).containsExactly(all.getLast());

            VerifyReport left = JournalVerifier.verify(directory);
            assertThat(left.ok()).as(left.toString()).isTrue();
            assertThat(left.records()).isPositive();

            JournalState after = JournalState.read(directory);
            assertThat(after.vms()).isEqualTo(before.vms());
            assertThat(after.vms().get(DB).operatorPolicy()).isNotNull();
            assertThat(after.vms().get(DB).present()).isFalse();
            assertThat(after.vms().get(WEB).originalKib()).isEqualTo(333);
            assertThat(after.paused()).isTrue();
            assertThat(JournalTail.of(directory)).isNotNull();
            assertThat(VmNames.of(directory).at(2).name()).isEqualTo("web");

            for (int i = 0; i < 2; i++) {
                roll(writer);
                JournalPruner.prune(directory, NOTHING_OLD, later.plusSeconds(60), false);
            }
            assertThat(JournalState.read(directory).vms()).isEqualTo(before.vms());
            roll(writer);
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).as(report.toString()).isTrue();
        assertThat(report.findings())
                .extracting(VerifyReport.Finding::kind)
                .contains(VerifyReport.Kind.BEGINNING_PRUNED);
        try (JournalWriter writer = open()) {
            assertThat(writer.runId()).isEqualTo(3);
            sample(writer);
        }
        assertThat(JournalVerifier.verify(directory).ok()).isTrue();
    }

    @Test
    void shouldKeepNoMoreBytesThanAllowedButAlwaysTheNewestFile() throws Exception {
        try (JournalWriter writer = open()) {
            for (int i = 0; i < 3; i++) {
                roll(writer);
            }
        }
        List<String> all = files();
        JournalPruner.Report none =
                JournalPruner.prune(directory, Retention.EVERYTHING, Instant.MAX, false);
        assertThat(none.removed()).isEmpty();
        long allBytes = none.keptBytes();
        Retention oneLess = new Retention(Duration.ZERO, allBytes - 1);
        JournalPruner.Report would = JournalPruner.prune(directory, oneLess, Instant.now(), true);
        JournalPruner.Report some = JournalPruner.prune(directory, oneLess, Instant.now(), false);
        assertThat(some).isEqualTo(would);
        assertThat(some.removed()).containsExactly(all.getFirst());
        assertThat(some.keptBytes()).isLessThan(allBytes);
        JournalPruner.Report most =
                JournalPruner.prune(
                        directory, new Retention(Duration.ZERO, 1), Instant.now(), false);
        assertThat(most.keptFiles()).isEqualTo(1);
        assertThat(files()).containsExactly(all.getLast());
    }

    @Test
    void shouldSayWhatIsWrong() throws Exception {
        assertThatThrownBy(() -> JournalPruner.prune(directory, NOTHING_OLD, Instant.now(), false))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("there is no journal");
        try (JournalWriter writer = open()) {
            control(writer, ControlKind.VM_ARRIVED, 0, WEB, 111);
            roll(writer);
        }
        WriterLock other = WriterLock.takeForPruning(directory.toRealPath());
        try (other) {
            assertThatThrownBy(
                            () -> JournalPruner.prune(directory, NOTHING_OLD, Instant.MAX, false))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("is being pruned by process");
        }
        JournalPruner.prune(directory, NOTHING_OLD, Instant.now().plusSeconds(9), false);
        Path kept = directory.resolve(KeptRecords.FILE);
        byte[] bytes = Files.readAllBytes(kept);
        bytes[bytes.length - 1] ^= 1;
        Files.write(kept, bytes);
        assertThat(JournalState.read(directory).damage())
                .singleElement()
                .asString()
                .contains(KeptRecords.FILE, "is damaged");
    }
}
