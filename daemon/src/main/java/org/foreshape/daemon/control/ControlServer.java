package org.foreshape.daemon.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's end of the control socket: HTTP over a unix socket that only its owner may open.
 *
 * <p>A socket file that a dead daemon left is replaced; one that a living daemon answers on is
 * refused. The socket is bound inside a private folder and moved to its place once its mode is
 * 0600, so that at no moment anybody else could connect.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ControlServer.class.getName());
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_FOLDER =
            PosixFilePermissions.fromString("rwx------");
    private static final int THREADS_MAX = 8;

    /** Longer than any answer takes; a restore waits for guests to give back. */
    private static final long IDLE_LIMIT_MS = 90_000;

    private final Path socket;
    private final ControlTarget target;
    private @Nullable Server server;

    /** A server that will answer for the target on a socket path. */
    public ControlServer(Path socket, ControlTarget target) {
        this.socket = socket.toAbsolutePath();
        this.target = target;
    }

    /**
     * Fails early when another daemon answers on the path, before anything else is opened.
     *
     * @throws Failure (missing) when another daemon answers, or the path cannot be used
     */
    public static void checkFree(Path socket) {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.isRegularFile(socket) || Files.isDirectory(socket)) {
            throw Failure.usage("control.socket " + socket + " is not a socket; name another path");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return; // Nobody listens: a dead daemon left it.
        }
        throw Failure.missing(
                "another foreshape daemon answers on "
                        + socket
                        + "; stop it (SIGTERM), or give this one its own control.socket and"
                        + " journal.directory");
    }

    /**
     * Opens the socket and starts to answer.
     *
     * @throws Failure (missing) when it cannot
     */
    public void open() {
        checkFree(socket);
        Path parent = Objects.requireNonNull(socket.getParent(), "a socket lies in a folder");
        Path folder = parent.resolve(".fs-" + ProcessHandle.current().pid());
        Path bound = folder.resolve("s");
        Server created = newServer(bound);
        try {
            if (!Files.exists(parent)) {
                Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(OWNER_FOLDER));
            }
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_FOLDER));
            created.start();
            Files.setPosixFilePermissions(bound, OWNER_ONLY);
            Files.move(bound, socket, StandardCopyOption.ATOMIC_MOVE);
            server = created;
        } catch (Exception e) {
            stop(created);
            throw Failure.missing(
                    "cannot open the control socket "
                            + socket
                            + " ("
                            + e
                            + "); check that its folder can be written, or set control.socket",
                    e);
        } finally {
            deleteQuietly(bound);
            deleteQuietly(folder);
        }
    }

    private Server newServer(Path bound) {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS_MAX, 1);
        threads.setName("foreshape-control");
        threads.setDaemon(true);
        Server created = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        // Paths are compared as they are and never reach a file system.
        http.setUriCompliance(UriCompliance.UNSAFE);
        UnixDomainServerConnector connector =
                new UnixDomainServerConnector(created, 1, 1, new HttpConnectionFactory(http));
        connector.setUnixDomainPath(bound);
        connector.setIdleTimeout(IDLE_LIMIT_MS);
        created.addConnector(connector);
        created.setHandler(new ControlHandler(target));
        created.setStopTimeout(0);
        return created;
    }

    /** Stops to answer and removes the socket. Idempotent. */
    @Override
    public void close() {
        Server running = server;
        server = null;
        if (running != null) {
            deleteQuietly(socket);
            stop(running);
        }
    }

    private static void stop(Server server) {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.log(Level.WARNING, "the control socket did not stop cleanly", e);
        }
    }

    private static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "cannot remove {0}: {1}", new Object[] {path, e});
        }
    }
}
