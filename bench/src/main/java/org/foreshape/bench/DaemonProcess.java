package org.foreshape.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A real `foreshape run` beside this process, with a configuration of its own. */
final class DaemonProcess implements AutoCloseable {
    private static final long START_LIMIT_S = 60;
    private static final long STOP_LIMIT_S = 20;

    private final Path folder;
    private final Process process;

    private DaemonProcess(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /**
     * Starts a daemon that enforces on every guest of a libvirt, and waits for its control socket.
     *
     * @param folder where configuration, journal, socket and log go
     */
    static DaemonProcess start(Path folder, String uri, long budgetMib) {
        Path config = folder.resolve("foreshape.yaml");
        Path socket = folder.resolve("control.sock");
        String yaml =
                """
                hypervisor:
                  uri: "%s"
                  vm-count-max: 16
                host:
                  budget: %d MiB
                journal:
                  directory: "%s"
                control:
                  socket: "%s"
                policy:
                  mode: enforce
                  floor-mib: 256
                """
                        .formatted(uri, budgetMib, folder.resolve("journal"), socket);
        try {
            Files.writeString(config, yaml);
            List<String> command = new ArrayList<>(javaCommand());
            command.addAll(List.of("run", "--config", config.toString()));
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("daemon.log").toFile())
                            .start();
            DaemonProcess daemon = new DaemonProcess(folder, process);
            daemon.awaitSocket(socket);
            return daemon;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a daemon in " + folder, e);
        }
    }

    /** The command line of the daemon's main class, on the path of this process. */
    static List<String> javaCommand() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument :
                java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // The module path is given below; heap and native access are those of this process.
            if (!argument.startsWith("--module-path") && !argument.startsWith("-Djdk.module")) {
                command.add(argument);
            }
        }
        command.add("--module-path");
        command.add(System.getProperty("jdk.module.path"));
        command.add("-m");
        command.add("org.foreshape.daemon/org.foreshape.daemon.Main");
        return command;
    }

    private void awaitSocket(Path socket) throws IOException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_LIMIT_S);
        while (!Files.exists(socket)) {
            if (!process.isAlive() || System.nanoTime() > deadlineNs) {
                String log = log();
                close();
                throw new IllegalStateException("the daemon did not start; it said:\n" + log);
            }
            sleep(50);
        }
    }

    /** Runs one of the product's commands against this daemon; throws when it does not end well. */
    void command(String... arguments) {
        List<String> command = new ArrayList<>(javaCommand());
        command.addAll(List.of(arguments));
        command.addAll(List.of("--config", folder.resolve("foreshape.yaml").toString()));
        try {
            Process client =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(
                                    ProcessBuilder.Redirect.appendTo(
                                            folder.resolve("commands.log").toFile()))
                            .start();
            if (client.waitFor() != 0) {
                throw new IllegalStateException(
                        String.join(" ", arguments)
                                + " failed:\n"
                                + Files.readString(folder.resolve("commands.log")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** What it has said so far. */
    String log() throws IOException {
        return Files.readString(folder.resolve("daemon.log"));
    }

    /** Its journal. */
    Path journal() {
        return folder.resolve("journal");
    }

    /** Waits; an interruption ends the benchmark. */
    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "daemon %d in %s", process.pid(), folder);
    }
}
