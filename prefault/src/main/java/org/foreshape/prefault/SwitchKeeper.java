package org.foreshape.prefault;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A child process that puts a file back when this process ends, however it ends: it reads a pipe
 * from us, remembers the last line, and at the end of the pipe writes that line to the file. An
 * empty line means that nothing is to be put back.
 *
 * <p>What is written to the pipe before our death is read after it, so the order "tell the keeper,
 * then change the file" has no gap. The keeper has a session of its own and ignores the signals
 * that end a terminal or a service; only SIGKILL of both at once would leave the file changed.
 *
 * <p>Not for several threads.
 */
final class SwitchKeeper implements AutoCloseable {
    private static final String SCRIPT =
            """
            trap '' HUP INT TERM PIPE
            old=
            while IFS= read -r line; do old=$line; done
            if [ -n "$old" ]; then printf %s "$old" > "$1"; fi
            """;
    private static final long STOP_LIMIT_S = 5;

    private final Path file;
    private @Nullable Process process;

    SwitchKeeper(Path file) {
        this.file = file;
    }

    /**
     * Has the keeper put the file back should we die from now on. Starts it where it does not run.
     *
     * @param old one line, not empty
     * @throws IOException it cannot be started; the file must not be changed then
     */
    void arm(String old) throws IOException {
        Process running = process;
        if (running == null || !running.isAlive()) {
            running =
                    new ProcessBuilder(
                                    "setsid", "sh", "-c", SCRIPT, "switch-keeper", file.toString())
                            .directory(Path.of("/").toFile())
                            .redirectOutput(Redirect.DISCARD)
                            .redirectError(Redirect.DISCARD)
                            .start();
            process = running;
        }
        tell(running, old);
        if (!running.isAlive()) {
            throw new IOException("the keeper of " + file + " ended; is there a setsid and an sh?");
        }
    }

    /** The file is as it was: nothing is to be put back. */
    void disarm() throws IOException {
        Process running = process;
        if (running != null) {
            tell(running, "");
        }
    }

    /** The keeper's process, for tests; null when it was never needed. */
    @Nullable ProcessHandle handle() {
        Process running = process;
        return running == null ? null : running.toHandle();
    }

    /** Ends the pipe, and so the keeper, which puts the file back first when it is armed. */
    @Override
    public void close() {
        Process running = process;
        process = null;
        if (running == null) {
            return;
        }
        try {
            running.getOutputStream().close();
            // An armed keeper has a file to write yet: it is waited for and never killed.
            running.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS);
        } catch (IOException e) {
            // The pipe is closed all the same, and the keeper ends by itself.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void tell(Process running, String line) throws IOException {
        OutputStream pipe = running.getOutputStream();
        pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        pipe.flush();
    }
}
