package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A child process with memory whose every word is known: {@code src/test/c/memhold.c}. */
final class MemHold implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final int pid;
    private final RamRange range;

    private MemHold(Process process, int pid, BufferedReader answers, RamRange range) {
        this.process = process;
        this.pid = pid;
        this.answers = answers;
        this.range = range;
    }

    /** The compiled program; compiled where it is older than its source. */
    static synchronized Path program() {
        Path root = Path.of(System.getProperty("foreshape.root"), "numa-sculptor");
        Path source = root.resolve("src/test/c/memhold.c");
        Path program = root.resolve("target/memhold");
        try {
            if (!Files.exists(program)
                    || Files.getLastModifiedTime(program)
                                    .compareTo(Files.getLastModifiedTime(source))
                            < 0) {
                Files.createDirectories(root.resolve("target"));
                Process gcc =
                        new ProcessBuilder(
                                        "gcc",
                                        "-O2",
                                        "-Wall",
                                        "-Wextra",
                                        "-static",
                                        "-pthread",
                                        "-o",
                                        program.toString(),
                                        source.toString())
                                .inheritIO()
                                .start();
                assertThat(gcc.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(gcc.exitValue()).as("gcc (packages gcc, libc6-dev)").isZero();
            }
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static MemHold start(int mib, String... mode) throws IOException {
        return start(program(), mib, mode);
    }

    static MemHold start(Path program, int mib, String... mode) throws IOException {
        return start(List.of(), program, mib, mode);
    }

    /** Starts it through another program, which must become it. */
    static MemHold start(List<String> through, Path program, int mib, String... mode)
            throws IOException {
        var command = new ArrayList<>(through);
        command.addAll(List.of(program.toString(), Integer.toString(mib)));
        command.addAll(List.of(mode));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader answers = process.inputReader(StandardCharsets.US_ASCII);
        String ready = answers.readLine();
        if (ready == null || !ready.startsWith("READY ")) {
            process.destroyForcibly();
            throw new IOException("memhold said " + ready);
        }
        String[] words = ready.split("[ =]", -1);
        long start = Long.parseLong(words[4], 16);
        long bytes = Long.parseLong(words[6]);
        return new MemHold(
                process,
                Integer.parseInt(words[2]),
                answers,
                new RamRange(start, start + bytes, 0, true));
    }

    /** Starts one whose parent does not collect it: once killed it stays a zombie until closed. */
    static MemHold startUncollected(int mib) throws IOException {
        String script = "exec 3<&0; \"$@\" <&3 & exec sleep 600";
        return start(List.of("sh", "-c", script, "sh"), program(), mib);
    }

    int pid() {
        return pid;
    }

    RamRange range() {
        return range;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    SculptTarget target() {
        return SculptTarget.open(
                pid(),
                ProcessReader.ofThisMachine().startTicks(pid()),
                List.of(range),
                new AffinityPinning(pid()));
    }

    /** Sends a request and returns its answer. */
    String ask(String request) throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).append(request).append('\n').flush();
        return String.valueOf(answers.readLine());
    }

    /** How many words are not what was written. */
    long badWords() throws IOException {
        String answer = ask("sum");
        assertThat(answer).startsWith("sum bad=");
        return Long.parseLong(answer.substring(8));
    }

    /** Ends it now, as a crash does. */
    void kill() {
        process.destroyForcibly();
        try {
            // Also run where there is no AssertJ.
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + process.pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
