package org.foreshape.inference.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.hypervisor.embedded.Curves;
import org.foreshape.hypervisor.embedded.DemandCurve;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.GridSteps;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.SampleHistory;
import org.foreshape.inference.evaluate.Evaluation;
import org.foreshape.inference.evaluate.ModelSeries;
import org.foreshape.inference.evaluate.ScoreGrid;
import org.foreshape.inference.trace.SeriesSpool;
import org.foreshape.journal.JournalEvents;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way: embedded guests, their journal, a training, the model in service. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RetrainedModelTest {
    private static final int VMS = 16;
    private static final int STEP_S = 15;
    private static final int RECORDED_S = 2100;
    private static final double SPEED = 300;
    private static final long SEED = 21;

    @TempDir private Path folder;

    private static List<GuestSpec> guests() {
        long mib = 1024;
        List<GuestSpec> guests = new ArrayList<>();
        for (int k = 0; k < VMS; k++) {
            long periodNs = TimeUnit.SECONDS.toNanos(300 + 60L * k);
            DemandCurve curve =
                    switch (k % 3) {
                        case 0 -> Curves.dailyWave(256 * mib, 1200 * mib, periodNs, SEED + k);
                        case 1 -> Curves.step(256 * mib, 1100 * mib, periodNs, SEED + k);
                        default -> Curves.ramp(256 * mib, 1000 * mib, periodNs, SEED + k);
                    };
            guests.add(
                    new GuestSpec(
                            "vm-" + k, new UUID(SEED, k), curve, 2048 * mib, 2048 * mib, 2, null));
        }
        return guests;
    }

    /** Journals what the guests do. */
    private void record(Path journal) throws InterruptedException {
        VmSettings settings =
                new VmSettings() {
                    @Override
                    public VmPolicy policyFor(String vmName, UUID vmUuid) {
                        return new VmPolicy(VmMode.OBSERVE, 0, 0, Long.MAX_VALUE);
                    }

                    @Override
                    public long originalKib(UUID vmUuid, long currentKib) {
                        return currentKib;
                    }
                };
        EmbeddedOptions options = new EmbeddedOptions.Builder().scale(512).build();
        EngineClock clock = EngineClock.compressed(SPEED, 1_767_600_000_000_000_000L);
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(journal, VMS));
                EmbeddedHypervisor hypervisor =
                        new EmbeddedHypervisor(guests(), options, settings, VMS)) {
            hypervisor.start(new Recorder(writer), clock);
            long endNs = clock.timeNs() + TimeUnit.SECONDS.toNanos(RECORDED_S);
            while (clock.timeNs() < endNs) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }

    private record Recorder(JournalWriter writer, Tick tick) implements EventPublisher {
        Recorder(JournalWriter writer) {
            this(writer, new Tick(VMS));
        }

        @Override
        public synchronized boolean tryPublish(EventWriter event) {
            event.write(tick);
            writer.record(tick);
            writer.endOfBatch();
            return true;
        }

        @Override
        public void publish(EventWriter event) {
            tryPublish(event);
        }
    }

    @Test
    void shouldSpeakForItsGuestsAfterAJournalOfThem() throws Exception {
        Path journal = folder.resolve("journal");
        Path out = folder.resolve("m.onnx");
        record(journal);
        int status =
                TrainMain.commandLine()
                        .execute("--journal", journal.toString(), "--out", out.toString());
        assertThat(status).as("seed %d", SEED).isZero();
        ForecastModel model = ForecastModel.load(out);
        assertThat(model.manifest().gridStepSeconds()).isEqualTo(STEP_S);
        assertThat(forecastsInService(model, journal))
                .as("seed %d: forecasts by the model", SEED)
                .isGreaterThan(VMS * 60);
        checkLoss(model, journal);
    }

    /** Runs the model over the journal as the engine does, and counts its forecasts. */
    private static long forecastsInService(ForecastModel model, Path journal) {
        long[] spoken = new long[1];
        SampleHistory history = new SampleHistory(VMS, STEP_S);
        try (ModelForecaster forecaster = ModelForecaster.open(model, history, false)) {
            JournalEvents.read(
                    journal,
                    (runId, tick) -> {
                        history.observe(tick);
                        forecaster.forecast(tick);
                        history.settle();
                        spoken[0] += tick.kind == EventKind.SAMPLE ? checked(tick) : 0;
                        return true;
                    });
            assertThat(forecaster.failedRuns() + forecaster.nonFiniteForecasts()).isZero();
        }
        return spoken[0];
    }

    private static int checked(Tick tick) {
        ForecastSection forecast = tick.forecast;
        int spoken = 0;
        for (int slot = 0; slot < forecast.slotCount; slot++) {
            if (forecast.source[slot] != ForecastSource.MODEL) {
                continue;
            }
            spoken++;
            int per = Quantiles.COUNT;
            for (int k = 0; k < FeatureSchema.OUTPUT_COUNT; k++) {
                float value = forecast.quantile[slot * ForecastSection.STRIDE + k];
                float before =
                        k % per == 0 ? 0 : forecast.quantile[slot * ForecastSection.STRIDE + k - 1];
                float most = k < 2 * per ? tick.sample.maximumKib[slot] : 2000;
                assertThat(value).as("output %d", k).isBetween(before, most);
            }
        }
        return spoken;
    }

    /** On what it was trained on, it must be far better than to say that nothing will change. */
    private void checkLoss(ForecastModel model, Path journal) throws Exception {
        try (SeriesSpool spool = new SeriesSpool(folder.resolve("steps"));
                ModelSeries series = new ModelSeries("model", model, false)) {
            GridSteps grid = new GridSteps(STEP_S, spool);
            JournalEvents.read(
                    journal,
                    (runId, tick) -> {
                        grid.take(runId, tick);
                        return true;
                    });
            grid.finish();
            int first = Math.toIntExact(spool.firstStep());
            int end = Math.toIntExact(spool.endStep());
            Evaluation evaluation =
                    new Evaluation(new ScoreGrid(STEP_S, first + 45, end), List.of(series));
            spool.forEach(evaluation::add);
            Map<String, Map<String, Double>> scores = evaluation.report().scores();
            for (String cell : List.of("memory 5 min 0.95 pinball", "cpu 5 min 0.95 pinball")) {
                Double loss = scores.getOrDefault("model", Map.of()).get(cell);
                Double still = scores.getOrDefault("a: last value", Map.of()).get(cell);
                assertThat(loss).as("seed %d, %s", SEED, cell).isNotNull();
                assertThat(still).isNotNull();
                assertThat(loss).isLessThan(.7 * still);
            }
        }
        assertThat(Files.exists(folder.resolve("m.onnx.work"))).isFalse();
    }
}
