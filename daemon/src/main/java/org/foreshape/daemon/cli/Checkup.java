package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.engine.EnginePriority;
import org.foreshape.daemon.engine.ModelSource;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.nativebindings.libvirt.LibvirtLibrary;
import org.foreshape.nativebindings.linux.MappedMemory;

/** What {@code foreshape doctor} looks at. Changes nothing on the machine. */
final class Checkup {
    private static final int JDK_VERSION = 25;
    private static final long MEMFD_BYTES = 1 << 16;
    private static final long FREE_MIB_MIN = 512;

    private final Config config;
    private final List<Finding> findings = new ArrayList<>();

    /** How bad it is. */
    enum Grade {
        /** In order. */
        OK,
        /** Works, but not as well as it could. */
        NOTE,
        /** Foreshape cannot do its work without. */
        LACKING;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * What was found.
     *
     * @param what the thing
     * @param grade how bad it is
     * @param text what it is like, and the cure where it is not in order
     */
    record Finding(String what, Grade grade, String text) {}

    Checkup(Config config) {
        this.config = config;
    }

    List<Finding> run() {
        jdk();
        libvirt();
        folder("control socket", config.controlSocket().getParent(), "control.socket");
        folder("journal", config.journalDirectory(), "journal.directory");
        model();
        pressure();
        memfd();
        hugePages();
        memory();
        priority();
        findings.addAll(ActCheckup.run());
        findings.addAll(HandCheckup.run(config.warmDirectory()));
        return findings;
    }

    private void add(String what, Grade grade, String text) {
        findings.add(new Finding(what, grade, text));
    }

    private void jdk() {
        int version = Runtime.version().feature();
        if (version >= JDK_VERSION) {
            add("JDK", Grade.OK, System.getProperty("java.vendor") + " " + Runtime.version());
        } else {
            add(
                    "JDK",
                    Grade.LACKING,
                    "version " + version + "; install JDK " + JDK_VERSION + ", set JAVA_HOME");
        }
    }

    private void libvirt() {
        boolean wanted = !config.hypervisorUri().equals(Config.EMBEDDED);
        try {
            long version = LibvirtLibrary.open().version();
            add(
                    "libvirt",
                    Grade.OK,
                    "library %d.%d.%d"
                            .formatted(
                                    version / 1_000_000, version / 1_000 % 1_000, version % 1_000));
        } catch (NativeUnavailableException e) {
            add("libvirt", wanted ? Grade.LACKING : Grade.NOTE, String.valueOf(e.getMessage()));
            return;
        } catch (NativeException e) {
            add("libvirt", Grade.LACKING, String.valueOf(e.getMessage()));
            return;
        }
        if (wanted && config.hypervisorUri().equals("qemu:///system")) {
            Path socket = Path.of("/run/libvirt/libvirt-sock");
            if (Files.isReadable(socket) && Files.isWritable(socket)) {
                add("libvirt socket", Grade.OK, socket + " may be opened");
            } else if (Files.exists(socket)) {
                add(
                        "libvirt socket",
                        Grade.LACKING,
                        socket + " may not be opened; add this user to the group libvirt");
            } else {
                add(
                        "libvirt socket",
                        Grade.LACKING,
                        "there is no "
                                + socket
                                + "; start the daemon: systemctl start libvirtd.socket");
            }
        }
    }

    private void folder(String what, @org.jspecify.annotations.Nullable Path wanted, String key) {
        Path existing = wanted;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing != null && Files.isDirectory(existing) && Files.isWritable(existing)) {
            add(what, Grade.OK, wanted + " can be written");
        } else {
            add(
                    what,
                    Grade.LACKING,
                    wanted + " cannot be written; give this user the right to, or set " + key);
        }
    }

    private void model() {
        try {
            ModelSource source = ModelSource.of(config);
            add(
                    "model",
                    Grade.OK,
                    source.model() == null
                            ? "none is wanted: the plain forecaster works alone"
                            : source.model().name());
        } catch (Failure e) {
            add("model", Grade.LACKING, String.valueOf(e.getMessage()));
        }
    }

    private void pressure() {
        Path pressure = Path.of("/proc/pressure/memory");
        if (Files.isReadable(pressure)) {
            add("memory pressure", Grade.OK, pressure + " can be read");
        } else {
            add(
                    "memory pressure",
                    Grade.NOTE,
                    "no " + pressure + "; boot with psi=1 to see the host's stalls");
        }
    }

    private void memfd() {
        try (MappedMemory probe = MappedMemory.create("foreshape-doctor", MEMFD_BYTES)) {
            probe.populate(0, MEMFD_BYTES);
            add("memfd", Grade.OK, "works; embedded guests need it");
        } catch (NativeException e) {
            add("memfd", Grade.NOTE, e.getMessage() + "; the demo needs it");
        }
    }

    private void hugePages() {
        Path enabled = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        try {
            String text = Files.readString(enabled).strip();
            boolean never = text.contains("[never]");
            add(
                    "huge pages",
                    never ? Grade.NOTE : Grade.OK,
                    text
                            + (never
                                    ? "; `echo madvise > " + enabled + "` lets guests use them"
                                    : ""));
        } catch (IOException e) {
            add("huge pages", Grade.NOTE, "the kernel has no transparent huge pages");
        }
    }

    private void priority() {
        String refusal = EnginePriority.refusal();
        if (refusal == null) {
            add("engine priority", Grade.OK, "the engine's thread may go before the guests'");
        } else {
            add(
                    "engine priority",
                    Grade.NOTE,
                    refusal
                            + "; with AmbientCapabilities=CAP_SYS_NICE decisions do not wait for"
                            + " busy guests");
        }
    }

    private void memory() {
        try {
            long availableMib = 0;
            long swapMib = 0;
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                long mib = Long.parseLong("0" + line.replaceAll("\\(.*\\)|[^0-9]", "")) / 1024;
                availableMib = line.startsWith("MemAvailable:") ? mib : availableMib;
                swapMib = line.startsWith("SwapTotal:") ? mib : swapMib;
            }
            add(
                    "memory",
                    availableMib >= FREE_MIB_MIN ? Grade.OK : Grade.NOTE,
                    availableMib
                            + " MiB available"
                            + (availableMib >= FREE_MIB_MIN
                                    ? ""
                                    : "; free some, at least 512 MiB"));
            add(
                    "swap",
                    swapMib > 0 ? Grade.OK : Grade.NOTE,
                    swapMib > 0
                            ? swapMib + " MiB"
                            : "none: when the host runs out, the kernel kills; add some swap");
        } catch (IOException e) {
            add("memory", Grade.NOTE, "/proc/meminfo cannot be read: " + e);
        }
    }
}
