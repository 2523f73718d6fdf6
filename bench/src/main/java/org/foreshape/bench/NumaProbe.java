package org.foreshape.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.numasculptor.RamRange;

/** A run of {@code bench/src/main/c/numa_probe.c}: a process with memory, or the C loop. */
final class NumaProbe implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;

    private NumaProbe(Process process, BufferedReader answers) {
        this.process = process;
        this.answers = answers;
    }

    /**
     * Compiles it.
     *
     * @param folder where the program goes
     * @throws IllegalStateException gcc is not there, or fails
     */
    static Path compile(Path folder) throws IOException, InterruptedException {
        Path source =
                Path.of(System.getProperty("foreshape.home", "."))
                        .resolve("bench/src/main/c/numa_probe.c");
        Path program = folder.resolve("numa_probe");
        if (!Files.isReadable(source)) {
            throw new IllegalStateException("unavailable: " + source + " is not there");
        }
        try {
            int status =
                    new ProcessBuilder(
                                    "gcc",
                                    "-O2",
                                    "-Wall",
                                    "-static",
                                    "-o",
                                    program.toString(),
                                    source.toString())
                            .inheritIO()
                            .start()
                            .waitFor();
            if (status != 0) {
                throw new IllegalStateException("unavailable: gcc ended with " + status);
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    "unavailable: no gcc for the C baseline; apt-get install gcc libc6-dev", e);
        }
        return program;
    }

    static NumaProbe start(Path program, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new NumaProbe(process, process.inputReader(StandardCharsets.US_ASCII));
    }

    int pid() {
        return (int) process.pid();
    }

    /** The memory of a process that holds some; asked once. */
    RamRange held() throws IOException {
        String[] words = line().split("[ =]", -1);
        long start = Long.parseLong(words[4], 16);
        return new RamRange(start, start + Long.parseLong(words[6]), 0, true);
    }

    /** One round of the C loop: nanoseconds a page. */
    double askNsPerPage() throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).append("go\n").flush();
        String[] words = line().split("[ =]", -1);
        return (double) Long.parseLong(words[1]) / Long.parseLong(words[3]);
    }

    private String line() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("numa_probe ended without an answer");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
