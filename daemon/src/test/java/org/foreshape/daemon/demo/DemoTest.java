package org.foreshape.daemon.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.cli.Cli;
import org.foreshape.daemon.control.Json;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.JournalVerifier;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DemoTest {
    @TempDir Path folder;

    @Test
    void shouldWriteEveryFigureAndAReplayableJournal() throws Exception {
        Path file = folder.resolve("demo.json");
        Path journal = folder.resolve("journal");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();

        int exitStatus =
                run(
                        out,
                        err,
                        "demo",
                        "--seconds",
                        "8",
                        "--seed",
                        "7",
                        "--json",
                        file.toString(),
                        "--journal",
                        journal.toString());

        assertThat(exitStatus).as(out + "\n" + err).isZero();
        JsonNode json = Json.parse(Files.readString(file));
        assertThat(json.propertyNames())
                .contains(
                        "ticks",
                        "vms",
                        "decisions",
                        "model_forecasts",
                        "fallback_forecasts",
                        "acts",
                        "saved_fraction",
                        "stall_seconds",
                        "static_stall_seconds",
                        "reactive_stall_seconds",
                        "decision_us",
                        "decision_by_model_and_record_p50",
                        "journal_records",
                        "dropped_samples",
                        "engine_thread_bytes_per_tick",
                        "engine_thread_clean_seconds",
                        "engine_thread_seconds",
                        "stage_us");
        assertThat(json.path("decision_us").propertyNames()).contains("p50", "p99", "p999", "max");
        assertThat(json.path("vms").asInt()).isEqualTo(6);
        assertThat(json.path("decisions").asLong()).isPositive();
        assertThat(json.path("fallback_forecasts").asLong()).isPositive();
        assertThat(json.path("bad_pages").asLong()).isZero();
        assertThat(json.path("guest_failures").asLong()).isZero();
        assertThat(json.path("recorder_errors").asLong()).isZero();
        assertThat(out.toString()).contains("time to grant");
        assertThat(JournalVerifier.verify(journal).ok()).isTrue();
        assertThat(outcomes(journal, ActKind.PREFAULT, OutcomeStatus.DONE))
                .as("grants that were made resident")
                .isPositive();
        assertThat(outcomes(journal, ActKind.PREFAULT, OutcomeStatus.FAILED)).isZero();

        StringWriter replay = new StringWriter();
        assertThat(run(replay, err, "replay", "--journal", journal.toString()))
                .as(replay.toString() + err)
                .isZero();
        shouldTellWhatAnotherPolicyWouldHaveDone(journal);
    }

    private void shouldTellWhatAnotherPolicyWouldHaveDone(Path journal) throws Exception {
        Path file = folder.resolve("what-if.json");
        Path picture = folder.resolve("what-if.svg");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                run(
                        out,
                        err,
                        "replay",
                        "--journal",
                        journal.toString(),
                        "--policy",
                        "marginPermille=400",
                        "--json",
                        file.toString(),
                        "--picture",
                        picture.toString());
        assertThat(status).as(out.toString() + err).isZero();
        assertThat(out.toString()).contains("95 % bounds", "Targets furthest apart");
        JsonNode report = Json.parse(Files.readString(file));
        assertThat(report.path("vms").size()).isEqualTo(6);
        assertThat(report.path("targets_apart").asLong()).isPositive();
        JsonNode slack = report.path("all").path("slack_gib_hours");
        assertThat(slack.propertyNames())
                .containsExactly("measured", "replayed", "other", "estimate", "low", "high");
        assertThat(slack.path("other").asDouble())
                .as("a margin of 40 %% against one of 8 %%")
                .isGreaterThan(slack.path("replayed").asDouble());
        assertThat(Files.readString(picture)).startsWith("<svg").contains("marginPermille=400");
        String at = journal.toString();
        assertThat(run(out, err, "replay", "--journal", at, "--policy", "lunch")).isEqualTo(2);
        assertThat(run(out, err, "replay", "--journal", at, "--picture", "x")).isEqualTo(2);
        assertThat(run(out, err, "demo", "--set", "lunch=1")).isEqualTo(2);
        String nowhere = folder.resolve("none").toString();
        assertThat(run(out, err, "replay", "--journal", nowhere, "--policy", "static"))
                .isEqualTo(3);
        assertThat(err.toString())
                .contains("--policy lunch is neither", "name it, --policy", "no 'lunch'");
    }

    /** The shipped weights as a model of 15 s: not a good one, but one that runs. */
    private Path modelOfFifteenSeconds() throws Exception {
        ForecastModel shipped = ForecastModel.shipped();
        Path file = folder.resolve("fifteen.onnx");
        Files.write(file, shipped.bytes());
        String json = new String(ManifestJson.write(shipped.manifest()), StandardCharsets.UTF_8);
        Files.writeString(
                ForecastModel.manifestOf(file),
                json.replace("\"gridStepSeconds\" : 300", "\"gridStepSeconds\" : 15")
                        .replace("[ 1, 3 ]", "[ 20, 60 ]"));
        return file;
    }

    @Test
    void shouldRunOnTheStepOfItsModelAndBeScoredOnItsJournal() throws Exception {
        Path model = modelOfFifteenSeconds();
        Path journal = folder.resolve("journal");
        Path json = folder.resolve("scores.json");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String at = journal.toString();
        assertThat(
                        run(
                                out,
                                err,
                                "demo",
                                "--seconds",
                                "12",
                                "--speed",
                                "300",
                                "--model",
                                model.toString(),
                                "--journal",
                                at))
                .as(out + "\n" + err)
                .isZero();
        try (JournalReader reader = JournalReader.open(journal)) {
            Tick tick = new Tick(64);
            assertThat(reader.next(tick)).isTrue();
            assertThat(tick.control.text.toString()).contains("gridStepSeconds=15\n");
        }
        assertThat(run(out, err, "replay", "--journal", at, "--model", model.toString()))
                .as(out.toString() + err)
                .isZero();
        int status =
                run(
                        out,
                        err,
                        "evaluate",
                        "--journal",
                        at,
                        "--from-seconds",
                        "1800",
                        "--model",
                        model.toString(),
                        "--json",
                        json.toString());
        assertThat(status).as(out.toString() + err).isZero();
        JsonNode report = Json.parse(Files.readString(json));
        assertThat(report.path("step_seconds").asInt()).isEqualTo(15);
        assertThat(report.path("vms").asInt()).isEqualTo(6);
        assertThat(report.path("models").size()).isEqualTo(2);
        assertThat(report.path("models").get(1).path("name").asString()).isEqualTo("fallback");
        assertThat(report.path("models").get(1).path("cells").size()).isEqualTo(16);
        assertThat(report.path("baselines").size()).isEqualTo(9);
        String nowhere = folder.resolve("none").toString();
        assertThat(run(out, err, "evaluate", "--journal", nowhere)).isEqualTo(3);
        assertThat(run(out, err, "evaluate", "--journal", at, "--trace", "x.csv")).isEqualTo(2);
        assertThat(run(out, err, "evaluate", "--journal", at, "--from-seconds", "999999"))
                .isEqualTo(2);
        assertThat(run(out, err, "demo", "--model", nowhere)).isEqualTo(2);
        assertThat(err.toString())
                .contains("there is no journal in", "mutually exclusive", "lies outside")
                .contains("none cannot be read");
    }

    private static long outcomes(Path journal, ActKind kind, OutcomeStatus status) {
        long count = 0;
        try (JournalReader reader = JournalReader.open(journal)) {
            Tick tick = new Tick(64);
            while (reader.next(tick)) {
                count +=
                        tick.kind == EventKind.OUTCOME
                                        && tick.outcome.actKind == kind
                                        && tick.outcome.status == status
                                ? 1
                                : 0;
            }
        }
        return count;
    }

    private static int run(StringWriter out, StringWriter err, String... arguments) {
        return Cli.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
    }
}
