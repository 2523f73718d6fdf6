package org.foreshape.daemon.config;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the defaults depend on: who runs the process, and where that user keeps files.
 *
 * @param root whether the process runs as root
 * @param home the user's home directory
 * @param environment environment variables (the XDG ones count)
 */
public record Surroundings(boolean root, Path home, Map<String, String> environment) {
    private static final Path ROOT_CONFIG = Path.of("/etc/foreshape/foreshape.yaml");
    private static final String ROOT_JOURNAL = "/var/lib/foreshape/journal";
    private static final String ROOT_SOCKET = "/run/foreshape/control.sock";

    /** Those of this process. */
    public static Surroundings ofThisProcess() {
        return new Surroundings(
                "root".equals(System.getProperty("user.name")),
                Path.of(System.getProperty("user.home", "/")),
                System.getenv());
    }

    /** The default of a key, which for paths depends on the user. */
    String defaultOf(ConfigKey key) {
        return switch (key) {
            case JOURNAL_DIRECTORY ->
                    root
                            ? ROOT_JOURNAL
                            : xdg("XDG_STATE_HOME", ".local/state", "journal").toString();
            case CONTROL_SOCKET -> root ? ROOT_SOCKET : userSocket().toString();
            default -> key.defaultText();
        };
    }

    /** The configuration file that is read when none is named, if it exists. */
    public Path configFile() {
        return root ? ROOT_CONFIG : xdg("XDG_CONFIG_HOME", ".config", "foreshape.yaml");
    }

    private Path userSocket() {
        String runtime = variable("XDG_RUNTIME_DIR");
        return runtime != null
                ? Path.of(runtime, "foreshape", "control.sock")
                : xdg("XDG_STATE_HOME", ".local/state", "control.sock");
    }

    private Path xdg(String variable, String underHome, String name) {
        String base = variable(variable);
        Path folder = base != null ? Path.of(base) : home.resolve(underHome);
        return folder.resolve("foreshape").resolve(name);
    }

    /** The XDG rule: a variable that is empty or not absolute counts as not set. */
    private @Nullable String variable(String name) {
        String value = environment.get(name);
        return value != null && value.startsWith("/") ? value : null;
    }
}
