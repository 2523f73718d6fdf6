package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which rights which acts need: another JVM acts with less and less, run by setpriv. */
class CapabilityMatrixTest {
    private static final int NOBODY = 65534;
    private static final String AS_NOBODY = "--reuid=" + NOBODY + " --clear-groups";
    private static final String NONE = " --inh-caps=-all";

    @TempDir private static Path folder;
    private static Path binary;

    @BeforeAll
    static void compile() throws Exception {
        assumeTrue(Target.isRoot(), "skipped: not root, so no other user can be made");
        binary = Target.compile(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String with(String... capabilities) {
        StringBuilder list = new StringBuilder();
        for (String capability : capabilities) {
            list.append(list.isEmpty() ? "+" : ",+").append(capability);
        }
        return " --inh-caps=" + list + " --ambient-caps=" + list;
    }

    @Test
    void shouldRefuseAnotherUsersProcessWithoutRights() throws Exception {
        assertReport(false, AS_NOBODY + NONE, "stop=NOT_PERMITTED", "EACCES", "CAP_SYS_PTRACE");
    }

    @Test
    void shouldRefuseAnotherUsersProcessWithTheRightToAdviseAlone() throws Exception {
        assertReport(false, AS_NOBODY + with("sys_nice"), "stop=NOT_PERMITTED", "EACCES");
    }

    @Test
    void shouldSayThatTheRightToAdviseIsMissing() throws Exception {
        assertReport(
                false, AS_NOBODY + with("sys_ptrace"), "stop=UNAVAILABLE", "CAP_SYS_NICE", "EPERM");
    }

    @Test
    void shouldCollapseAnotherUsersProcessWithBothRights() throws Exception {
        assertReport(
                false,
                AS_NOBODY + with("sys_ptrace", "sys_nice"),
                "stop=DONE",
                "path=ANON_COLLAPSE");
    }

    @Test
    void shouldSayThatTheRightToAdviseIsMissingForTheSameUser() throws Exception {
        assertReport(true, AS_NOBODY + NONE, "stop=UNAVAILABLE", "CAP_SYS_NICE");
    }

    @Test
    void shouldCollapseAProcessOfTheSameUserWithTheRightToAdvise() throws Exception {
        assertReport(true, AS_NOBODY + with("sys_nice"), "stop=DONE", "path=ANON_COLLAPSE");
    }

    /** After a balloon cycle no switch is needed, so these are the rights of the acts alone. */
    private static void assertReport(boolean isSameUser, String rights, String... words)
            throws Exception {
        List<String> user = isSameUser ? setpriv(AS_NOBODY + NONE) : List.of();
        try (Target target = Target.start(user, binary, "anon-huge", 16)) {
            target.ask("fill 0 16");
            target.ask("discard 4 8");
            String report = as(rights, target);

            assertThat(report).contains(words);
            assertThat(target.residentMib()).isEqualTo(report.contains("stop=DONE") ? 16 : 8);
            assertThat(target.badAnywhere()).isZero();
        }
    }

    private static List<String> setpriv(String rights) {
        List<String> command = new ArrayList<>(List.of("setpriv"));
        command.addAll(List.of(rights.strip().split(" +", -1)));
        return command;
    }

    /** The words of a report of another JVM. */
    private static String as(String rights, Target target) throws Exception {
        List<String> command = setpriv(rights);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PrefaultOnce.class.getName(),
                        "" + target.pid(),
                        "" + target.start(),
                        "" + target.ram().sizeBytes(),
                        "" + target.ram().processStartTicks()));
        Process other = new ProcessBuilder(command).redirectErrorStream(true).start();
        String words = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(other.exitValue()).as(words).isZero();
        return words;
    }
}
