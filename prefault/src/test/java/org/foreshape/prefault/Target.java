package org.foreshape.prefault;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A child process with memory of a kind, which proves that none of it changed; see target.c. */
final class Target implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final long start;
    private final long sizeBytes;

    private Target(Process process) throws IOException {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.US_ASCII);
        String line = answers.readLine();
        if (line == null || !line.startsWith("READY ")) {
            process.destroyForcibly();
            throw new IOException("the target did not start: " + line);
        }
        String[] words = line.split(" ", -1);
        this.start = Long.parseUnsignedLong(words[1], 16);
        this.sizeBytes = Long.parseLong(words[2]);
    }

    /** Compiles the target into a folder; skips the test where there is no compiler. */
    static Path compile(Path folder) {
        Path source = Path.of(System.getProperty("foreshape.root"), "prefault/src/test/c/target.c");
        Path binary = folder.resolve("target");
        try {
            Process gcc =
                    new ProcessBuilder(
                                    "gcc",
                                    "-O2",
                                    "-pthread",
                                    "-o",
                                    binary.toString(),
                                    source.toString())
                            .redirectErrorStream(true)
                            .start();
            String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assumeTrue(gcc.waitFor(60, TimeUnit.SECONDS), "skipped: gcc does not end");
            if (gcc.exitValue() != 0) {
                throw new IllegalStateException(output);
            }
            return binary;
        } catch (IOException e) {
            assumeTrue(false, "skipped: no gcc (apt-get install gcc libc6-dev)");
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static Target start(Path binary, String kind, int mib, String... more) throws IOException {
        return start(List.of(), binary, kind, mib, more);
    }

    /** The same, run by another command: with other rights. */
    static Target start(List<String> by, Path binary, String kind, int mib, String... more)
            throws IOException {
        List<String> command = new ArrayList<>(by);
        command.addAll(List.of(binary.toString(), kind, "" + mib));
        command.addAll(List.of(more));
        return new Target(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    int pid() {
        return (int) process.pid();
    }

    long start() {
        return start;
    }

    /** Its memory, found by its address. */
    RamRange ram() throws IOException {
        return RamFinder.at(pid(), start, sizeBytes).orElseThrow();
    }

    RangeMemory memory() throws IOException {
        return RangeMemory.read(pid(), start, start + sizeBytes);
    }

    long residentMib() throws IOException {
        RangeMemory memory = memory();
        return (memory.residentBytes() + memory.hugetlbBytes()) >> 20;
    }

    long hugeMib() throws IOException {
        return memory().hugeBytes() >> 20;
    }

    /** Sends a request and returns its answer. */
    String ask(String request) throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).append(request).append('\n').flush();
        String answer = answers.readLine();
        if (answer == null || answer.startsWith("error")) {
            throw new IOException("the target answered " + request + " with " + answer);
        }
        return answer;
    }

    /** Words that are not what was written. */
    long bad() throws IOException {
        return Long.parseLong(ask("check").split(" ", -1)[1]);
    }

    /** The same, and words that are not zero where nothing was written. */
    long badAnywhere() throws IOException {
        return Long.parseLong(ask("checkall").split(" ", -1)[1]);
    }

    /** Ends it as a crash would, and waits for its end. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        kill();
    }

    /** Whether this process may change the switches of huge pages. */
    static boolean isRoot() {
        return Files.isWritable(HostFacts.zeroPageSwitch(HostFacts.FOLDER));
    }
}
