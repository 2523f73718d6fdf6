package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A journal is read by another process, as another user, while it is written and on a copy. */
@Timeout(120)
class OtherReadersTest {
    private static final int COUNT = 300;

    @TempDir Path folder;

    @Test
    void shouldBeReadByAnotherUserWhileItIsWrittenAndFromAReadOnlyCopy() throws Exception {
        assumeTrue(
                "root".equals(System.getProperty("user.name")),
                "only root can start a process as another user");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path journal = folder.resolve("journal");
        Path library = copyOfClassPath();
        Tick tick = new Tick(4);
        Process reader;
        try (JournalWriter writer =
                JournalWriter.open(
                        JournalRoundTripTest.options(journal, 4)
                                .withRollPeriod(RollPeriod.SECONDLY))) {
            write(writer, tick, 0, COUNT / 2);
            reader = asNobody(library, journal, COUNT);
            Path ready = folder.resolve("output");
            while (reader.isAlive() && Files.size(ready) == 0) {
                Thread.sleep(20);
            }
            Thread.sleep(1_100); // Another file.
            write(writer, tick, COUNT / 2, COUNT);
            assertThat(reader.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(folder.resolve("output")).content().endsWith("read " + COUNT + "\n");

        Path copy = folder.resolve("copy");
        assertThat(
                        new ProcessBuilder(
                                        "cp",
                                        "-r",
                                        "--sparse=always",
                                        journal.toString(),
                                        copy.toString())
                                .start()
                                .waitFor())
                .isZero();
        try (Stream<Path> files = Files.list(copy)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
            }
        }
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("r-xr-xr-x"));
        Process second = asNobody(library, copy, COUNT);
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(folder.resolve("output")).content().endsWith("read " + COUNT + "\n");
    }

    private static void write(JournalWriter writer, Tick tick, int from, int to) {
        for (int i = from; i < to; i++) {
            tick.begin(EventKind.SAMPLE, i);
            tick.sequence = i;
            tick.sample.slotCount = 4;
            writer.record(tick);
        }
    }

    /** The class path where every user may read it. */
    private Path copyOfClassPath() throws IOException, InterruptedException {
        Path library = Files.createDirectory(folder.resolve("library"));
        String classPath =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        int number = 0;
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            Path source = Path.of(entry);
            if (entry.isEmpty()) {
                continue;
            }
            if (Files.isDirectory(source)) {
                Path target = library.resolve("classes" + number++);
                assertThat(
                                new ProcessBuilder("cp", "-r", entry, target.toString())
                                        .start()
                                        .waitFor())
                        .isZero();
            } else if (Files.exists(source)) {
                Files.copy(source, library.resolve(number++ + ".jar"));
            }
        }
        return library;
    }

    private Process asNobody(Path library, Path journal, int count) throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--") || flag.startsWith("-Dchronicle")) {
                command.add(flag);
            }
        }
        List<String> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(library)) {
            files.forEach(file -> entries.add(file.toString()));
        }
        command.addAll(
                List.of(
                        "-Djava.io.tmpdir=/tmp",
                        "-cp",
                        String.join(File.pathSeparator, entries),
                        Follower.class.getName(),
                        journal.toString(),
                        Integer.toString(count)));
        File output = folder.resolve("output").toFile();
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
    }

    /** The main program of the other user: reads until it has so many records. */
    static final class Follower {
        private Follower() {}

        public static void main(String[] arguments) throws InterruptedException {
            int count = Integer.parseInt(arguments[1]);
            int seen = 0;
            try (JournalReader reader = JournalReader.open(Path.of(arguments[0]))) {
                System.out.println("open");
                while (seen < count) {
                    if (reader.advance()) {
                        seen++;
                    } else {
                        Thread.sleep(5);
                    }
                }
            }
            System.out.println("read " + seen);
        }
    }
}
