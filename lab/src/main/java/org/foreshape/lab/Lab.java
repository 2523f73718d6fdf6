package org.foreshape.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the lab needs of a machine, and where its guest image lies. All methods may be called from
 * any thread.
 */
public final class Lab {
    /**
     * Environment variable: "1" turns a lab that is not there from a reason to skip into a failure.
     */
    public static final String REQUIRED = "FORESHAPE_LAB_REQUIRED";

    /** Environment variable: the folder of the guest image. */
    public static final String FOLDER = "FORESHAPE_LAB_DIR";

    private static final String PREPARE = "; run lab/prepare";

    private Lab() {}

    /**
     * Says what this machine lacks for a private libvirtd with guests.
     *
     * @return one sentence each, with the cure; empty: guests can be started
     */
    public static List<String> prerequisites() {
        var missing = new ArrayList<String>();
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            missing.add("the lab's guests need Linux on x86-64");
            return missing;
        }
        programs(missing);
        user(missing);
        namespace(missing);
        image(missing);
        return missing;
    }

    /**
     * Says why tests with guests are to be skipped here. A test prints the reason and skips.
     *
     * @return the reason; empty: run them
     * @throws LabException where something is missing, but the environment says that the lab is
     *     required
     */
    public static Optional<String> reasonToSkip() {
        List<String> missing = prerequisites();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        String reason = "no real guests here: " + String.join("; ", missing);
        if ("1".equals(System.getenv(REQUIRED))) {
            throw new LabException(reason + " (" + REQUIRED + "=1 forbids to skip)");
        }
        return Optional.of(reason);
    }

    /**
     * The folder of the guest image: {@value #FOLDER}, else {@code foreshape/lab} in the user's
     * cache.
     *
     * @return an absolute path; nothing need be there
     */
    public static Path imageFolder() {
        String folder = System.getenv(FOLDER);
        if (folder != null && !folder.isEmpty()) {
            return Path.of(folder).toAbsolutePath();
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
        Path base =
                cache != null && !cache.isEmpty()
                        ? Path.of(cache)
                        : Path.of(home).resolve(".cache");
        return base.resolve("foreshape/lab").toAbsolutePath();
    }

    private static void programs(List<String> missing) {
        for (String program :
                List.of(
                        "bash",
                        "mount",
                        "setsid",
                        "unshare",
                        "libvirtd",
                        "virsh",
                        "qemu-system-x86_64")) {
            if (Processes.find(program).isEmpty()) {
                missing.add(program + " is not installed; apt-get install $(cat lab/packages)");
            }
        }
        boolean driver =
                Stream.of("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
                        .map(lib -> lib + "/libvirt/connection-driver/libvirt_driver_qemu.so")
                        .anyMatch(file -> Files.exists(Path.of(file)));
        if (!driver) {
            missing.add(
                    "libvirt's QEMU driver is not installed; apt-get install $(cat lab/packages)");
        }
    }

    /**
     * Debian's libvirtd looks its default user up even where the configuration names another, and
     * fails without it.
     */
    private static void user(List<String> missing) {
        try {
            if (Files.exists(Path.of("/etc/debian_version"))
                    && Files.readAllLines(Path.of("/etc/passwd")).stream()
                            .noneMatch(line -> line.startsWith("libvirt-qemu:"))) {
                missing.add("there is no user libvirt-qemu; apt-get install libvirt-daemon-system");
            }
        } catch (IOException e) {
            missing.add("/etc/passwd cannot be read: " + e);
        }
    }

    private static void namespace(List<String> missing) {
        if (Processes.find("unshare").isEmpty()) {
            return;
        }
        Processes.Output tried =
                Processes.run(
                        List.of("unshare", "-m", "--propagation", "private", "true"),
                        Duration.ofSeconds(20));
        if (tried.exitStatus() != 0) {
            missing.add(
                    "no private mount namespace can be made ("
                            + tried.stderr().trim()
                            + "); run as root with CAP_SYS_ADMIN");
        }
    }

    private static void image(List<String> missing) {
        String root = System.getProperty("foreshape.root");
        Path sources = root == null ? null : Path.of(root, "lab");
        imageLack(
                        imageFolder(),
                        sources != null && Files.isDirectory(sources.resolve("guest"))
                                ? sources
                                : null)
                .ifPresent(missing::add);
    }

    /**
     * Says what is wrong with the image in a folder; sources are compared with it where they are
     * given.
     */
    static Optional<String> imageLack(Path folder, @Nullable Path sources) {
        for (String name : List.of("vmlinuz", "initrd.gz", "stamp")) {
            if (!Files.isReadable(folder.resolve(name))) {
                return Optional.of("no guest image in " + folder + " (" + name + ")" + PREPARE);
            }
        }
        try {
            String built = Files.readString(folder.resolve("stamp")).lines().findFirst().orElse("");
            if (sources != null && !built.equals(sourcesHash(sources))) {
                return Optional.of(
                        "the guest image in " + folder + " is not of these sources" + PREPARE);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("the guest image in " + folder + " is unreadable: " + e + PREPARE);
        }
    }

    /** The same hash as in lab/prepare: over these files, one after the other. */
    private static String sourcesHash(Path lab) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String name : List.of("prepare", "guest/init", "guest/memw.c")) {
                digest.update(Files.readAllBytes(lab.resolve(name)));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
