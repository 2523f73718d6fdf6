package org.foreshape.prefault.pages;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.Poller;
import org.foreshape.nativebindings.linux.UnixSocket;

/**
 * A server's side of the keeper: starts it when none listens, gives it descriptors to hold, and
 * gives them anew to another one when it dies. Any thread; off the way of faults.
 */
final class Keeper implements AutoCloseable {
    /** What a keeper holds for a server that is gone. */
    record Kept(long id, List<Descriptor> descriptors) {}

    private static final int START_MS = 20_000;
    private static final int ANSWER_MS = 5_000;
    private static final int RETRY_MS = 20;

    private final Path path;
    private final Map<Long, List<Descriptor>> held = new LinkedHashMap<>();
    private UnixSocket connection;

    private Keeper(Path path, UnixSocket connection) {
        this.path = path;
        this.connection = connection;
    }

    /**
     * Connects, starting a keeper when none listens.
     *
     * @throws IOException it does not start, or another server is connected to it
     */
    static Keeper open(Path path) throws IOException {
        return new Keeper(path, connect(path));
    }

    /** What is held for a server before this one; the caller owns the descriptors. */
    synchronized List<Kept> takeAll() throws IOException {
        KeeperMessage.send(connection, KeeperMessage.LIST, 0, List.of());
        List<Kept> all = new ArrayList<>();
        while (true) {
            KeeperMessage message = await(connection);
            switch (message.kind()) {
                case KeeperMessage.HELD -> {
                    all.add(new Kept(message.id(), message.descriptors()));
                    held.put(message.id(), message.descriptors());
                }
                case KeeperMessage.END -> {
                    return all;
                }
                default -> throw new IOException("unknown packet " + message.kind());
            }
        }
    }

    /**
     * Gives descriptors to hold; they stay the caller's, open until {@link #drop} or {@link
     * #close}.
     */
    synchronized void hold(long id, List<Descriptor> descriptors) throws IOException {
        held.put(id, List.copyOf(descriptors));
        try {
            KeeperMessage.send(connection, KeeperMessage.HOLD, id, descriptors);
        } catch (LinuxException gone) {
            reopen();
        }
    }

    /** Has it let go: the guest is gone, or needs nobody any more. */
    synchronized void drop(long id) {
        held.remove(id);
        try {
            KeeperMessage.send(connection, KeeperMessage.DROP, id, List.of());
        } catch (LinuxException gone) {
            // Then it holds nothing; whoever holds next, or the tick, starts another.
        }
    }

    /** Starts another keeper when this one has died; true when that was needed. */
    synchronized boolean repair() throws IOException {
        try (Poller poller = Poller.of(connection.descriptor())) {
            if (poller.await(0) == 0) {
                return false;
            }
        }
        reopen();
        return true;
    }

    /** Disconnects; the keeper goes on holding. */
    @Override
    public synchronized void close() {
        connection.close();
    }

    private void reopen() throws IOException {
        connection.close();
        connection = connect(path);
        for (Map.Entry<Long, List<Descriptor>> entry : held.entrySet()) {
            KeeperMessage.send(connection, KeeperMessage.HOLD, entry.getKey(), entry.getValue());
        }
    }

    private static KeeperMessage await(UnixSocket connection) throws IOException {
        try (Poller poller = Poller.of(connection.descriptor())) {
            if (poller.await(ANSWER_MS) == 0) {
                throw new IOException("the keeper does not answer");
            }
        }
        return KeeperMessage.receive(connection);
    }

    private static UnixSocket connect(Path path) throws IOException {
        Process started = null;
        long endNs = System.nanoTime() + START_MS * 1_000_000L;
        while (true) {
            try {
                return greeted(path, UnixSocket.connect(path, UnixSocket.Kind.PACKETS));
            } catch (LinuxException nobody) {
                boolean absent =
                        nobody.errno() == Errno.ENOENT || nobody.symbol().equals("ECONNREFUSED");
                boolean dead = started != null && !started.isAlive();
                if (!absent || dead || System.nanoTime() - endNs > 0) {
                    throw new IOException("no keeper at " + path, nobody);
                }
            }
            if (started == null) {
                started = start(path);
            }
            sleep();
        }
    }

    private static UnixSocket greeted(Path path, UnixSocket connection) throws IOException {
        try {
            int greeting = await(connection).kind();
            if (greeting == KeeperMessage.BUSY) {
                throw new IOException("another page server is connected to the keeper " + path);
            }
            if (greeting != KeeperMessage.WELCOME) {
                throw new IOException(
                        "the keeper %s is of another version: 0x%x".formatted(path, greeting));
            }
            return connection;
        } catch (IOException | RuntimeException refused) {
            connection.close();
            throw refused;
        }
    }

    private static void sleep() throws IOException {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the keeper was starting", stop);
        }
    }

    /** The same Java and the same code as this process, with as little memory as it runs in. */
    private static Process start(Path path) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xmx16m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-Xshare:auto"));
        String main = KeeperMain.class.getName();
        Module module = KeeperMain.class.getModule();
        if (module.isNamed()) {
            command.add("--enable-native-access=org.foreshape.nativebindings");
            command.add("--module-path");
            command.add(absolute(System.getProperty("jdk.module.path", "")));
            command.add("-m");
            command.add(module.getName() + "/" + main);
        } else {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("-cp");
            command.add(absolute(System.getProperty("java.class.path")));
            command.add(main);
        }
        command.add(path.toAbsolutePath().toString());
        return new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** The keeper runs in the root folder, so as not to keep another one from being unmounted. */
    private static String absolute(String path) {
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
