package org.foreshape.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ParentProcessTest {
    /** Starts a helper, says its pid, and waits to be killed. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            Process helper = start(ParentProcess.option(), Helper.class);
            System.out.println(helper.pid());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** Ends with who started it, or never. */
    static final class Helper {
        private Helper() {}

        public static void main(String[] arguments) throws InterruptedException {
            ParentProcess.watch();
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private static Process start(String option, Class<?> main) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", option, "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    @Test
    void shouldEndWithAParentThatIsKilled() throws Exception {
        Process parent = start("-Dnone=1", Parent.class);
        ProcessHandle helper;
        try (BufferedReader said =
                new BufferedReader(
                        new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            helper = ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow();
            assertThat(helper.isAlive()).isTrue();
        } finally {
            parent.destroyForcibly().waitFor();
        }
        helper.onExit().get(20, TimeUnit.SECONDS);
        assertThat(helper.isAlive()).isFalse();
    }

    @Test
    void shouldEndAtOnceWhenItsParentIsGoneBefore() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Process helper = start("-Dforeshape.parent.pid=" + gone.pid(), Helper.class);
        try {
            assertThat(helper.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(helper.exitValue()).isEqualTo(137);
        } finally {
            helper.destroyForcibly();
        }
    }

    @Test
    void shouldDoNothingWhereItIsTiedToNobody() {
        ParentProcess.watch();
        assertThat(ParentProcess.option()).endsWith("=" + ProcessHandle.current().pid());
    }
}
