package org.foreshape.inference.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.ForecastModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvaluationTest {
    private static final int BINS = 900;

    @TempDir private Path folder;

    /** Says the use of the origin, or knows the peak that comes. */
    private record Oracle(boolean knows) implements SeriesForecaster {
        @Override
        public String name() {
            return knows ? "oracle" : "last";
        }

        @Override
        public int gridStepSeconds() {
            return 300;
        }

        @Override
        public float[] forecast(float[][] use, long firstStep) {
            float[] out = new float[use[0].length * FeatureSchema.OUTPUT_COUNT];
            for (int t = 0; t < use[0].length; t++) {
                for (int r = 0; r < 2; r++) {
                    for (int h = 0; h < 2; h++) {
                        int steps = h == 0 ? 1 : 3;
                        float value = knows ? ScoreGrid.peak(use[r], t + steps, steps) : use[r][t];
                        int at =
                                t * FeatureSchema.OUTPUT_COUNT + FeatureSchema.outputIndex(r, h, 0);
                        Arrays.fill(out, at, at + FeatureSchema.QUANTILE_COUNT, value);
                    }
                }
            }
            return out;
        }

        @Override
        public void close() {}
    }

    /** VM a moves, b is idle, c has no memory column filled, d ends before the score. */
    private Path trace() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        StringBuilder text =
                new StringBuilder(
                        "vm,t_seconds,cpu_used_cores,cpu_cap_cores,mem_used_mib,mem_cap_mib\n");
        for (String vm : List.of("a", "b", "c", "d")) {
            for (int t = 0; t < (vm.equals("d") ? 100 : BINS); t++) {
                if (random.nextInt(30) == 0) {
                    continue;
                }
                String memory =
                        switch (vm) {
                            case "b" -> "0.1,1000";
                            case "c" -> ",";
                            default ->
                                    String.format(
                                            Locale.ROOT, "%.1f,1000", random.nextDouble(100, 900));
                        };
                text.append(
                        String.format(
                                Locale.ROOT,
                                "%s,%d,%.2f,2,%s%n",
                                vm,
                                300 * t,
                                random.nextDouble(2.2),
                                memory));
            }
        }
        Path file = folder.resolve("t.csv");
        Files.writeString(file, text);
        return file;
    }

    private EvaluationReport run(SeriesForecaster... models) throws IOException {
        return new Evaluation(new ScoreGrid(300, 500, BINS), List.of(models)).run(trace());
    }

    private static double[] cell(JsonNode forecaster, int index) {
        JsonNode cell = forecaster.get("cells").get(index);
        return new double[] {cell.get("pinball").asDouble(), cell.get("coverage").asDouble()};
    }

    @Test
    void shouldGiveAnOracleNoLossAndTheLastValueWhatTheBaselineHas() throws IOException {
        EvaluationReport report = run(new Oracle(true), new Oracle(false));
        assertThat(report.vmCount()).as("a and c count").isEqualTo(2);
        JsonNode json = JsonMapper.shared().readTree(report.json());
        assertThat(json.get("vms").asInt()).isEqualTo(2);
        long origins = 0;
        for (int s = 0; s < Score.SERIES; s++) {
            origins += report.origins(s);
        }
        assertThat(json.get("origins").asLong()).isEqualTo(origins);
        assertThat(report.origins(Score.series(1, 0)))
                .as("twice as many for CPU")
                .isGreaterThan(3 * report.origins(Score.series(0, 0)) / 2);
        assertThat(json.get("baselines")).hasSize(9);
        for (int k = 0; k < Score.CELLS; k++) {
            double[] oracle = cell(json.get("models").get(0), k);
            // Percent and fractions differ by the rounding of 32-bit floats.
            assertThat(oracle[0]).isLessThan(1e-7);
            assertThat(oracle[1]).isEqualTo(1);
            double[] last = cell(json.get("models").get(1), k);
            double[] baseline = cell(json.get("baselines").get(0), k);
            assertThat(last[0]).isCloseTo(baseline[0], within(1e-7));
            assertThat(last[1]).isCloseTo(baseline[1], within(1e-9));
            assertThat(baseline[0]).isBetween(.01, 1.);
        }
        JsonNode first = json.get("models").get(0).get("cells").get(5);
        assertThat(first.get("resource").asString()).isEqualTo("memory");
        assertThat(first.get("horizon_minutes").asInt()).isEqualTo(15);
        assertThat(first.get("quantile").asDouble()).isEqualTo(.9);
        assertThat(report.text()).contains("oracle", "a: last value", "Geometric mean");
    }

    @Test
    void shouldScoreByHand() throws IOException {
        // Two origins by hand: use .2 .6 .4 .4, so y = .6 and .4 for forecasts .2 and .6.
        VmScore score = new VmScore();
        score.add(0, .9, .6, .2);
        score.add(0, .9, .4, .6);
        score.add(0, .9, .5, 1.7);
        score.finish(0, 3);
        assertThat(score.pinball[0]).isCloseTo((.9 * .4 + .1 * .2 + .1 * .5) / 3, within(1e-12));
        assertThat(score.covered[0]).isCloseTo(2 / 3., within(1e-12));
        assertThat(ScoreGrid.peaks(new float[] {1, 3, Float.NaN, 2, 1, 5}, 2))
                .containsExactly(Float.NaN, 3f, Float.NaN, Float.NaN, 2f, 5f);
    }

    @Test
    void shouldStartWhereTheDefinitionSaysOrInTheMiddle() {
        assertThat(ScoreGrid.of(300, 0, 20_736).firstScored()).isEqualTo(17_856);
        assertThat(ScoreGrid.of(60, 0, 5 * 20_736).firstScored()).isEqualTo(5 * 17_856);
        assertThat(ScoreGrid.of(300, 0, 2000).firstScored()).isEqualTo(1000);
        assertThat(ScoreGrid.of(300, 16_000, 20_736).firstScored()).isEqualTo(18_368);
        assertThat(ScoreGrid.of(300, 5_000_000, 5_002_016).firstScored()).isEqualTo(5_001_008);
        assertThatThrownBy(() -> new ScoreGrid(600, 1, 2))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldDrawGroupsNotVms() throws IOException {
        EvaluationReport report = run(new Oracle(false));
        Path groups = folder.resolve("groups.csv");
        Files.writeString(groups, "vm,group\na,1\nc,1\n");
        report.bootstrap(groups);
        JsonNode comparison =
                JsonMapper.shared().readTree(report.json()).get("models").get(0).get("comparison");
        assertThat(comparison.get("groups").asInt()).isEqualTo(1);
        double ratio = comparison.get("geometric_mean_ratio").asDouble();
        assertThat(ratio).isEqualTo(report.meanRatio()).isGreaterThanOrEqualTo(1);
        // One group is drawn as a whole or not at all, so nothing varies.
        assertThat(comparison.get("low").asDouble()).isEqualTo(ratio);
        assertThat(comparison.get("high").asDouble()).isEqualTo(ratio);
    }

    @Test
    void shouldRunTheShippedModelRawAndCalibratedAndDrawIt() throws Exception {
        ForecastModel model = ForecastModel.shipped();
        try (ModelSeries calibrated = new ModelSeries(model, true);
                ModelSeries raw = new ModelSeries(model, false)) {
            EvaluationReport report = run(calibrated, raw);
            JsonNode json = JsonMapper.shared().readTree(report.json());
            double calibratedError = 0;
            for (int k = 0; k < Score.CELLS; k++) {
                double loss = cell(json.get("models").get(0), k)[0];
                double last = cell(json.get("baselines").get(0), k)[0];
                assertThat(loss).isBetween(0., last);
                calibratedError +=
                        Math.abs(cell(json.get("models").get(0), k)[1] - Score.level(k % 4));
            }
            assertThat(calibratedError / Score.CELLS).isLessThan(.03);
            String svg = report.svg();
            var document =
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
            assertThat(document.getElementsByTagName("polygon").getLength()).isPositive();
            assertThat(svg).doesNotContain("NaN");
        }
    }
}
