package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.cli.Checkup.Finding;
import org.foreshape.daemon.cli.Checkup.Grade;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.ActAvailability;
import org.foreshape.nativebindings.linux.ActProbe;
import org.foreshape.nativebindings.linux.Capability;
import org.foreshape.nativebindings.linux.Privileges;

/**
 * One finding for each act on memory: available, or which capability, file or kernel option it
 * lacks. Acts on another process are tried on a QEMU of this host; where none runs, on a process of
 * this user that lives for the moment. A lacking act is a note: Foreshape works without it.
 */
final class ActCheckup {
    private static final List<String> EMULATORS = List.of("qemu-system", "qemu-kvm", "kvm");

    private static final String TARGET = "acts on a VM";

    private ActCheckup() {}

    static List<Finding> run() {
        return run(Path.of("/proc"));
    }

    /** The folder of processes is another one in tests. */
    static List<Finding> run(Path processes) {
        List<Finding> findings = new ArrayList<>();
        int qemu = qemu(processes);
        try {
            List<ActAvailability> answers = qemu > 0 ? ActProbe.ofProcess(qemu) : onStandIn();
            findings.add(qemu > 0 ? triedOn(qemu) : noVm());
            answers.forEach(answer -> findings.add(finding(answer)));
        } catch (NativeException | IOException e) {
            findings.add(
                    new Finding(
                            TARGET,
                            Grade.NOTE,
                            "unavailable: they cannot be tried: "
                                    + e.getMessage()
                                    + "; run doctor again"));
        }
        ActProbe.ofMachine().forEach(answer -> findings.add(finding(answer)));
        return findings;
    }

    private static Finding finding(ActAvailability answer) {
        return new Finding(
                answer.act().label(),
                answer.available() ? Grade.OK : Grade.NOTE,
                answer.sentence());
    }

    private static List<ActAvailability> onStandIn() throws IOException {
        Process standIn = new ProcessBuilder("sleep", "60").start();
        try {
            return ActProbe.ofProcess((int) standIn.pid());
        } finally {
            end(standIn);
        }
    }

    /** Kills it and sees it gone, so that doctor leaves no process behind. */
    private static void end(Process process) {
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Finding triedOn(int qemu) {
        return new Finding(
                TARGET,
                Grade.OK,
                "available: tried on QEMU, pid " + qemu + " of uid " + Privileges.of(qemu).uid());
    }

    /** Says what a QEMU of another user would need, as none is there to try. */
    private static Finding noVm() {
        Privileges own = Privileges.ofThisProcess();
        boolean able = own.has(Capability.SYS_PTRACE) && own.has(Capability.SYS_NICE);
        return new Finding(
                TARGET,
                able ? Grade.OK : Grade.NOTE,
                able
                        ? "available: no VM runs, tried on a process of this user; the capabilities"
                                + " for VMs of other users are there"
                        : "unavailable for VMs of other users, none runs to try; they need"
                                + " CAP_SYS_PTRACE and CAP_SYS_NICE: run as QEMU's user with"
                                + " CAP_SYS_NICE, or grant both");
    }

    /** Any QEMU: all of a host run as one user, as a rule. 0: none. */
    private static int qemu(Path processes) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(processes, "[0-9]*")) {
            for (Path folder : folders) {
                if (isQemu(folder)) {
                    return Integer.parseInt(String.valueOf(folder.getFileName()));
                }
            }
            return 0;
        } catch (IOException | DirectoryIteratorException e) {
            return 0;
        }
    }

    private static boolean isQemu(Path folder) {
        try {
            String name = Files.readString(folder.resolve("comm")).strip();
            return EMULATORS.stream().anyMatch(name::startsWith);
        } catch (IOException e) {
            // Processes come and go while we look.
            return false;
        }
    }
}
