package org.foreshape.daemon.models;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs one helper process after the other; whatever ends the wait ends the process too. */
final class HelperRun {
    private static final long END_WAIT_MS = 500;
    private static final int TAIL_BYTES = 4096;
    private static final int LINE_LENGTH_MAX = 400;

    private volatile @Nullable Process running;

    /**
     * Runs a command to its end; what it says is added to the log.
     *
     * @return its exit status
     * @throws IOException when it cannot be started
     * @throws InterruptedException when this thread is interrupted; the process is gone then
     */
    int run(List<String> command, Path log) throws IOException, InterruptedException {
        Process process =
                TrainerProcess.builder(command)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        running = process;
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
            awaitEnd(process);
            running = null;
        }
    }

    /** What it wrote is deleted next: it must not write on. */
    private static void awaitEnd(Process process) {
        boolean interrupted = Thread.interrupted();
        try {
            process.waitFor(END_WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process that runs, if any. Any thread. */
    void end() {
        Process process = running;
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** The last line that a log has, or "" when there is none. */
    static String lastLine(Path log) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] tail = new byte[(int) Math.min(file.length(), TAIL_BYTES)];
            file.seek(file.length() - tail.length);
            file.readFully(tail);
            String last =
                    new String(tail, StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.isBlank())
                            .reduce("", (before, line) -> line.strip());
            return last.length() > LINE_LENGTH_MAX ? last.substring(0, LINE_LENGTH_MAX) : last;
        } catch (IOException e) {
            return "";
        }
    }
}
