package org.foreshape.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The process that holds a libvirtd's private mount namespace; see {@code keeper.sh}. It ends, and
 * takes everything in the namespace with it, when this process does, even by a kill that runs no
 * hook. Not for several threads.
 */
final class Keeper {
    private static final String END = "\0end";

    private final Process process;
    private final OutputStream requests;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Keeper(Process process) {
        this.process = process;
        this.requests = process.getOutputStream();
    }

    /**
     * Starts a keeper, and returns when its namespace stands. An own folder is deleted in the end,
     * another only emptied.
     */
    static Keeper start(Path folder, boolean ownFolder, String prefix, Path capabilities) {
        Process process;
        try {
            // A session of its own: an interrupt typed at the terminal must not end it before its
            // guests.
            process =
                    new ProcessBuilder(
                                    "setsid",
                                    "unshare",
                                    "-m",
                                    "--propagation",
                                    "private",
                                    "bash",
                                    "-c",
                                    script(),
                                    "keeper",
                                    folder.toString(),
                                    prefix,
                                    capabilities.toString(),
                                    Boolean.toString(ownFolder))
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            throw new LabException("cannot start a private mount namespace", e);
        }
        var keeper = new Keeper(process);
        Thread.ofPlatform().daemon().name("lab-keeper").start(keeper::read);
        try {
            keeper.awaitAnswer("make the namespace", Duration.ofSeconds(30));
        } catch (LabException e) {
            process.destroyForcibly();
            throw e;
        }
        return keeper;
    }

    /** Asks for one thing and waits until it is done. */
    void request(String request, Duration limit) {
        try {
            requests.write((request + "\n").getBytes(StandardCharsets.UTF_8));
            requests.flush();
        } catch (IOException e) {
            throw new LabException("the keeper of the namespace is gone", e);
        }
        awaitAnswer(request, limit);
    }

    /** A path as the processes in the namespace see it. */
    Path inside(String path) {
        return Path.of("/proc/" + process.pid() + "/root" + path);
    }

    /** Lets the keeper end everything in its namespace; false when it did not within the limit. */
    boolean close(Duration limit) {
        try {
            requests.close();
        } catch (IOException e) {
            // The keeper is gone already, and so has read the end of its input.
        }
        return Processes.waitFor(process, limit);
    }

    private void awaitAnswer(String request, Duration limit) {
        var said = new StringBuilder();
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (true) {
            String line = next(deadlineNs - System.nanoTime());
            if (line == null) {
                throw new LabTimeoutException(
                        "could not " + request + " within " + limit.toSeconds() + " s: " + said);
            } else if (line.equals("rc=0")) {
                return;
            } else if (line.equals(END) || line.startsWith("rc=")) {
                throw new LabException("could not " + request + ": " + said);
            }
            said.append(line).append('\n');
        }
    }

    private @Nullable String next(long waitNs) {
        try {
            return lines.poll(Math.max(0, waitNs), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add(e.toString());
        }
        lines.add(END);
    }

    private static String script() throws IOException {
        try (InputStream in = Keeper.class.getResourceAsStream("keeper.sh")) {
            if (in == null) {
                throw new IOException("keeper.sh is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
