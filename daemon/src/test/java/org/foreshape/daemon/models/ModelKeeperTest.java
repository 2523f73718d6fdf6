package org.foreshape.daemon.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.ring.DistinctErrors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a keeper does, and above all what it does when something is amiss. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ModelKeeperTest {
    private static final long START_S = 1_767_600_000;
    private static final int RECORDED_S = 7200;
    private static final long MINUTE_NS = 60_000_000_000L;
    private static final long NOW_NS = (START_S + RECORDED_S) * 1_000_000_000L;
    private static final String WINS =
            "echo '{\"groups\":6,\"origins\":1000,\"first_by_second\":"
                    + "{\"geometric_mean_ratio\":0.8,\"low\":0.7,\"high\":0.9}}' > \"$REPORT\"";
    private static final String NAME = "2026-01-05T10-00-00Z-drift.onnx";

    @TempDir Path folder;

    private final List<ProcessHandle> childrenBefore = ProcessHandle.current().children().toList();
    private final DistinctErrors errors = new DistinctErrors();
    private FakeCommands commands;
    private FakeEngine engine;
    private ModelStore store;
    private ModelKeeper keeper;

    @BeforeEach
    void prepare() throws IOException {
        commands = new FakeCommands(folder.resolve("made"));
        Path journal = folder.resolve("journal");
        RecordedWaves.record(journal, 2, START_S, RECORDED_S, 600);
        engine = new FakeEngine(journal, NOW_NS);
        store = new ModelStore(folder.resolve("models"));
        keeper = keeper(0);
    }

    private ModelKeeper keeper(int retrainHours) {
        return new ModelKeeper(
                engine,
                new KeeperSettings(
                        store.directory(), retrainHours, true, 60, List.of("--rows", "9")),
                commands,
                errors);
    }

    @AfterEach
    void shouldLeaveNothingBehind() {
        keeper.close();
        assertThat(errors.list()).isEmpty();
        assertThat(ProcessHandle.current().children().toList()).isSubsetOf(childrenBefore);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("foreshape-models"));
        assertThat(files()).noneMatch(name -> name.endsWith(".judging") || name.contains(".work"));
    }

    private List<String> files() {
        return StoreFiles.list(store.directory()).stream()
                .map(file -> file.getFileName().toString())
                .sorted()
                .toList();
    }

    private static void await(String what, BooleanSupplier holds) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(endNs);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** Has it work until the journal has heard so many verdicts. */
    private String verdict(int count) throws InterruptedException {
        await(count + " verdicts", () -> judged().size() >= count);
        return judged().get(count - 1);
    }

    private List<String> judged() {
        return engine.told().stream().filter(text -> text.startsWith("MODEL_JUDGED")).toList();
    }

    private String verdictOfRequest() throws InterruptedException {
        keeper.start();
        assertThat(keeper.request(Cause.DRIFT, "worse")).isTrue();
        return verdict(1);
    }

    private void assertNothingPromoted() {
        assertThat(store.history()).containsExactly("shipped");
        assertThat(engine.told()).noneMatch(text -> text.startsWith("swapped"));
    }

    @Test
    void shouldPromoteWhatWonAndJournalEveryStep() throws Exception {
        verdictOfRequest();
        await("the swap", () -> engine.told().size() == 3);
        assertThat(engine.told())
                .containsExactly(
                        "TRAINING_STARTED " + NAME + ": worse",
                        "MODEL_JUDGED "
                                + NAME
                                + " won: its loss by that of the shipped model is 0.800 (0.700 to"
                                + " 0.900) over 6 VMs and 1000 origins, the upper end must be below"
                                + " 1",
                        "swapped to " + store.fileOf(NAME));
        assertThat(store.history()).containsExactly("shipped", NAME);
        List<String> train = commands.calls().get(0);
        assertThat(FakeCommands.after(train, "--until-seconds"))
                .as("an hour less")
                .isEqualTo("3600");
        assertThat(FakeCommands.after(train, "--step-seconds")).isEqualTo("300");
        assertThat(train).containsSequence("--rows", "9");
        assertThat(FakeCommands.after(commands.calls().get(1), "--from-seconds"))
                .as("not before what was trained on, by a step")
                .isEqualTo("3900");
        assertThat(files()).contains(NAME, "2026-01-05T10-00-00Z-drift.verdict.json");
    }

    @Test
    void shouldKeepThePresentModelWhenTheIntervalReachesOne() throws Exception {
        commands.judge(6, 1000, .9, .8, 1);
        assertThat(verdictOfRequest()).contains("did not win", "(0.800 to 1.000)");
        assertNothingPromoted();
        Verdict kept = store.verdict(NAME);
        assertThat(kept).isNotNull();
        assertThat(kept.result()).isEqualTo(Verdict.Result.LOST);
    }

    @Test
    void shouldNotJudgeOnTooLittle() throws Exception {
        commands.judge(5, 1000, .5, .4, .6);
        assertThat(verdictOfRequest()).contains("was not judged", "5 VMs");
        assertNothingPromoted();
    }

    @Test
    void shouldRefuseWithoutATrainerAndStayUseful() throws Exception {
        commands.lackTrainer();
        keeper.start();
        assertThat(keeper.request(Cause.DRIFT, "worse")).isTrue();
        await("it was looked at", () -> keeper.request(Cause.DRIFT, "again"));
        assertThat(engine.told()).isEmpty();
        assertThat(commands.calls()).isEmpty();
    }

    @Test
    void shouldSayWhatTheTrainerLastSaidWhenItFails() throws Exception {
        commands.trainBy("echo too short; touch \"$OUT\".onnx; exit 1");
        assertThat(verdictOfRequest())
                .contains("was not judged", "exit status 1: too short", "drift.log");
        assertNothingPromoted();
        assertThat(files())
                .as("the log and the verdict stay, what it made does not")
                .contains("2026-01-05T10-00-00Z-drift.log")
                .doesNotContain(NAME);
    }

    @Test
    void shouldSayThatTheJournalIsGone() throws Exception {
        engine = new FakeEngine(folder.resolve("gone"), NOW_NS);
        keeper = keeper(0);
        assertThat(verdictOfRequest()).contains("was not judged", "gone");
        assertThat(commands.calls()).isEmpty();
    }

    @Test
    void shouldNotTrainOnAJournalThatIsHeldBackWhole() throws Exception {
        engine = new FakeEngine(engine.journal(), NOW_NS - 90 * MINUTE_NS);
        keeper = keeper(0);
        assertThat(verdictOfRequest()).contains("no more than the 60 min that are held back");
    }

    @Test
    void shouldNotTakeADamagedCandidate() throws Exception {
        commands.makeDamaged();
        assertThat(verdictOfRequest()).contains("was not judged", "is corrupt");
        assertNothingPromoted();
    }

    @Test
    void shouldNotTakeACandidateOfAnotherStep() throws Exception {
        commands.makeOfStep(15);
        assertThat(verdictOfRequest()).contains("was not judged", "steps of 15 s", "300 s");
        assertNothingPromoted();
    }

    @Test
    void shouldTakeAPromotionBackThatTheEngineRefuses() throws Exception {
        engine.refuse(new ModelRejectedException("no session for it."));
        verdictOfRequest();
        assertThat(verdict(2)).contains("cannot take its place", "no session for it.");
        assertNothingPromoted();
    }

    @Test
    void shouldSayThatAWinnerCannotBePromoted() throws Exception {
        commands.judgeBy("echo '{' > " + store.directory().resolve("promoted") + "; " + WINS);
        assertThat(verdictOfRequest())
                .contains("it won, but cannot be promoted", "promoted, which says", "is damaged");
        assertThat(engine.told()).hasSize(2);
    }

    @Test
    void shouldNotPromoteWhatWasJudgedAgainstAModelOfThePast() throws Exception {
        commands.judgeBy("while [ ! -e " + folder.resolve("go") + " ]; do sleep .05; done");
        keeper.start();
        keeper.request(Cause.DRIFT, "worse");
        await("it is judged", () -> commands.calls().size() == 2);
        engine.swap(ForecastModel.shipped());
        Files.createFile(folder.resolve("go"));
        assertThat(verdict(1)).contains("another model was put to work meanwhile");
        assertThat(store.history()).containsExactly("shipped");
    }

    @Test
    void shouldSayThatAnEvaluationFailed() throws Exception {
        commands.judgeBy("echo no room; kill -9 $$");
        assertThat(verdictOfRequest()).contains("exit status 137 (killed): no room");
        assertNothingPromoted();
    }

    @Test
    void shouldSayThatAnEvaluationLeftNoReport() throws Exception {
        commands.judgeBy("echo '{' > \"$REPORT\"");
        assertThat(verdictOfRequest()).contains("was not judged", "not JSON");
    }

    @Test
    void shouldEndWithItsTrainerInTheMiddleOfATraining() throws Exception {
        commands.trainBy("mkdir \"$OUT\".onnx.work; exec sleep 60");
        keeper.start();
        keeper.request(Cause.DRIFT, "worse");
        await("the trainer runs", () -> files().stream().anyMatch(f -> f.endsWith(".work")));
        assertThat(keeper.request(Cause.DRIFT, "worse")).as("one at a time").isFalse();
        long startNs = System.nanoTime();
        keeper.close();
        assertThat((System.nanoTime() - startNs) / 1_000_000).isLessThan(2_000);
        assertThat(files()).as("as if nothing had been").isEmpty();
        assertNothingPromoted();
    }

    @Test
    void shouldTryAgainSomeTimesAfterADriftAndAnewWhenAskedAnew() throws Exception {
        commands.judge(6, 1000, 1.2, 1.1, 1.3);
        verdictOfRequest();
        for (int retry = 1; retry <= ModelKeeper.RETRY_COUNT_MAX; retry++) {
            engine.advance(60 * MINUTE_NS - 1);
            TimeUnit.MILLISECONDS.sleep(300);
            assertThat(judged()).hasSize(retry);
            engine.advance(1);
            verdict(retry + 1);
        }
        engine.advance(600 * MINUTE_NS);
        TimeUnit.MILLISECONDS.sleep(500);
        assertThat(judged()).as("and no more").hasSize(1 + ModelKeeper.RETRY_COUNT_MAX);
        await("a new request", () -> keeper.request(Cause.DRIFT, "worse still"));
        verdict(2 + ModelKeeper.RETRY_COUNT_MAX);
        engine.advance(60 * MINUTE_NS);
        verdict(3 + ModelKeeper.RETRY_COUNT_MAX);
    }

    @Test
    void shouldWaitAfterADriftUntilThereIsSomethingToLearnFrom() throws Exception {
        commands.trainBy("while [ ! -e " + folder.resolve("go") + " ]; do sleep .05; done; false");
        keeper.start();
        assertThat(keeper.requestAfterDrift("the law is another")).isTrue();
        engine.advance(60 * MINUTE_NS - 1);
        TimeUnit.MILLISECONDS.sleep(500);
        assertThat(engine.told()).isEmpty();
        engine.advance(1);
        await("it is trained", () -> commands.calls().size() == 1);
        assertThat(keeper.requestAfterDrift("and another")).as("not lost").isTrue();
        Files.createFile(folder.resolve("go"));
        assertThat(verdict(1)).contains("was not judged");
        engine.advance(60 * MINUTE_NS);
        await("the other", () -> engine.told().stream().anyMatch(t -> t.endsWith("and another")));
    }

    @Test
    void shouldForgetADriftThatAnotherModelCured() throws Exception {
        keeper = keeper(1);
        keeper.start();
        TimeUnit.MILLISECONDS.sleep(300);
        engine.advance(30 * MINUTE_NS);
        assertThat(keeper.requestAfterDrift("worse")).isTrue();
        engine.advance(30 * MINUTE_NS);
        assertThat(verdict(1)).contains("-schedule.onnx won");
        engine.advance(59 * MINUTE_NS);
        TimeUnit.MILLISECONDS.sleep(500);
        assertThat(judged()).as("none for the drift of the model before").hasSize(1);
    }

    @Test
    void shouldTrainBySchedule() throws Exception {
        commands.judge(6, 1000, 1.2, 1.1, 1.3);
        keeper = keeper(2);
        keeper.start();
        TimeUnit.MILLISECONDS.sleep(300);
        engine.advance(119 * MINUTE_NS);
        TimeUnit.MILLISECONDS.sleep(300);
        assertThat(engine.told()).isEmpty();
        engine.advance(MINUTE_NS);
        assertThat(verdict(1)).contains("-schedule.onnx did not win");
        // A keeper after it, as after a restart, goes on from there.
        keeper.close();
        keeper = keeper(2);
        engine.advance(119 * MINUTE_NS);
        keeper.start();
        TimeUnit.MILLISECONDS.sleep(300);
        assertThat(judged()).hasSize(1);
        engine.advance(MINUTE_NS);
        verdict(2);
    }

    @Test
    void shouldTrainNothingWithoutAFeatureModelOrWhereDriftIsNoReason() throws Exception {
        engine.workWithout();
        keeper.start();
        assertThat(keeper.request(Cause.DRIFT, "worse")).isTrue();
        await("it was looked at", () -> keeper.request(Cause.DRIFT, "again"));
        assertThat(engine.told()).isEmpty();
        try (ModelKeeper other =
                new ModelKeeper(
                        engine,
                        new KeeperSettings(store.directory(), 0, false, 60, List.of()),
                        commands,
                        errors)) {
            assertThat(other.request(Cause.DRIFT, "worse")).isFalse();
        }
    }

    @Test
    void shouldRemoveWhatWasBrokenOffAndOldLosers() throws Exception {
        Path models = Files.createDirectories(store.directory());
        for (int k = 0; k < StoreFiles.KEPT_COUNT + 2; k++) {
            Files.writeString(models.resolve("2026-01-01T00-00-0" + k + "Z-drift.onnx"), "x");
        }
        Files.createDirectories(models.resolve("2026-01-01T00-00-00Z-drift.onnx.work/in"));
        Files.writeString(models.resolve("own.onnx"), "x");
        store.promote("2026-01-01T00-00-00Z-drift.onnx");
        keeper.start();
        await("it tidied", () -> files().size() == StoreFiles.KEPT_COUNT + 4);
        assertThat(files())
                .contains("2026-01-01T00-00-00Z-drift.onnx", "own.onnx", "promoted")
                .doesNotContain("2026-01-01T00-00-01Z-drift.onnx");
        assertThat(ForecastModel.shipped()).isNotNull();
    }
}
