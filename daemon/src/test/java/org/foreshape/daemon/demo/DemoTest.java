package org.foreshape.daemon.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.cli.Cli;
import org.foreshape.daemon.control.Json;
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
