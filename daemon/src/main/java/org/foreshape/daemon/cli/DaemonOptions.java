package org.foreshape.daemon.cli;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.ControlClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command finds the daemon: by its socket, or by the configuration that names it. */
final class DaemonOptions {
    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "The daemon's control socket; else the configuration's.")
    @Nullable Path socket;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The daemon's configuration file; else the default one, if it exists.")
    @Nullable Path config;

    /** Connects; the caller closes. */
    ControlClient connect() {
        return ControlClient.open(socketPath());
    }

    /**
     * Whether a daemon takes calls there. One whose socket this user may not open counts too:
     * {@link #connect} says so.
     */
    boolean isRunning() {
        Path path = socketPath();
        if (!Files.exists(path)) {
            return false;
        }
        if (!Files.isReadable(path) || !Files.isWritable(path)) {
            return true;
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return probe.isConnected();
        } catch (IOException e) {
            return false; // A dead daemon left it.
        }
    }

    /** The socket's path. */
    Path socketPath() {
        return socket != null
                ? socket.toAbsolutePath()
                : ConfigReader.read(config, Map.of(), Surroundings.ofThisProcess()).controlSocket();
    }
}
