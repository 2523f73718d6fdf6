package org.foreshape.prefault.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The C program that stands in for a VMM: started, told what to touch, and ended by the test. */
final class UffdClient implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/test/c/uffd_client.c");
    private static final long ANSWER_S = 60;

    private final Process process;
    private final BufferedReader answers;
    private final OutputStream orders;

    private UffdClient(Process process) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.orders = process.getOutputStream();
    }

    /** Compiles the program. */
    static Path compile(Path folder) throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/gcc")),
                "skipped: no gcc (apt-get install gcc libc6-dev)");
        assumeTrue(
                PageServer.whyUnavailable().isEmpty(),
                () -> "skipped: " + PageServer.whyUnavailable().orElse(""));
        Path binary = folder.resolve("uffd_client");
        Process gcc =
                new ProcessBuilder(
                                "gcc",
                                "-O2",
                                "-Wall",
                                "-Werror",
                                "-o",
                                binary.toString(),
                                SOURCE.toString(),
                                "-lpthread")
                        .redirectErrorStream(true)
                        .start();
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(gcc.waitFor()).as(output).isZero();
        return binary;
    }

    /** Writes a memory file with the pattern that the program expects. */
    static Path writeSnapshot(Path file, int mib) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(mib << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (int page = 0; page < mib * 256; page++) {
            for (int word = 0; word < 512; word++) {
                bytes.putLong((page + 1) * 0x9E3779B97F4A7C15L + word * 0xC2B2AE3D27D4EB4FL);
            }
        }
        return Files.write(file, bytes.array());
    }

    /** Starts it; options as {@code --name value}. */
    static UffdClient start(Path binary, Path socket, Object... options) throws IOException {
        return start(List.of(), binary, socket, options);
    }

    static UffdClient start(List<String> wrapper, Path binary, Path socket, Object... options)
            throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(binary.toString(), "--socket", socket.toString()));
        for (Object option : options) {
            command.add(option.toString());
        }
        return new UffdClient(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    long pid() {
        return process.pid();
    }

    /** The next line it says. */
    String answer() throws Exception {
        return await(CompletableFuture.supplyAsync(this::readLine), ANSWER_S, TimeUnit.SECONDS);
    }

    /** Orders something and waits for the answer. */
    String order(String line) throws Exception {
        tell(line);
        return answer();
    }

    void tell(String line) throws IOException {
        orders.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        orders.flush();
    }

    /** A line that is still to come. */
    CompletableFuture<String> laterAnswer() {
        return CompletableFuture.supplyAsync(this::readLine);
    }

    static String await(CompletableFuture<String> line, long limit, TimeUnit unit)
            throws Exception {
        try {
            return line.get(limit, unit);
        } catch (TimeoutException late) {
            throw new AssertionError("no answer within " + limit + " " + unit, late);
        }
    }

    /** Kills it, as the kernel kills a VMM. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private String readLine() {
        try {
            return String.valueOf(answers.readLine());
        } catch (IOException ended) {
            return "ended: " + ended.getMessage();
        }
    }
}
