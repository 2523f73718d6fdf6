package org.foreshape.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The launcher itself: every module descriptor, every flag, on the module path. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FrontDoorTest {
    private static final Path ROOT = Path.of(System.getProperty("foreshape.root", ".."));

    @TempDir private Path folder;

    private record Answer(int status, String text) {}

    @BeforeEach
    void needsTheBuiltProduct() {
        assumeThat(ROOT.resolve("daemon/target/dist"))
                .as("the daemon's jars: this test runs after package")
                .isDirectory();
    }

    private Answer foreshape(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ROOT.resolve("foreshape").toString());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("FORESHAPE_BUILT", "1");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("it ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Answer(process.exitValue(), Files.readString(output));
    }

    @Test
    void shouldRunTheDemoAndReplayItsJournalOnTheModulePath() throws Exception {
        Path json = folder.resolve("out.json");
        Path journal = folder.resolve("journal");
        Answer demo =
                foreshape(
                        "demo",
                        "--seconds",
                        "8",
                        "--speed",
                        "900",
                        "--vms",
                        "4",
                        "--json",
                        json.toString(),
                        "--journal",
                        journal.toString());
        assertThat(demo.status()).as(demo.text()).isZero();
        assertThat(demo.text()).doesNotContainIgnoringCase("warning");
        JsonNode figures = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(figures.path("model_forecasts").asLong())
                .as("forecasts by the model")
                .isPositive();
        assertThat(figures.path("recorder_errors").asLong()).isZero();

        Answer replay = foreshape("replay", "--journal", journal.toString());
        assertThat(replay.status()).as(replay.text()).isZero();
        Answer verified = foreshape("journal", "verify", "--journal", journal.toString());
        assertThat(verified.status()).as(verified.text()).isZero();
    }

    @Test
    void shouldAnswerAWrongCommandWithUsageAndStatusTwo() throws Exception {
        Answer answer = foreshape("no-such-command");
        assertThat(answer.status()).isEqualTo(2);
        assertThat(answer.text()).contains("no-such-command");
    }

    @Test
    void shouldSayHowToGetADaemonWhenNoneRuns() throws Exception {
        Answer answer = foreshape("status", "--socket", folder.resolve("none.sock").toString());
        assertThat(answer.status()).isEqualTo(3);
        assertThat(answer.text()).contains("none.sock").contains("foreshape run");
    }
}
