package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.foreshape.inference.evaluate.ModelSeries;
import org.foreshape.inference.trace.SeriesSpool;
import org.foreshape.inference.trace.StepSeries;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridStepsTest {
    private static final int STEP = 15;

    @TempDir private Path folder;

    private final Samples samples = new Samples(4);

    /** An arrival, as the engine publishes it. */
    static Tick arrival(int slot, int generation, String name, UUID identity) {
        Tick tick = new Tick(4);
        tick.begin(EventKind.CONTROL, 1);
        tick.control.kind = ControlKind.VM_ARRIVED;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = generation;
        tick.control.vmName.set(name);
        tick.control.vmUuidHigh = identity.getMostSignificantBits();
        tick.control.vmUuidLow = identity.getLeastSignificantBits();
        return tick;
    }

    private static List<StepSeries> all(SeriesSpool spool) throws Exception {
        List<StepSeries> found = new ArrayList<>();
        spool.forEach(found::add);
        return found;
    }

    /** What is trained on must be what is served: the same forecasts come out of both. */
    @Test
    void shouldGiveTheModelWhatAnEngineGivesIt() throws Exception {
        long seed = 3;
        SplittableRandom random = new SplittableRandom(seed);
        ForecastModel model = ForecastModelTest.shippedFor(STEP);
        SampleHistory history = new SampleHistory(4, STEP);
        List<float[]> served = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        try (SeriesSpool spool = new SeriesSpool(folder.resolve("steps"));
                ModelForecaster engine = ModelForecaster.open(model, history, false)) {
            GridSteps grid = new GridSteps(STEP, spool);
            for (int second = 1_500_000_000; second < 1_500_006_000; second++) {
                boolean closes = second % STEP == 0;
                if (!closes && random.nextInt(3) == 0) {
                    continue; // Samples come as they come; some steps are missing at last.
                }
                if (second % 900 > 840 && second % 900 < 880) {
                    continue;
                }
                // At the beginning of a step it is low, so that nothing lifts the forecast.
                samples.at(second).vm(2, 1, closes ? 0 : random.nextInt(10, 90), 1);
                history.observe(samples.tick);
                engine.forecast(samples.tick);
                grid.take(1, samples.tick);
                if (closes && samples.tick.forecast.source[2] == ForecastSource.MODEL) {
                    float[] row = new float[FeatureSchema.OUTPUT_COUNT / 2];
                    int at = 2 * ForecastSection.STRIDE;
                    System.arraycopy(samples.tick.forecast.quantile, at, row, 0, row.length);
                    served.add(row);
                    steps.add((long) second / STEP - 1);
                }
            }
            grid.finish();
            List<StepSeries> series = all(spool);
            assertThat(series).hasSize(1);
            assertThat(served).as("seed %d", seed).hasSizeGreaterThan(300);
            StepSeries recorded = series.getFirst();
            try (ModelSeries evaluated = new ModelSeries(model, true)) {
                float[] of = evaluated.forecast(recorded.percent(), recorded.firstStep());
                for (int k = 0; k < served.size(); k++) {
                    int t = Math.toIntExact(steps.get(k) - recorded.firstStep());
                    for (int q = 0; q < served.get(k).length; q++) {
                        float percent = served.get(k)[q] / (Samples.MAXIMUM_KIB / 100f);
                        assertThat(percent)
                                .as("seed %d, step %d, output %d", seed, t, q)
                                .isCloseTo(of[t * FeatureSchema.OUTPUT_COUNT + q], within(2e-3f));
                    }
                }
            }
        }
    }

    @Test
    void shouldTellVmsApartOverSlotsRunsAndGaps() throws Exception {
        UUID first = new UUID(1, 1);
        UUID second = new UUID(2, 2);
        try (SeriesSpool spool = new SeriesSpool(folder.resolve("steps"))) {
            GridSteps grid = new GridSteps(STEP, spool);
            grid.take(1, arrival(0, 1, "a", first));
            for (int t = 0; t < 600; t += 5) {
                // Missing from 100 to 200, which is shorter than a day.
                if (t < 100 || t >= 200) {
                    grid.take(1, samples.at(t).vm(0, 1, 10, 5).tick);
                }
            }
            grid.take(1, arrival(0, 2, "b", second));
            for (int t = 600; t < 900; t += 5) {
                grid.take(1, samples.at(t).vm(0, 2, 20, 5).tick);
            }
            // Another run: the same VM in another slot, and one whose arrival was pruned.
            grid.take(2, arrival(3, 1, "a", first));
            for (int t = 900; t < 1200; t += 5) {
                grid.take(2, samples.at(t).vm(3, 1, 30, 5).vm(1, 7, 40, 5).tick);
            }
            // Two days without a sample: the engine forgets.
            for (int t = 200_000; t < 200_100; t += 5) {
                grid.take(2, samples.at(t).vm(3, 1, 50, 5).tick);
            }
            grid.finish();
            List<StepSeries> series = all(spool);
            assertThat(series)
                    .extracting(StepSeries::vm)
                    .containsExactly("a", "b", "slot 1", "a", "a");
            assertThat(series.get(0).identity())
                    .isEqualTo(first)
                    .isEqualTo(series.get(3).identity());
            assertThat(series.get(0).firstStep()).isZero();
            float[] memory = series.getFirst().percent()[FeatureSchema.MEMORY];
            // The engine, too, loses the step that another VM's first sample closes.
            assertThat(memory).hasSize(39);
            assertThat(memory[6]).isCloseTo(10, within(.01f));
            for (int gap = 7; gap < 13; gap++) {
                assertThat(memory[gap]).as("step %d", gap).isNaN();
            }
            assertThat(memory[38]).isCloseTo(10, within(.01f));
            assertThat(series.get(0).memoryCapacityKib()).isEqualTo(Samples.MAXIMUM_KIB);
            assertThat(series.get(1).firstStep()).isEqualTo(40);
            assertThat(series.get(4).firstStep()).isEqualTo(200_000 / STEP);
            assertThat(spool.longest()).isEqualTo(39);
            assertThat(spool.endStep()).isEqualTo(200_100 / STEP - 1);
        }
    }

    @Test
    void shouldKeepLongSeriesAndTellTheirContentsApart() throws Exception {
        String[] hash = new String[3];
        for (int round = 0; round < hash.length; round++) {
            try (SeriesSpool spool = new SeriesSpool(folder.resolve("steps" + round))) {
                for (int s = 0; s < 3; s++) {
                    spool.begin(s, "vm" + s, new UUID(0, s), 7);
                }
                for (int t = 0; t < 1000; t++) {
                    for (int s = 0; s < 3; s++) {
                        float odd = round == 2 && t == 900 ? .5f : 0;
                        spool.step(s, t % 100 == 50 ? Float.NaN : t % 97 + odd, t % 89);
                    }
                }
                for (int s = 0; s < 3; s++) {
                    spool.step(s, Float.NaN, Float.NaN); // A gap at the end is no part of it.
                    spool.end(s, 1024);
                }
                for (StepSeries series : all(spool)) {
                    assertThat(series.length()).isEqualTo(1000);
                    assertThat(series.percent()[FeatureSchema.CPU][999]).isEqualTo(999 % 89);
                    assertThat(series.percent()[FeatureSchema.MEMORY][950]).isNaN();
                    assertThat(series.percent()[FeatureSchema.MEMORY][951]).isEqualTo(951 % 97);
                }
                assertThat(spool.stepCount()).isEqualTo(3000);
                hash[round] = spool.sha256();
            }
        }
        assertThat(hash[0]).isEqualTo(hash[1]).isNotEqualTo(hash[2]);
    }
}
