package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.foreshape.journal.VerifyReport.Finding;
import org.foreshape.journal.VerifyReport.Kind;
import org.foreshape.journal.codec.RecordHeaderDecoder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalVerifierTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20261122);
    private static final String MARK = "a text that stands nowhere else in the file";

    @TempDir Path directory;

    @Test
    void shouldFindASoundJournalSound() {
        try (JournalWriter writer = open()) {
            writeRun(writer, 20, true);
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.findings()).isEmpty();
        assertThat(report.ok()).isTrue();
        assertThat(report.records()).isEqualTo(22);
        assertThat(report.samples()).isEqualTo(20);
        assertThat(report.controls()).isEqualTo(2);
        assertThat(report.runs()).isEqualTo(1);
    }

    @Test
    void shouldNameThePlaceOfAFlippedBitAndReadOnBehindIt() throws IOException {
        long marked;
        try (JournalWriter writer = open()) {
            writeRun(writer, 10, false);
            marked = writer.nextRecordSequence();
            control(writer, 11, ControlKind.MODEL_SWAPPED, MARK);
            control(writer, 12, ControlKind.ENGINE_STOPPED, "");
        }
        Path file = cycleFiles(directory).getFirst();
        flipBit(file, find(file, MARK) + 5);

        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(4);
            for (long i = 0; i < marked; i++) {
                assertThat(reader.next(tick)).isTrue();
            }
            assertThatThrownBy(() -> reader.next(tick))
                    .isInstanceOfSatisfying(
                            CorruptRecordException.class,
                            e -> {
                                assertThat(e.place().recordSequence()).isEqualTo(marked);
                                assertThat(e.place().file())
                                        .isEqualTo(file.getFileName().toString());
                                assertThat(e).hasMessageContaining("checksum");
                            });
            assertThat(reader.next(tick)).isTrue();
            assertThat(tick.control.kind).isEqualTo(ControlKind.ENGINE_STOPPED);
            assertThat(reader.next(tick)).isFalse();
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).isFalse();
        assertThat(report.records()).isEqualTo(12);
        assertThat(report.findings()).hasSize(1);
        assertThat(report.findings().getFirst().kind()).isEqualTo(Kind.DAMAGED);
        assertThat(report.findings().getFirst().place().recordSequence()).isEqualTo(marked);
    }

    @Test
    void shouldGoOnWritingBehindADamagedLastRecord() throws IOException {
        try (JournalWriter writer = open()) {
            writeRun(writer, 3, false);
            control(writer, 4, ControlKind.MODEL_SWAPPED, MARK);
        }
        Path file = cycleFiles(directory).getFirst();
        flipBit(file, find(file, MARK));
        try (JournalWriter writer = open()) {
            assertThat(writer.nextRecordSequence()).isEqualTo(5);
            assertThat(writer.runId()).isEqualTo(2);
            writeRun(writer, 3, true);
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.findings())
                .extracting(Finding::kind)
                .containsExactly(Kind.DAMAGED, Kind.RUN_NOT_ENDED);
    }

    @Test
    void shouldNameEventsThatWereNotRecordedAndRunsThatDidNotEnd() {
        try (JournalWriter writer = open()) {
            writeRun(writer, 3, false);
            control(writer, 9, ControlKind.PAUSED, "");
        }
        try (JournalWriter writer = open()) {
            writeRun(writer, 3, true);
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).isTrue();
        assertThat(report.runs()).isEqualTo(2);
        assertThat(report.findings())
                .extracting(Finding::kind)
                .containsExactly(Kind.EVENTS_MISSING, Kind.RUN_NOT_ENDED);
        assertThat(report.findings().getFirst().place().recordSequence()).isEqualTo(4);
    }

    @Test
    void shouldNameIntentsWithoutOutcomeByTheVmTheyAreFor() {
        Tick tick = new Tick(4);
        try (JournalWriter writer = open()) {
            control(writer, 0, ControlKind.ENGINE_STARTED, "");
            tick.begin(EventKind.CONTROL, 1);
            tick.sequence = 1;
            tick.control.kind = ControlKind.VM_ARRIVED;
            tick.control.vmSlot = 2;
            tick.control.vmGeneration = 7;
            tick.control.vmName.set("web-1");
            writer.record(tick);
            for (int i = 2; i < 4; i++) {
                tick.begin(EventKind.SAMPLE, i);
                tick.sequence = i;
                tick.plan.made = true;
                tick.plan.addAct(2, 7, ActKind.RESIZE_MEMORY, 1000 + i);
                writer.record(tick);
            }
            tick.begin(EventKind.OUTCOME, 4);
            tick.sequence = 4;
            tick.outcome.planSequence = 2;
            tick.outcome.vmSlot = 2;
            tick.outcome.vmGeneration = 7;
            writer.record(tick);
            control(writer, 5, ControlKind.ENGINE_STOPPED, "");
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).isTrue();
        assertThat(report.intents()).isEqualTo(2);
        assertThat(report.outcomes()).isEqualTo(1);
        assertThat(report.findings()).hasSize(1);
        assertThat(report.findings().getFirst().kind()).isEqualTo(Kind.INTENT_WITHOUT_OUTCOME);
        assertThat(report.findings().getFirst().text()).contains("web-1", "1003", "event 3");
        assertThat(report.findings().getFirst().place().recordSequence()).isEqualTo(3);
    }

    @Test
    void shouldRefuseAJournalOfANewerVersion() throws IOException {
        try (JournalWriter writer = open()) {
            writeRun(writer, 3, true);
        }
        // A record as a newer program would write it: the next version, sound checksum.
        int newer = RecordHeaderDecoder.SCHEMA_VERSION + 1;
        RecordEncoder encoder = new RecordEncoder(4);
        Tick tick = new Tick(4);
        tick.begin(EventKind.CONTROL, 1);
        int length = encoder.encode(tick, 5, 2, 4);
        ByteBuffer bytes = encoder.bytes();
        bytes.putShort(6, (short) newer).putInt(RecordEncoder.CRC_OFFSET, 0);
        var crc = new java.util.zip.CRC32C();
        crc.update(bytes.duplicate().limit(length));
        bytes.putInt(RecordEncoder.CRC_OFFSET, (int) crc.getValue());
        try (var queue = Documents.openForWriting(options(), directory);
                var appender = queue.createAppender()) {
            var view = net.openhft.chronicle.bytes.Bytes.wrapForRead(bytes);
            view.readPositionRemaining(0, length);
            appender.writeBytes(view);
            view.releaseLast();
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(UnsupportedVersionException.class)
                .hasMessageContaining("version " + newer)
                .hasMessageContaining("version " + RecordHeaderDecoder.SCHEMA_VERSION)
                .hasMessageContaining(directory.toString());
        try (JournalReader reader = JournalReader.open(directory)) {
            for (int i = 0; i < 5; i++) {
                assertThat(reader.advance()).isTrue();
            }
            assertThatThrownBy(reader::advance).isInstanceOf(UnsupportedVersionException.class);
        }
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).isFalse();
        assertThat(report.findings()).extracting(Finding::kind).containsExactly(Kind.NEWER_VERSION);
    }

    @Test
    void shouldSayThatThereIsNoJournal() {
        assertThatThrownBy(() -> JournalVerifier.verify(directory))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("no journal in " + directory);
        assertThatThrownBy(() -> JournalVerifier.verify(directory.resolve("absent")))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("no journal");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldFindAnEmptyJournalSound() {
        open().close();
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).isTrue();
        assertThat(report.records()).isZero();
    }

    @Test
    void shouldReadAcrossFilesOfARunThatWasNotClosed() throws InterruptedException {
        JournalOptions secondly = options().withRollPeriod(RollPeriod.SECONDLY);
        Tick tick = new Tick(4);
        long written = 0;
        for (int run = 0; run < 2; run++) {
            try (JournalWriter writer = JournalWriter.open(secondly)) {
                for (int i = 0; i < 12; i++) {
                    tick.begin(EventKind.PRESSURE, i);
                    tick.sequence = i;
                    writer.record(tick);
                    written++;
                    Thread.sleep(100);
                }
            }
            Thread.sleep(1100);
        }
        assertThat(cycleFiles(directory)).hasSizeGreaterThan(2);
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).isTrue();
        assertThat(report.records()).isEqualTo(written);
        assertThat(report.runs()).isEqualTo(2);
    }

    private JournalOptions options() {
        return JournalRoundTripTest.options(directory, 4);
    }

    private JournalWriter open() {
        return JournalWriter.open(options());
    }

    private static void writeRun(JournalWriter writer, int samples, boolean end) {
        control(writer, 0, ControlKind.ENGINE_STARTED, "");
        Tick tick = new Tick(4);
        Random random = new Random(SEED);
        for (int i = 1; i <= samples; i++) {
            tick.begin(EventKind.SAMPLE, i);
            tick.sequence = i;
            Ticks.fillSample(tick.sample, random);
            Ticks.fillForecast(tick.forecast, random);
            writer.record(tick);
        }
        if (end) {
            control(writer, samples + 1, ControlKind.ENGINE_STOPPED, "");
        }
    }

    private static void control(
            JournalWriter writer, long sequence, ControlKind kind, String text) {
        Tick tick = new Tick(4);
        tick.begin(EventKind.CONTROL, sequence);
        tick.sequence = sequence;
        tick.control.kind = kind;
        tick.control.text.set(text);
        writer.record(tick);
    }

    static List<Path> cycleFiles(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).sorted().toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long find(Path file, String text) throws IOException {
        String all = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        int at = all.indexOf(text);
        assertThat(at).isPositive();
        return at;
    }

    private static void flipBit(Path file, long position) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 4)).position(0);
            channel.write(one, position);
        }
    }
}
