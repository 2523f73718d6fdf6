package org.foreshape.prefault.pages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A page server in a process of its own, so that a test can kill it. */
final class ServerProcess implements AutoCloseable {
    private final Process process;

    private ServerProcess(Process process) {
        this.process = process;
    }

    /** Its entry: socket, memory file, keeper socket. */
    public static void main(String[] args) throws Exception {
        PageServerSettings settings =
                PageServerSettings.of(Path.of(args[0]), Path.of(args[1]))
                        .withKeeper(Path.of(args[2]))
                        .withPages(1, 64);
        try (PageServer server = PageServer.start(settings)) {
            System.out.println("up");
            while (System.in.read() >= 0) {
                System.out.println(server.reports());
            }
        }
    }

    static ServerProcess start(PageServerSettings settings) throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx64m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ServerProcess.class.getName(),
                                settings.socket().toString(),
                                settings.memoryFile().toString(),
                                String.valueOf(settings.keeperSocket()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String line = process.inputReader().readLine();
        if (!"up".equals(line)) {
            process.destroyForcibly();
            throw new IOException("the server did not start: " + line);
        }
        return new ServerProcess(process);
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
