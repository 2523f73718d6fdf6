package org.foreshape.daemon.cli;

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

    /** The socket's path. */
    Path socketPath() {
        return socket != null
                ? socket.toAbsolutePath()
                : ConfigReader.read(config, Map.of(), Surroundings.ofThisProcess()).controlSocket();
    }
}
