package org.foreshape.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** In this process: the launcher's own folder of the benchmarks is not there before their tests. */
@Timeout(60)
class MainTest {
    private record Answer(int status, String text) {}

    private static Answer bench(String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            int status = new CommandLine(new Main()).execute(arguments);
            return new Answer(status, bytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @Test
    void shouldNameTheBenchmarksAndTheirParts() {
        Answer list = bench("list");
        assertThat(list.status()).isZero();
        assertThat(list.text()).contains("decision").contains("parts: plain, anon-rate");
    }

    @Test
    void shouldRefuseAPartThatABenchmarkDoesNotHave() {
        Answer wrong = bench("prefault", "--only", "no-such-part");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.text()).contains("no-such-part").contains("bench list");
    }

    @Test
    void shouldRefuseABenchmarkThatThereIsNot() {
        Answer wrong = bench("no-such-benchmark");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.text()).contains("no-such-benchmark").contains("bench list");
    }
}
