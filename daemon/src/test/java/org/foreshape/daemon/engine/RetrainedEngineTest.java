package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.models.Cause;
import org.foreshape.daemon.models.KeeperSettings;
import org.foreshape.daemon.models.ModelKeeper;
import org.foreshape.daemon.models.ModelStore;
import org.foreshape.daemon.models.RecordedWaves;
import org.foreshape.daemon.models.Verdict;
import org.foreshape.daemon.replay.RecordedRun;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.ReplayReport;
import org.foreshape.journal.ReplayStages;
import org.foreshape.journal.Replayer;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole loop: an engine says that its model drifted, the real trainer trains another one on the
 * journal, the real evaluation judges it, the engine goes on with it, and so does the next start.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RetrainedEngineTest {
    private static final String TRAINER = "foreshape.trainer.path";
    private static final long START_S = 1_767_600_000;
    private static final int RECORDED_S = 86_400;
    private static final int WAVE_S = 3600;
    private static final int HELD_BACK_MINUTES = 300;
    private static final int WAVES = 8;
    private static final int GUESTS = 4;
    private static final double SPEED = 60;

    @TempDir Path folder;

    private final String before = System.getProperty(TRAINER);

    @BeforeEach
    void findTrainer() {
        Path trainer =
                Path.of(
                        System.getProperty("foreshape.root", ".."),
                        "inference/trainer/target/dist");
        boolean isThere = Files.isDirectory(trainer);
        if (System.getenv("FORESHAPE_LAB_REQUIRED") != null) {
            assertThat(isThere).as("%s: build inference/trainer first", trainer).isTrue();
        }
        assumeTrue(isThere, trainer + " is not there: build inference/trainer first");
        System.setProperty(TRAINER, trainer.toString());
    }

    @AfterEach
    void forgetTrainer() {
        if (before == null) {
            System.clearProperty(TRAINER);
        } else {
            System.setProperty(TRAINER, before);
        }
    }

    private static DemoEngine guests(int run) {
        long startNs = (START_S + RECORDED_S + 7200L * run) * 1_000_000_000L;
        return new DemoEngine(GUESTS, SPEED, startNs, VmMode.OBSERVE);
    }

    @Test
    void shouldGoOnWithAModelOfItsOwnJournalThatWon() throws Exception {
        Path journal = folder.resolve("journal");
        Path models = folder.resolve("models");
        RecordedWaves.record(journal, WAVES, START_S, RECORDED_S, WAVE_S);
        KeeperSettings settings =
                new KeeperSettings(models, 0, true, HELD_BACK_MINUTES, List.of("--epochs", "20"));
        ModelStore store = new ModelStore(models);
        String sha256;
        try (Engine engine = guests(0).open(journal);
                ModelKeeper keeper = ModelKeeping.of(engine, settings)) {
            engine.start();
            keeper.start();
            assertThat(keeper.request(Cause.DRIFT, "as a test has it")).isTrue();
            awaitSwap(engine, store);
            ForecastModel model = engine.model();
            assertThat(model).isNotNull();
            sha256 = model.manifest().modelSha256();
        }
        String name = store.promoted();
        Verdict verdict = store.verdict(name);
        assertThat(verdict).isNotNull();
        System.out.println(verdict.text());
        assertThat(verdict.result()).isEqualTo(Verdict.Result.WON);
        assertThat(name).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ-drift\\.onnx");
        assertThat(store.loadPromoted().manifest().modelSha256()).isEqualTo(sha256);
        assertThat(events(journal))
                .containsExactly(
                        "TRAINING_STARTED " + name + ": as a test has it",
                        "MODEL_JUDGED " + verdict.text(),
                        "MODEL_SWAPPED " + sha256 + " " + store.fileOf(name));
        try (var files = Files.list(models)) {
            String stem = name.substring(0, name.length() - 5);
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            name,
                            stem + ".json",
                            stem + ".log",
                            stem + ".verdict.json",
                            "promoted",
                            "promoted.lock");
        }

        // The next run begins with it, and all runs can be replayed.
        try (Engine engine = guests(1).withModel(store.loadPromoted()).open(journal)) {
            engine.start();
            TimeUnit.SECONDS.sleep(1);
        }
        ReplayReport report = replay(journal);
        assertThat(report.ok()).as(report.toString()).isTrue();
        assertThat(report.forecasts()).isPositive().isEqualTo(report.forecastsIdentical());
    }

    private static void awaitSwap(Engine engine, ModelStore store) throws InterruptedException {
        String shipped = ForecastModel.shipped().manifest().modelSha256();
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (engine.model().manifest().modelSha256().equals(shipped)) {
            for (String name : store.names()) {
                Verdict verdict = store.verdict(name);
                assertThat(verdict == null || verdict.result() == Verdict.Result.WON)
                        .as("%s", verdict)
                        .isTrue();
            }
            assertThat(System.nanoTime()).as("another model is at work").isLessThan(endNs);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static List<String> events(Path journal) {
        List<String> events = new ArrayList<>();
        Tick tick = new Tick(WAVES);
        try (JournalReader reader = JournalReader.open(journal)) {
            while (reader.advance()) {
                reader.readEvent(tick);
                if (tick.kind == EventKind.CONTROL
                        && List.of(
                                        ControlKind.TRAINING_STARTED,
                                        ControlKind.MODEL_JUDGED,
                                        ControlKind.MODEL_SWAPPED)
                                .contains(tick.control.kind)) {
                    events.add(tick.control.kind + " " + tick.control.text);
                }
            }
        }
        return events;
    }

    /** As {@code foreshape replay} does it. */
    private static ReplayReport replay(Path journal) {
        List<DecisionStages> made = new ArrayList<>();
        try (JournalReader reader = JournalReader.open(journal)) {
            return Replayer.replay(
                    reader,
                    (text, max) -> {
                        DecisionStages stages = RecordedRun.of(text, null).open();
                        made.add(stages);
                        return new ReplayStages(
                                stages.history(),
                                RecordedRun.swapping(
                                        stages,
                                        failure -> {
                                            throw failure;
                                        }),
                                stages.shaper());
                    });
        } finally {
            made.forEach(DecisionStages::close);
        }
    }
}
