package org.foreshape.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A real {@code foreshape run} in a process of its own, and the commands that speak to it. */
final class DaemonUnderTest implements AutoCloseable {
    private final Path folder;
    private final Process process;
    private final Path log;

    private DaemonUnderTest(Path folder, Process process, Path log) {
        this.folder = folder;
        this.process = process;
        this.log = log;
    }

    /** Starts it and waits until its socket answers. Journal and socket lie in the folder. */
    static DaemonUnderTest start(Path folder, String yaml, int run) throws IOException {
        Path config = folder.resolve("foreshape.yaml");
        Files.writeString(config, yaml);
        Path log = folder.resolve("daemon-" + run + ".log");
        List<String> command = javaCommand();
        command.addAll(List.of("run", "--config", config.toString()));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        DaemonUnderTest daemon = new DaemonUnderTest(folder, process, log);
        await(
                "the daemon's socket answers",
                Duration.ofSeconds(90),
                () -> !process.isAlive() || answers(folder.resolve("c.sock")));
        assertThat(process.isAlive()).as("the daemon runs; it said:%n%s", daemon.log()).isTrue();
        return daemon;
    }

    /** Whether somebody takes calls there: cheaper than a command, which is a JVM of its own. */
    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    /** What a command said, and its exit status. */
    record Answer(int status, String text) {}

    /** Runs a command of the same product against this daemon's configuration. */
    Answer command(String... arguments) {
        try {
            List<String> command = javaCommand();
            command.addAll(List.of(arguments));
            command.addAll(List.of("--config", folder.resolve("foreshape.yaml").toString()));
            Path output = Files.createTempFile(folder, "answer", ".txt");
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            try {
                assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            return new Answer(process.exitValue(), Files.readString(output));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static List<String> javaCommand() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument :
                java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("--add-")
                    || argument.startsWith("--enable-native")
                    || argument.startsWith("--sun-misc")
                    || argument.startsWith("-Dchronicle")) {
                command.add(argument);
            }
        }
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add("org.foreshape.daemon.Main");
        return command;
    }

    /** Whether its process is there. */
    boolean isAlive() {
        return process.isAlive();
    }

    /** All it has said. */
    String log() throws IOException {
        return Files.readString(log);
    }

    /** Ends it at once, as a crash would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    /** Asks it to end, and returns how long it took, in milliseconds. */
    long terminate() throws InterruptedException {
        long startNs = System.nanoTime();
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends on SIGTERM").isTrue();
        return (System.nanoTime() - startNs) / 1_000_000;
    }

    /** Waits until it holds, or fails with the words. */
    static void await(String what, Duration limit, BooleanSupplier holds) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("within %s: %s", limit, what).isLessThan(deadlineNs);
            try {
                TimeUnit.MILLISECONDS.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
