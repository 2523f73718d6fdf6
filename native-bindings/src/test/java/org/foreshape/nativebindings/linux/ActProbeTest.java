package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ActProbeTest {
    private static final Path SWITCH = Path.of("/sys/kernel/mm/transparent_hugepage/use_zero_page");

    @Test
    void shouldAnswerForEveryActWithAReasonWhereItIsRefused() throws Exception {
        Process child = new ProcessBuilder("sleep", "100").start();
        try {
            List<ActAvailability> remote = ActProbe.ofProcess((int) child.pid());
            List<ActAvailability> local = ActProbe.ofMachine();
            assertThat(remote).hasSize(8);
            assertThat(local).hasSize(8);
            assertThat(java.util.stream.Stream.concat(remote.stream(), local.stream()))
                    .extracting(ActAvailability::act)
                    .containsExactlyInAnyOrder(MemoryAct.values());
            for (ActAvailability answer : remote) {
                if (!answer.available()) {
                    assertThat(answer.sentence())
                            .startsWith("unavailable: ")
                            .contains("; ")
                            .hasSizeGreaterThan(30);
                }
            }
            assertThat(child.isAlive()).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldSayThatTheProcessIsGone() throws Exception {
        Process child = new ProcessBuilder("true").start();
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> ActProbe.ofProcess((int) child.pid()))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("ESRCH");
    }

    @Test
    void shouldChangeNothingOnTheMachine() throws IOException {
        String before = state();
        ActProbe.ofMachine();
        assertThat(state()).isEqualTo(before);
    }

    private static String state() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return (Files.exists(SWITCH) ? Files.readString(SWITCH) : "")
                    + open.filter(fd -> target(fd).matches(".*(uffd|userfault|pressure).*"))
                            .count();
        }
    }

    private static String target(Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
