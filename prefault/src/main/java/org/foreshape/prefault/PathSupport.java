package org.foreshape.prefault;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.nativebindings.linux.Capability;
import org.foreshape.nativebindings.linux.Privileges;

/**
 * Whether one path can be gone on this host by this process, for whoever asks what is missing.
 *
 * @param path the path
 * @param isAvailable whether it is open for the memory that it is made for
 * @param reason what is missing and how to get it; or with which limit it is open
 */
public record PathSupport(PrefaultPath path, boolean isAvailable, String reason) {
    /** MADV_COLLAPSE came with Linux 6.1, MADV_POPULATE_WRITE with 5.14. */
    private static final int COLLAPSE_SINCE = 601;

    private static final int POPULATE_SINCE = 514;

    /**
     * Looks at the kernel, its switches and the rights of this process. What a single guest allows
     * beyond that a plan tells.
     *
     * @return one for each path that is an act, in the order of {@link PrefaultPath}
     */
    public static List<PathSupport> ofThisHost() {
        try {
            return of(
                    HostFacts.read(HostFacts.FOLDER),
                    Privileges.ofThisProcess(),
                    version(System.getProperty("os.version")));
        } catch (IOException e) {
            return of(new HostFacts("", null, false, false, false), Privileges.ofThisProcess(), 0);
        }
    }

    static List<PathSupport> of(HostFacts host, Privileges rights, int kernel) {
        String advise =
                kernel < COLLAPSE_SINCE
                        ? "the kernel is older than 6.1 and has no MADV_COLLAPSE."
                        : rights.has(Capability.SYS_NICE)
                                ? ""
                                : "CAP_SYS_NICE is missing, without which no process may advise"
                                        + " another.";
        String read =
                rights.has(Capability.SYS_PTRACE)
                        ? rights.has(Capability.DAC_OVERRIDE)
                                ? "open for processes of every user."
                                : "open for processes of every user, but without"
                                        + " CAP_DAC_OVERRIDE what is resident already cannot be"
                                        + " told for others'."
                        : "open for processes of the same user alone: CAP_SYS_PTRACE is missing.";
        String blockSwitch =
                host.blockEnabled() == null
                        ? "the kernel is older than 6.8 and has no switch for huge pages of 2 MiB."
                        : host.isBlockSwitchWritable()
                                ? ""
                                : HostFacts.blockSwitch(HostFacts.FOLDER)
                                        + " is not writable: run as root.";
        String zeroPage =
                host.isZeroPageWritable()
                        ? ""
                        : HostFacts.zeroPageSwitch(HostFacts.FOLDER)
                                + " is not writable: run as root.";
        String populate =
                kernel < POPULATE_SINCE
                        ? "the kernel is older than 5.14 and has no MADV_POPULATE_WRITE."
                        : "";
        List<PathSupport> all = new ArrayList<>();
        all.add(of(PrefaultPath.ANON_SWITCH, read, advise, blockSwitch));
        all.add(of(PrefaultPath.ANON_ZERO_PAGE, read, advise, zeroPage));
        all.add(of(PrefaultPath.ANON_TOUCH, read, advise));
        all.add(of(PrefaultPath.ANON_COLLAPSE, read, advise));
        all.add(of(PrefaultPath.MEMFD_MAP, read, populate));
        all.add(of(PrefaultPath.MEMFD_WINDOWS, read, populate, fileWindows(host)));
        all.add(of(PrefaultPath.HUGETLB_READ, read));
        all.add(of(PrefaultPath.TMPFS_COLLAPSE, read, advise));
        all.add(of(PrefaultPath.OWN_POPULATE, "open.", populate));
        return List.copyOf(all);
    }

    private static String fileWindows(HostFacts host) {
        return host.fileWindows() != HostFacts.FileWindows.CLOSED
                ? ""
                : HostFacts.fileWindowSwitch(HostFacts.FOLDER)
                        + " is not there (Linux 6.11), not writable (run as root), or other sizes"
                        + " of pages are on for memory files.";
    }

    private static PathSupport of(PrefaultPath path, String otherwise, String... lacks) {
        String missing = String.join(" ", lacks).strip();
        return new PathSupport(path, missing.isEmpty(), missing.isEmpty() ? otherwise : missing);
    }

    /** "6.18.44-x" as 618; 0 for what is no version. */
    static int version(String text) {
        String[] part = text.toLowerCase(Locale.ROOT).split("[^0-9]+", -1);
        return part.length < 2 || part[0].isEmpty() || part[1].isEmpty()
                ? 0
                : Integer.parseInt(part[0]) * 100 + Integer.parseInt(part[1]);
    }
}
