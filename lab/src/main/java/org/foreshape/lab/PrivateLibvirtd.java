package org.foreshape.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A libvirtd of our own, beside the machine's and unseen by it: in a private mount namespace, with
 * its own configuration, state and socket. Several may run at once; each gives its domains a prefix
 * of its own, because control groups are shared.
 *
 * <p>Guests outlive the daemon: {@link #stopDaemon()}, {@link #kill9()} and {@link #startDaemon()}
 * leave them running, as on a real hypervisor. {@link #close()} ends all, and so does the end of
 * this process. Methods may be called from any thread, but starting, stopping and closing not at
 * the same time.
 *
 * <p>Left behind are, where they were absent before, the empty folders {@code libvirt} of /run,
 * /var/lib, /var/cache, /var/log and /etc: another daemon may have mounted over them.
 */
public final class PrivateLibvirtd implements AutoCloseable {
    /**
     * A unix socket's path holds 107 bytes; the longest name that is put under the folder has about
     * 50.
     */
    private static final int FOLDER_LENGTH_MAX = 56;

    private static final Duration START_LIMIT = Duration.ofMinutes(1);
    private static final Duration PROBE_LIMIT = Duration.ofMinutes(3);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final Duration CALL_LIMIT = Duration.ofMinutes(1);

    private static final String QEMU_CONF =
            """
            user = "root"
            group = "root"
            dynamic_ownership = 0
            remember_owner = 0
            security_driver = "none"
            stdio_handler = "file"
            """;

    private final Path folder;
    private final String prefix;
    private final Keeper keeper;
    private final List<Guest> guests = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::end, "lab-exit");
    private boolean closed;

    private PrivateLibvirtd(Path folder, String prefix, Keeper keeper) {
        this.folder = folder;
        this.prefix = prefix;
        this.keeper = keeper;
    }

    /**
     * Starts a libvirtd in a new folder of the system's temporary folder.
     *
     * @return the running daemon, which answers
     * @throws LabException when it cannot; the message has its last words
     */
    public static PrivateLibvirtd start() {
        return start(Path.of(System.getProperty("java.io.tmpdir"), "fsl-" + token()));
    }

    /**
     * Starts a libvirtd.
     *
     * @param dir its folder, for sockets and logs; absent or empty, and short, at most 56 bytes.
     *     {@link #close()} empties it, and deletes it if it was absent
     * @return the running daemon, which answers
     * @throws LabException when it cannot; the message has its last words
     */
    public static PrivateLibvirtd start(Path dir) {
        Path folder = dir.toAbsolutePath().normalize();
        if (folder.toString().length() > FOLDER_LENGTH_MAX) {
            throw new LabException(
                    "the folder "
                            + folder
                            + " is too long for unix sockets; give one of at most "
                            + FOLDER_LENGTH_MAX
                            + " bytes");
        }
        boolean ownFolder = !Files.exists(folder);
        String prefix = "fs" + token();
        try {
            configure(folder);
        } catch (IOException e) {
            throw new LabException("cannot set up the folder " + folder, e);
        }
        Path capabilities = Lab.imageFolder().resolve("capabilities");
        Keeper keeper;
        try {
            keeper = Keeper.start(folder, ownFolder, prefix, capabilities);
        } catch (LabException e) {
            discard(folder, ownFolder);
            throw e;
        }
        var daemon = new PrivateLibvirtd(folder, prefix, keeper);
        Runtime.getRuntime().addShutdownHook(daemon.atExit);
        try {
            daemon.startDaemon();
            // The first question about the machine makes libvirtd probe QEMU, which takes seconds:
            // once, here.
            daemon.virsh(PROBE_LIMIT, "capabilities");
            keeper.request("save", START_LIMIT);
            return daemon;
        } catch (LabException e) {
            String log = daemon.log();
            daemon.close();
            throw new LabException("the private libvirtd did not start: " + log, e);
        }
    }

    /** Undoes {@link #configure(Path)} where there is no keeper that would. */
    private static void discard(Path folder, boolean ownFolder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (ownFolder || !path.equals(folder)) {
                    Files.delete(path);
                }
            }
        } catch (IOException e) {
            throw new LabException("something is left in " + folder, e);
        }
    }

    private static void configure(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new IOException("it is not empty");
            }
        }
        Files.createDirectories(folder.resolve("etc/qemu"));
        Files.createDirectories(folder.resolve("sock"));
        Files.writeString(folder.resolve("etc/qemu.conf"), QEMU_CONF);
        Files.writeString(
                folder.resolve("etc/libvirtd.conf"),
                """
                unix_sock_dir = "%1$s/sock"
                unix_sock_rw_perms = "0700"
                auth_unix_rw = "none"
                log_outputs = "3:file:%1$s/libvirtd.log"
                """
                        .formatted(folder));
    }

    /** The URI by which any libvirt client of this machine reaches the daemon. */
    public String uri() {
        return "qemu+unix:///system?socket=" + folder + "/sock/libvirt-sock";
    }

    /** The folder of its sockets and logs. */
    public Path folder() {
        return folder;
    }

    /** What the names of its domains begin with. */
    public String prefix() {
        return prefix;
    }

    /**
     * The guests it was asked for and that were not destroyed since, in the order of their
     * creation.
     */
    public List<Guest> guests() {
        return List.copyOf(guests);
    }

    /**
     * The daemon's process id.
     *
     * @throws LabException while it does not run
     */
    public long pid() {
        return process().orElseThrow(() -> new LabException("libvirtd does not run")).pid();
    }

    /** Whether the daemon runs. */
    public boolean isRunning() {
        return process().isPresent();
    }

    /**
     * Ends the daemon as an operator would, and waits for its end. Its guests run on. Nothing
     * happens if it does not run.
     */
    public void stopDaemon() {
        process().ifPresent(daemon -> end(daemon, daemon.destroy()));
    }

    /** Ends the daemon without a chance to clean up, and waits for its end. Its guests run on. */
    public void kill9() {
        process().ifPresent(daemon -> end(daemon, daemon.destroyForcibly()));
    }

    /**
     * Starts the daemon again after {@link #stopDaemon()} or {@link #kill9()}; it finds its guests.
     * Returns when it answers.
     *
     * @throws LabException when it runs already or cannot be started
     */
    public void startDaemon() {
        if (isRunning()) {
            throw new LabException("libvirtd runs already");
        }
        keeper.request("start", START_LIMIT);
        virsh(PROBE_LIMIT, "list", "--name");
    }

    /** Stops the daemon in order and starts it again. Its guests run on. */
    public void restart() {
        stopDaemon();
        startDaemon();
    }

    /**
     * Creates and starts a guest. It is booting then; {@link Guest#waitReady} waits for it.
     *
     * @param spec what it shall be
     * @return the guest
     * @throws LabException when libvirt refuses; the message has its words
     */
    public Guest create(GuestSpec spec) {
        Path image = Lab.imageFolder();
        Path emulator =
                Processes.find("qemu-system-x86_64")
                        .orElseThrow(() ->
                                new LabException(
                                        "no qemu-system-x86_64; apt-get install qemu-system-x86"));
        String domainName = prefix + "-" + spec.name();
        Path stem = folder.resolve(spec.name());
        Path xml = folder.resolve(spec.name() + ".xml");
        try {
            Files.writeString(xml, DomainXml.of(spec, domainName, emulator, image, stem));
        } catch (IOException e) {
            throw new LabException("cannot write " + xml, e);
        }
        virsh("create", xml.toString());
        ProcessHandle qemu =
                Processes.fromPidFile(keeper.inside("/run/libvirt/qemu/" + domainName + ".pid"))
                        .orElseThrow(() ->
                                new GuestGoneException(
                                        domainName + " ended at once: " + qemuLog(domainName)));
        var guest = new Guest(this, spec, domainName, stem, qemu);
        guests.add(guest);
        return guest;
    }

    /**
     * Runs virsh against this daemon, for at most a minute.
     *
     * @param arguments the command and its arguments
     * @return what it printed
     * @throws LabException when it fails; the message has its words
     */
    public String virsh(String... arguments) {
        return virsh(CALL_LIMIT, arguments);
    }

    /**
     * Runs virsh against this daemon.
     *
     * @param limit how long it may take
     * @param arguments the command and its arguments
     * @return what it printed
     * @throws LabException when it fails; the message has its words
     * @throws LabTimeoutException when it takes longer
     */
    public String virsh(Duration limit, String... arguments) {
        var command = new ArrayList<>(List.of("virsh", "-q", "-c", uri()));
        command.addAll(Arrays.asList(arguments));
        Processes.Output output = Processes.run(command, limit);
        if (output.exitStatus() != 0) {
            throw new LabException(
                    "virsh " + String.join(" ", arguments) + ": " + output.stderr().trim());
        }
        return output.stdout();
    }

    /**
     * What the daemon complained of so far. Words about dnsmasq, D-Bus and dmidecode mean nothing
     * here.
     */
    public String log() {
        try {
            Path file = folder.resolve("libvirtd.log");
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** What QEMU itself said about a domain of this daemon. */
    String qemuLog(String domainName) {
        try {
            return Files.readString(keeper.inside("/var/log/libvirt/qemu/" + domainName + ".log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Forgets a guest that has ended. */
    void forget(Guest guest) {
        guests.remove(guest);
    }

    /** Ends the guests and the daemon, and deletes their files. Nothing happens the second time. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending, and the hook does the same as we do.
        }
        end();
    }

    private synchronized void end() {
        if (closed) {
            return;
        }
        closed = true;
        destroyGuests();
        stopDaemon();
        if (!keeper.close(STOP_LIMIT.multipliedBy(2))) {
            throw new LabException("the keeper of the libvirtd in " + folder + " had to be killed");
        }
    }

    /** Side by side: libvirt waits for the end of each, which takes up to seconds. */
    private void destroyGuests() {
        List<Thread> threads = new ArrayList<>();
        for (Guest guest : guests) {
            threads.add(Thread.ofVirtual().name("lab-destroy").start(() -> destroyQuietly(guest)));
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void destroyQuietly(Guest guest) {
        try {
            guest.destroy();
        } catch (LabException e) {
            // The keeper ends whatever still runs.
        }
    }

    private Optional<ProcessHandle> process() {
        return Processes.fromPidFile(folder.resolve("libvirtd.pid"));
    }

    private static void end(ProcessHandle daemon, boolean asked) {
        if (!asked || !Processes.await(STOP_LIMIT, () -> !Processes.isAlive(daemon))) {
            throw new LabException("libvirtd " + daemon.pid() + " did not end");
        }
    }

    private static String token() {
        return String.format("%06x", new SecureRandom().nextInt(1 << 24));
    }
}
