package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.models.OtherModels;
import org.foreshape.journal.JournalState;
import org.foreshape.journal.JournalVerifier;
import org.foreshape.journal.VerifyReport;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A daemon in a process of its own, asked through its socket. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DaemonProcessTest {
    private static final long STOP_LIMIT_SECONDS = 10;

    @TempDir Path folder;

    private Process startDaemon() throws IOException, InterruptedException {
        Process daemon =
                ChildProcess.start(
                        folder,
                        "run",
                        "--connect",
                        "embedded",
                        "--mode",
                        "enforce",
                        "--journal",
                        journal().toString(),
                        "--socket",
                        socket().toString());
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!isReady() && daemon.isAlive() && System.nanoTime() < endNs) {
            Thread.sleep(200);
        }
        assertThat(daemon.isAlive()).as(log()).isTrue();
        return daemon;
    }

    private boolean isReady() {
        return Files.exists(socket())
                && ask("status", "--json").exitStatus() == 0
                && vmCount() == 4;
    }

    private int vmCount() {
        return status().path("vms").size();
    }

    private JsonNode status() {
        return Json.parse(ask("status", "--json").out());
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("err.txt"));
    }

    private Path socket() {
        return folder.resolve("c.sock");
    }

    private Path journal() {
        return folder.resolve("journal");
    }

    /** Runs a command in this process: what it prints and its exit status. */
    private ChildProcess.Result ask(String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--socket";
        all[arguments.length + 1] = socket().toString();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitStatus = Cli.run(all, new PrintWriter(out, true), new PrintWriter(err, true));
        return new ChildProcess.Result(exitStatus, out.toString(), err.toString());
    }

    private void stop(Process daemon) throws InterruptedException, IOException {
        long startNs = System.nanoTime();
        daemon.destroy(); // SIGTERM
        assertThat(daemon.waitFor(STOP_LIMIT_SECONDS, TimeUnit.SECONDS)).as(log()).isTrue();
        System.out.printf("SIGTERM to end: %d ms%n", (System.nanoTime() - startNs) / 1_000_000);
        assertThat(daemon.exitValue()).as(log()).isEqualTo(ExitStatus.DONE);
        assertThat(socket()).doesNotExist();
    }

    @Test
    void shouldAnswerEveryCommandAndStopInOrder() throws Exception {
        Process daemon = startDaemon();
        try {
            assertThat(ask("status").out()).contains("running on embedded", "batch-0");
            assertThat(ask("top", "--count", "1").out()).contains("batch-0");
            assertThat(ask("explain", "batch-0").out()).contains("batch-0: uses", "decision");

            ChildProcess.Result unknown = ask("explain", "batch-1");
            assertThat(unknown.exitStatus()).isEqualTo(ExitStatus.USAGE);
            assertThat(unknown.err()).contains("no VM is named batch-1; did you mean batch-0");
            assertThat(ask("mode", "nobody", "observe").exitStatus()).isEqualTo(ExitStatus.USAGE);

            assertThat(ask("announce", "--id", "t1", "--type", "x", "--vm", "batch-0").exitStatus())
                    .isZero();
            shouldShowWhatTasksWillNeed();
            shouldGoOnWithAnotherModel();
            assertThat(ask("pause").exitStatus()).isZero();
            awaitState("paused");
            assertThat(ask("resume").exitStatus()).isZero();
            awaitState("running");
            assertThat(ask("mode", "batch-0", "observe").exitStatus()).isZero();

            ChildProcess.Result second = secondDaemon();
            assertThat(second.exitStatus()).isEqualTo(ExitStatus.MISSING);
            assertThat(second.err()).contains("another foreshape daemon answers");

            ChildProcess.Result restored = ask("restore");
            assertThat(restored.exitStatus()).as(restored.out() + restored.err()).isZero();
            awaitState("paused");
            stop(daemon);
        } finally {
            daemon.destroyForcibly().waitFor();
        }
        shouldTellTheSameFromTheJournal();
        VerifyReport report = JournalVerifier.verify(journal());
        assertThat(report.ok()).as(report.toString()).isTrue();
        JournalState state = JournalState.read(journal());
        assertThat(state.endedInOrder()).isTrue();
        assertThat(state.unresolved()).isEmpty();
        assertThat(state.vms().values())
                .filteredOn(vm -> vm.name().equals("batch-0"))
                .allMatch(vm -> vm.operatorPolicy() != null)
                .allMatch(vm -> modeOf(vm) == VmMode.OBSERVE);
    }

    private void shouldShowWhatTasksWillNeed() throws InterruptedException {
        announce("first", "--state", "STARTED", "--duration", "600", "--memory-mib", "10");
        announce(
                "second",
                "--in",
                "1",
                "--after",
                "first",
                "--memory-mib",
                "123",
                "--cpu-cores",
                "1.5");
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!isForeseen("second") && System.nanoTime() < endNs) {
            Thread.sleep(200);
        }
        JsonNode map = Json.parse(ask("status", "--horizon", "--json").out());
        for (JsonNode task : map.path("tasks")) {
            if (task.path("id").asString().equals("second")) {
                assertThat(task.path("starts_in_seconds_p50").asDouble()).isBetween(560., 600.);
            }
        }
        assertThat(map.path("entries"))
                .anyMatch(entry ->
                        entry.path("part").asString().equals("tasks")
                                && entry.path("resource").asString().equals("cpu")
                                && entry.path("horizon_minutes").asInt() == 15
                                && Math.abs(entry.path("mean").asDouble() - 1.5) < 1e-6);
        String table = ask("status", "--horizon").out();
        assertThat(table).contains("peak demand", "the VM itself", "type step", "second");
        ChildProcess.Result foreign =
                ask("announce", "--id", "x", "--type", "x", "--state", "ANTICIPATED");
        assertThat(foreign.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(foreign.err()).contains("must be announced, started, finished or withdrawn");
    }

    private void shouldGoOnWithAnotherModel() throws IOException {
        ChildProcess.Result swapped = ask("model", "shipped");
        assertThat(swapped.exitStatus()).as(swapped.err()).isZero();
        assertThat(status().path("model").asString()).contains("the shipped model");
        Path bad = Files.writeString(folder.resolve("bad.onnx"), "no model");
        ChildProcess.Result refused = ask("model", bad.toString());
        assertThat(refused.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(refused.err()).contains("bad.json cannot be read");
        shouldPromoteModelsAndGoBack();
    }

    private void shouldPromoteModelsAndGoBack() throws IOException {
        String other = OtherModels.write(folder.resolve("other.onnx"), 300).toString();
        String finer = OtherModels.write(folder.resolve("finer.onnx"), 15).toString();
        ChildProcess.Result promoted = models("promote", other);
        assertThat(promoted.exitStatus()).as(promoted.err()).isZero();
        assertThat(promoted.out()).contains("forecasts with other.onnx", "other.onnx is promoted");
        assertThat(status().path("model").asString()).contains("models/other.onnx");
        assertThat(models("list").out()).containsPattern("(?m)^other.onnx +promoted, at work +300");

        ChildProcess.Result refused = models("promote", finer);
        assertThat(refused.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(refused.err())
                .contains("finer.onnx has steps of 15 s", "only a start can change that");
        ChildProcess.Result back = models("rollback");
        assertThat(back.exitStatus()).as(back.err()).isZero();
        assertThat(models("list").out())
                .containsPattern("(?m)^shipped +promoted, at work +300")
                .containsPattern("(?m)^finer.onnx +15 ");
        assertThat(models("rollback").exitStatus()).isEqualTo(ExitStatus.CHECK_FAILED);
    }

    private ChildProcess.Result models(String... arguments) {
        List<String> all = new ArrayList<>();
        all.add("models");
        all.addAll(List.of(arguments));
        all.addAll(List.of("--directory", folder.resolve("models").toString()));
        return ask(all.toArray(String[]::new));
    }

    private boolean isForeseen(String id) {
        StringWriter out = new StringWriter();
        String[] tail = {"journal", "tail", "-n", "1000", "--journal", journal().toString()};
        Cli.run(tail, new PrintWriter(out, true), new PrintWriter(out, true));
        return out.toString().contains("task " + id + " (step) RESCHEDULED on batch-0, starts in");
    }

    private void announce(String id, String... more) {
        List<String> all = new ArrayList<>();
        all.addAll(List.of("announce", "--id", id, "--type", "step", "--vm", "batch-0"));
        all.addAll(List.of(more));
        ChildProcess.Result result = ask(all.toArray(String[]::new));
        assertThat(result.exitStatus()).as(result.err()).isZero();
    }

    /** What was foreseen is in the journal: its tail shows the map, and a replay needs no more. */
    private void shouldTellTheSameFromTheJournal() {
        StringWriter out = new StringWriter();
        PrintWriter to = new PrintWriter(out, true);
        String directory = journal().toString();
        String[] tail = {"journal", "tail", "-n", "1", "--horizon", "--journal", directory};
        assertThat(Cli.run(tail, to, to)).as(out.toString()).isEqualTo(ExitStatus.DONE);
        assertThat(out.toString()).contains("peak demand", "type step", "second");
        assertThat(isForeseen("second")).isTrue();
        String[] replay = {"replay", "--journal", directory};
        assertThat(Cli.run(replay, to, to)).as(out.toString()).isEqualTo(ExitStatus.DONE);
        String[] both = {"journal", "tail", "--horizon", "--follow", "--journal", directory};
        assertThat(Cli.run(both, to, to)).isEqualTo(ExitStatus.USAGE);
    }

    private static VmMode modeOf(JournalState.Vm vm) {
        var policy = vm.operatorPolicy();
        return policy == null ? VmMode.ENFORCE : policy.mode();
    }

    private ChildProcess.Result secondDaemon() throws IOException, InterruptedException {
        Path other = Files.createDirectory(folder.resolve("second"));
        return ChildProcess.run(
                other,
                "run",
                "--connect",
                "embedded",
                "--journal",
                other.resolve("journal").toString(),
                "--socket",
                socket().toString());
    }

    private void awaitState(String state) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!status().path("state").asString().equals(state) && System.nanoTime() < endNs) {
            Thread.sleep(100);
        }
        assertThat(status().path("state").asString()).isEqualTo(state);
    }

    @Test
    void shouldGoOnWhereAKilledDaemonLeftOff() throws Exception {
        Process first = startDaemon();
        assertThat(ask("mode", "day-3", "recommend").exitStatus()).isZero();
        Thread.sleep(500);
        first.destroyForcibly().waitFor();
        assertThat(socket()).exists();

        Process second = startDaemon();
        try {
            assertThat(log()).contains("did not end in order");
            JsonNode day = null;
            for (JsonNode vm : status().path("vms")) {
                day = vm.path("name").asString().equals("day-3") ? vm : day;
            }
            assertThat(day).isNotNull();
            assertThat(day.path("mode").asString()).isEqualTo("recommend");
            stop(second);
        } finally {
            second.destroyForcibly().waitFor();
        }
    }
}
