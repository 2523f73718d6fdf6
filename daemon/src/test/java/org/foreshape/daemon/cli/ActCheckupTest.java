package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.cli.Checkup.Finding;
import org.foreshape.daemon.cli.Checkup.Grade;
import org.foreshape.nativebindings.linux.MemoryAct;
import org.foreshape.nativebindings.linux.Privileges;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActCheckupTest {
    @TempDir Path folder;

    @Test
    void shouldFindEveryActAndLeaveNoProcess() {
        long before = children();
        List<Finding> findings = ActCheckup.run(folder);
        List<String> labels = new ArrayList<>();
        for (MemoryAct act : MemoryAct.values()) {
            labels.add(act.label());
            assertThat(act.label()).hasSizeLessThanOrEqualTo(22);
        }
        labels.add("acts on a VM");
        assertThat(findings).extracting(Finding::what).containsExactlyInAnyOrderElementsOf(labels);
        assertThat(findings).allSatisfy(ActCheckupTest::check);
        assertThat(children()).isEqualTo(before);
    }

    @Test
    void shouldTryTheActsOnAQemuThatRuns() throws Exception {
        Process qemu = new ProcessBuilder("sleep", "60").start();
        try {
            Path entry = Files.createDirectory(folder.resolve(Long.toString(qemu.pid())));
            Files.writeString(entry.resolve("comm"), "qemu-system-x86\n");
            assertThat(ActCheckup.run(folder))
                    .extracting(Finding::text)
                    .anyMatch(text -> text.contains("tried on QEMU, pid " + qemu.pid()));
        } finally {
            qemu.destroyForcibly();
            assertThat(qemu.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        // It ended between being found and being tried.
        assertThat(ActCheckup.run(folder))
                .filteredOn(finding -> finding.what().equals("acts on a VM"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.text()).contains("ESRCH"));
    }

    @Test
    void shouldNameWhatAProcessWithoutRightsLacks() throws Exception {
        assumeTrue(
                Files.exists(Path.of("/usr/bin/setpriv")) && Privileges.ofThisProcess().uid() == 0,
                "skipped: needs root and setpriv");
        List<String> command =
                List.of(
                        "setpriv",
                        "--inh-caps=-all",
                        "--bounding-set=-all",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        Lister.class.getName(),
                        folder.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        assertThat(out)
                .containsPattern("note advise remote memory: unavailable: EPERM.*CAP_SYS_NICE")
                .containsPattern("note move shared pages: unavailable: EPERM.*CAP_SYS_NICE")
                .containsPattern("note userfaultfd: unavailable|ok userfaultfd: available: by /dev")
                .containsPattern(
                        "note acts on a VM: unavailable for VMs of other users.*CAP_SYS_PTRACE")
                .contains("ok read remote memory: available");
    }

    /** Lists the findings, in a process of its own. */
    static final class Lister {
        private Lister() {}

        public static void main(String[] args) {
            for (Finding finding : ActCheckup.run(Path.of(args[0]))) {
                System.out.println(
                        finding.grade().word() + " " + finding.what() + ": " + finding.text());
            }
        }
    }

    private static void check(Finding finding) {
        assertThat(finding.grade()).isNotEqualTo(Grade.LACKING);
        assertThat(finding.text())
                .startsWith(finding.grade() == Grade.OK ? "available" : "unavailable");
    }

    private static long children() {
        return ProcessHandle.current().children().count();
    }
}
