package org.foreshape.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Small helpers around processes of this machine, by pid only. */
final class Processes {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private Processes() {}

    /** What a finished program said. */
    record Output(int exitStatus, String stdout, String stderr) {}

    /**
     * Runs a program to its end. Its output goes through files, so that neither a full pipe nor a
     * grandchild that keeps it open can hold us up.
     *
     * @throws LabTimeoutException when it did not end within the limit; it has been ended then
     */
    static Output run(List<String> command, Duration limit) {
        try {
            Path out = Files.createTempFile("foreshape-lab", ".out");
            Path err = Files.createTempFile("foreshape-lab", ".err");
            try {
                var builder = new ProcessBuilder(command);
                builder.environment().put("LC_ALL", "C");
                builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
                builder.redirectOutput(out.toFile()).redirectError(err.toFile());
                Process process = builder.start();
                if (!waitFor(process, limit)) {
                    throw new LabTimeoutException(
                            "'"
                                    + String.join(" ", command)
                                    + "' did not end within "
                                    + limit.toMillis()
                                    + " ms");
                }
                return new Output(
                        process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new LabException("cannot run '" + command.getFirst() + "'", e);
        }
    }

    /**
     * Waits for a child; one that is late is ended, and false returned. An interrupt ends it too.
     */
    static boolean waitFor(Process process, Duration limit) {
        try {
            if (process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        return false;
    }

    /**
     * Says whether a process runs. A dead one that its parent has not collected yet does not; one
     * whose first thread is dead while others still give its memory back does.
     */
    static boolean isAlive(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            // The state follows the command's name, which stands in brackets and may hold any
            // character.
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            if (state != 'Z' && state != 'X') {
                return true;
            }
            try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
                return threads.count() > 1;
            }
        } catch (IOException e) {
            return false;
        }
    }

    /** Reads a pid file; empty where it is absent or names a process that does not run. */
    static Optional<ProcessHandle> fromPidFile(Path file) {
        try {
            String text = Files.readString(file).trim();
            return text.isEmpty()
                    ? Optional.empty()
                    : ProcessHandle.of(Long.parseLong(text)).filter(Processes::isAlive);
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Waits until the condition holds; false when it does not within the limit or the thread is
     * interrupted.
     */
    static boolean await(Duration limit, BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > limit.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    /** Finds a program on the search path, also in the folders that only root has on it. */
    static Optional<Path> find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
        return Arrays.stream(path.split(":", -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
