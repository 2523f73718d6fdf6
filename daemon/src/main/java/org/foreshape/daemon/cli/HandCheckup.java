package org.foreshape.daemon.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.foreshape.daemon.cli.Checkup.Finding;
import org.foreshape.daemon.cli.Checkup.Grade;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.Capability;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.nativebindings.linux.PageScan;
import org.foreshape.nativebindings.linux.Privileges;
import org.foreshape.numasculptor.Ability;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.SculptException;
import org.foreshape.numasculptor.Sculptor;
import org.foreshape.prefault.PathSupport;
import org.foreshape.prefault.pages.PageServer;

/**
 * What the hands can do on this host: a finding for each way of making memory resident, for each
 * step of bringing it together and of letting it go, for the places on the host's nodes, for the
 * ledger of balloons, for loading what tasks read, and for the page server. A lacking one is a
 * note: grants do without.
 */
final class HandCheckup {
    private HandCheckup() {}

    static List<Finding> run(Path warmDirectory) {
        List<Finding> findings = new ArrayList<>();
        for (PathSupport path : PathSupport.ofThisHost()) {
            findings.add(finding("prefault", path.path(), path.isAvailable(), path.reason()));
        }
        findings.add(ledger());
        try {
            int nodes = HostReader.ofThisMachine().nodes().size();
            findings.add(
                    new Finding(
                            "sculpt places",
                            Grade.OK,
                            nodes > 1
                                    ? "available: " + nodes + " NUMA nodes"
                                    : "available: one NUMA node, so VMs stay where they are"));
            for (Ability ability : Sculptor.doctor(HostReader.ofThisMachine())) {
                findings.add(finding("sculpt", ability.step(), ability.available(), ability.why()));
            }
        } catch (SculptException e) {
            findings.add(new Finding("sculpt", Grade.NOTE, "unavailable: " + e.getMessage()));
        }
        findings.add(prewarm(warmDirectory));
        Optional<String> lack = PageServer.whyUnavailable();
        findings.add(
                new Finding(
                        "page server",
                        lack.isEmpty() ? Grade.OK : Grade.NOTE,
                        lack.map(why -> "unavailable: " + why).orElse("available")));
        return findings;
    }

    /** Page maps of VMs of other users are closed without a right. */
    private static Finding ledger() {
        Privileges own = Privileges.ofThisProcess();
        try {
            PageScan.open(LinuxMemory.processId()).close();
            boolean all = own.uid() == 0 || own.has(Capability.DAC_OVERRIDE);
            return new Finding(
                    "balloon ledger",
                    all ? Grade.OK : Grade.NOTE,
                    all
                            ? "available"
                            : "unavailable for VMs of other users: CAP_SYS_PTRACE and"
                                    + " CAP_DAC_OVERRIDE are needed to read their page maps");
        } catch (NativeException e) {
            return new Finding("balloon ledger", Grade.NOTE, "unavailable: " + e.getMessage());
        }
    }

    /** What tasks read is kept there; the folder itself is made when it is needed. */
    private static Finding prewarm(Path directory) {
        Path existing = directory;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        boolean writable = Files.isDirectory(existing) && Files.isWritable(existing);
        return new Finding(
                "prewarm",
                writable ? Grade.OK : Grade.NOTE,
                writable
                        ? "available: what tasks read is kept in " + directory
                        : "unavailable: " + existing + " cannot be written; set prewarm.directory");
    }

    private static Finding finding(String hand, Enum<?> what, boolean available, String why) {
        String name = what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String word = available ? "available" : "unavailable";
        return new Finding(
                hand + " " + name,
                available ? Grade.OK : Grade.NOTE,
                why.isEmpty() ? word : word + ": " + why);
    }
}
