package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.threads.Pauser;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalFailureTest {
    private static final File NULL = new File("/dev/null");

    @TempDir Path directory;

    @Test
    void shouldNameDirectoryAndCureWhenItCannotBeWritten() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");
        for (Path bad : List.of(file, file.resolve("below"), Path.of("/proc/foreshape-journal"))) {
            assertThatThrownBy(() -> JournalWriter.open(JournalOptions.of(bad, 4)))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining(bad.toString())
                    .hasMessageContaining("make it writable");
        }
    }

    @Test
    void shouldRefuseASecondWriterOfTheSameProcess() {
        JournalOptions options = JournalRoundTripTest.options(directory, 4);
        try (JournalWriter first = JournalWriter.open(options)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> JournalWriter.open(options))
                        .isInstanceOf(JournalException.class)
                        .hasMessageContaining("process " + ProcessHandle.current().pid());
            }
            record(first, 0);
        }
        JournalWriter.open(options).close();
    }

    @Test
    void shouldSayThatAClosedWriterIsClosed() {
        JournalWriter writer = JournalWriter.open(JournalRoundTripTest.options(directory, 4));
        writer.close();
        writer.close();
        assertThatThrownBy(() -> record(writer, 0))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void shouldSyncAsThePolicySays() {
        long[] counts = new long[SyncPolicy.values().length];
        for (SyncPolicy policy : SyncPolicy.values()) {
            try (JournalWriter writer =
                    JournalWriter.open(
                            JournalRoundTripTest.options(directory, 4)
                                    .withSync(policy, Long.MAX_VALUE))) {
                for (int i = 0; i < 10; i++) {
                    record(writer, i);
                    writer.endOfBatch();
                    writer.endOfBatch();
                }
                counts[policy.ordinal()] = writer.syncCount();
            }
        }
        assertThat(counts).containsExactly(0, 0, 10);
    }

    @Test
    @Timeout(20)
    void shouldSyncBesideTheWriterAtTheInterval() throws Exception {
        try (JournalWriter writer =
                JournalWriter.open(
                        JournalRoundTripTest.options(directory, 4)
                                .withSync(SyncPolicy.INTERVAL, 1_000_000))) {
            for (int i = 0; writer.syncCount() < 3; i++) {
                record(writer, i);
                writer.endOfBatch();
                Thread.sleep(1);
            }
        }
        assertThat(JournalVerifier.verify(directory).ok()).isTrue();
    }

    @Test
    @Timeout(30)
    void shouldStopWhileRecordsCannotBeMadeDurableAndGoOnAfterwards() throws Exception {
        boolean seen = false;
        for (int attempt = 0; !seen; attempt++) {
            seen = stopsAndGoesOn(directory.resolve("attempt" + attempt));
        }
    }

    /** False when the first sync came before the file was moved: an open file syncs by any name. */
    private static boolean stopsAndGoesOn(Path own) throws Exception {
        JournalOptions options =
                JournalRoundTripTest.options(own, 4).withSync(SyncPolicy.INTERVAL, 1_000_000);
        try (JournalWriter writer = JournalWriter.open(options)) {
            record(writer, 0);
            Path file = onlyFile(own);
            Path away = own.resolve("away");
            Files.move(file, away);
            JournalException refused = null;
            for (int i = 1; refused == null && writer.syncCount() == 0; i++) {
                try {
                    record(writer, i);
                    Thread.sleep(1);
                } catch (JournalException e) {
                    refused = e;
                }
            }
            Files.move(away, file);
            if (refused == null) {
                return false;
            }
            assertThat(refused).hasMessageContaining("cannot be made durable");
            long syncs = writer.syncCount();
            while (writer.syncCount() == syncs) {
                Thread.sleep(1);
            }
            record(writer, 1_000);
        }
        assertThat(JournalVerifier.verify(own).ok()).isTrue();
        return true;
    }

    private Path onlyFile() throws IOException {
        return onlyFile(directory);
    }

    private static Path onlyFile(Path of) throws IOException {
        try (var files = Files.list(of)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
    }

    /**
     * fdatasync(2) must write out what was stored through Chronicle's mapping. smaps(5) tells how
     * much of a mapping is dirty; on a file system in memory it stays so for ever.
     */
    @Test
    void shouldWriteOutWhatWasStoredThroughTheMapping() throws Exception {
        assumeThat(Files.getFileStore(directory).type()).isNotEqualTo("tmpfs");
        try (JournalWriter writer =
                JournalWriter.open(
                        JournalRoundTripTest.options(directory, 4).withSync(SyncPolicy.BATCH, 0))) {
            for (int i = 0; i < 200; i++) {
                record(writer, i);
            }
            assertThat(dirtyKib()).as("before the sync").isPositive();
            writer.endOfBatch();
            assertThat(dirtyKib()).as("after the sync").isZero();
        }
    }

    private long dirtyKib() throws IOException {
        return SyncProbe.dirtyKib(onlyFile().toRealPath());
    }

    @ParameterizedTest
    @ValueSource(longs = {300, 1100, 1700})
    void shouldLoseNoAcknowledgedRecordWhenTheWriterIsKilled(long runMs) throws Exception {
        // A file takes the acknowledgements, so that the writer never waits for its reader.
        Path acknowledgements = directory.resolve("acknowledged");
        Process writer = child("write", acknowledgements.toFile());
        try {
            while (writer.isAlive() && Files.size(acknowledgements) == 0) {
                Thread.sleep(5);
            }
            JournalOptions options = JournalRoundTripTest.options(directory, 4);
            assertThatThrownBy(() -> JournalWriter.open(options))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("written by process " + writer.pid());
            // A reader of another process follows the writer.
            long seen = 0;
            try (JournalReader reader = JournalReader.open(directory)) {
                long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(runMs);
                while (System.nanoTime() < endNs || seen < 2) {
                    seen += reader.advance() ? 1 : 0;
                }
            }
        } finally {
            writer.destroyForcibly();
        }
        assertThat(writer.waitFor(20, TimeUnit.SECONDS)).isTrue();
        String all = Files.readString(acknowledgements);
        // The last line may be cut by the kill.
        int end = all.lastIndexOf('\n');
        long acknowledged = Long.parseLong(all.substring(all.lastIndexOf('\n', end - 1) + 1, end));
        assertThat(acknowledged).isPositive();
        VerifyReport killed = JournalVerifier.verify(directory);
        assertThat(killed.ok()).as("%s", killed.findings()).isTrue();
        assertThat(killed.records()).isGreaterThan(acknowledged);

        try (JournalWriter next = JournalWriter.open(JournalRoundTripTest.options(directory, 4))) {
            assertThat(next.nextRecordSequence()).isEqualTo(killed.records());
            record(next, 0);
        }
        VerifyReport after = JournalVerifier.verify(directory);
        assertThat(after.ok()).as("%s", after.findings()).isTrue();
        assertThat(after.records()).isEqualTo(killed.records() + 1);
    }

    @Test
    void shouldTakeOverTheLockOfADeadWriterWhoseProcessNumberIsInUseAgain() {
        JournalOptions options = JournalRoundTripTest.options(directory, 4);
        try (JournalWriter writer = JournalWriter.open(options)) {
            record(writer, 0);
        }
        // As a writer leaves it that was killed within an append: held, under a living number.
        try (var queue = Documents.openForWriting(options, directory);
                var lock = new TableStoreWriteLock(queue.metaStore(), Pauser::balanced, 100L)) {
            lock.lock();
        }
        try (JournalWriter writer = JournalWriter.open(options)) {
            record(writer, 0);
        }
        assertThat(JournalVerifier.verify(directory).records()).isEqualTo(2);
    }

    @Test
    void shouldLeaveNoFilesInTheHomeOfTheUser() throws Exception {
        Path home = Files.createDirectory(directory.resolve("home"));
        Process child = child("once", NULL, "-Duser.home=" + home);
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).isZero();
        } finally {
            child.destroyForcibly();
        }
        // JNA unpacks its library below .cache; the analytics would leave files of their own.
        assertThat(home.toFile().list()).isSubsetOf(".cache");
        assertThat(JournalVerifier.verify(directory).records()).isEqualTo(1);
    }

    @Test
    void shouldNameTheFlagThatIsMissing() throws Exception {
        Process child = child("once", NULL, "-Dchronicle.analytics.disable=false");
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).isNotZero();
            assertThat(directory.resolve("error"))
                    .content()
                    .contains("needs the JVM started with -Dchronicle.analytics.disable=true");
        } finally {
            child.destroyForcibly();
        }
        assertThat(JournalState.read(directory).runCount()).isZero();
    }

    /** With the guard it stops in time; without it the file system itself says no. */
    @ParameterizedTest
    @ValueSource(longs = {4L << 20, 0})
    void shouldLeaveNoTornRecordOnAFullDisk(long freeBytesMin) throws Exception {
        Path disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString()) == 0,
                "a small tmpfs cannot be mounted: not root, or not allowed");
        try {
            JournalOptions options =
                    JournalRoundTripTest.options(disk, 64).withFreeBytesMin(freeBytesMin);
            Path ballast = disk.resolve("ballast");
            Files.write(ballast, new byte[8 << 20]);
            long written = 0;
            try (JournalWriter writer = JournalWriter.open(options)) {
                Tick tick = new Tick(64);
                JournalException full = null;
                for (int i = 0; full == null && i < 10_000; i++) {
                    fill(tick, i);
                    try {
                        writer.record(tick);
                        written++;
                    } catch (JournalException e) {
                        full = e;
                    }
                }
                assertThat(full).isNotNull().hasMessageContaining("disk");
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> writer.record(tick))
                            .isInstanceOf(JournalException.class)
                            .hasMessageContaining("disk");
                }
                VerifyReport report = JournalVerifier.verify(disk);
                assertThat(report.ok()).as("%s", report.findings()).isTrue();
                assertThat(report.records()).isEqualTo(written);

                Files.delete(ballast);
                for (int i = 0; i < 20; i++) {
                    writer.record(tick);
                }
            }
            VerifyReport report = JournalVerifier.verify(disk);
            assertThat(report.ok()).as("%s", report.findings()).isTrue();
            assertThat(report.records()).isEqualTo(written + 20);
        } finally {
            unmount(disk);
        }
    }

    private static void fill(Tick tick, long sequence) {
        tick.begin(EventKind.SAMPLE, sequence);
        tick.sequence = sequence;
        tick.sample.slotCount = 64;
        tick.forecast.slotCount = 64;
    }

    private static void record(JournalWriter writer, long sequence) {
        Tick tick = new Tick(4);
        tick.begin(EventKind.SAMPLE, sequence);
        tick.sequence = sequence;
        tick.sample.slotCount = 4;
        writer.record(tick);
    }

    /** Chronicle unmaps files a moment after they are closed, on a thread of its own. */
    private static void unmount(Path disk) throws Exception {
        int status = run("umount", disk.toString());
        for (int i = 0; status != 0 && i < 50; i++) {
            Thread.sleep(100);
            status = run("umount", disk.toString());
        }
        if (status != 0) {
            run("umount", "-l", disk.toString());
        }
        assertThat(status).as("exit status of umount").isZero();
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return 127;
        }
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    /** Starts {@link ChildWriter} with this JVM's flags and class path; later flags win. */
    private Process child(String what, File output, String... flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag :
                java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--") || flag.startsWith("-Dchronicle")) {
                command.add(flag);
            }
        }
        command.addAll(List.of(flags));
        command.add("-cp");
        command.add(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(ChildWriter.class.getName());
        command.add(what);
        command.add(directory.toString());
        return new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(directory.resolve("error").toFile())
                .start();
    }

    /** The main program of the other process. */
    static final class ChildWriter {
        private ChildWriter() {}

        public static void main(String[] arguments) {
            Path directory = Path.of(arguments[1]);
            JournalOptions options =
                    JournalRoundTripTest.options(directory, 4)
                            .withSync(SyncPolicy.NONE, 0)
                            .withRollPeriod(RollPeriod.HOURLY);
            try (JournalWriter writer = JournalWriter.open(options)) {
                if (arguments[0].equals("once")) {
                    record(writer, 0);
                    return;
                }
                Tick tick = new Tick(4);
                for (long i = 0; i < 400_000; i++) {
                    fill(tick, i);
                    writer.record(tick);
                    System.out.println(i);
                }
            }
        }

        private static void fill(Tick tick, long sequence) {
            tick.begin(EventKind.SAMPLE, sequence);
            tick.sequence = sequence;
            tick.sample.slotCount = 1;
        }
    }
}
