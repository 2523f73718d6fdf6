package org.foreshape.inference.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Each baseline against its definition, computed anew from the whole past at every bin. */
class BaselinesTest {
    private static final ScoreGrid GRID = new ScoreGrid(300, 3456, 6000);

    private float[] x = {};
    private float[] m = {};
    private int h;

    private static float[] series(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = new float[2600];
        for (int t = 0; t < x.length; t++) {
            double wave = .3 + .2 * Math.sin(2 * Math.PI * t / 288);
            x[t] = random.nextInt(20) == 0 ? Float.NaN : (float) (wave + random.nextDouble(.2));
        }
        return x;
    }

    private double quantile(List<Float> values, double q) {
        float[] sorted = new float[values.size()];
        for (int k = 0; k < sorted.length; k++) {
            sorted[k] = values.get(k);
        }
        Arrays.sort(sorted);
        double position = (sorted.length - 1) * q;
        int low = (int) position;
        int high = Math.min(low + 1, sorted.length - 1);
        return sorted[low] + (position - low) * (sorted[high] - (double) sorted[low]);
    }

    private List<Float> known(float[] values, int from, int to) {
        List<Float> known = new ArrayList<>();
        for (int s = Math.max(0, from); s <= to; s++) {
            if (!Float.isNaN(values[s])) {
                known.add(values[s]);
            }
        }
        return known;
    }

    private double gaussian(int t, double z) {
        double weight = 0;
        double mean = 0;
        for (int s = 0; s <= t; s++) {
            if (!Float.isNaN(m[s])) {
                double w = Math.pow(.5, (t - s) / 12.);
                weight += w;
                mean += w * m[s];
            }
        }
        mean /= weight;
        double squares = 0;
        for (int s = 0; s <= t; s++) {
            if (!Float.isNaN(m[s])) {
                squares += Math.pow(.5, (t - s) / 12.) * (m[s] - mean) * (m[s] - mean);
            }
        }
        return mean + z * Math.sqrt(squares / weight);
    }

    private double histogram(int t, double q) {
        List<Double> edges = new ArrayList<>();
        for (int k = 1; .001 * (Math.pow(1.05, k) - 1) / .05 < 1; k++) {
            edges.add(.001 * (Math.pow(1.05, k) - 1) / .05);
        }
        edges.add(1.);
        assertThat(edges).hasSize(81);
        double[] count = new double[81];
        double total = 0;
        for (int s = 0; s <= t; s++) {
            if (!Float.isNaN(m[s])) {
                int bucket = 0;
                while (edges.get(bucket) < m[s]) {
                    bucket++;
                }
                double w = Math.pow(.5, (t - s) / 288.);
                count[bucket] += w;
                total += w;
            }
        }
        double sum = 0;
        for (int k = 0; k < 81; k++) {
            sum += count[k];
            if (sum >= q * total - 1e-12) {
                return edges.get(k);
            }
        }
        return 1;
    }

    private double sameHour(int t, double q) {
        List<Float> values = new ArrayList<>();
        for (int k = 1; k <= 7; k++) {
            for (int j = -12; j <= 12; j++) {
                int s = t - 288 * k + j + h;
                if (s >= 0 && s <= t && !Float.isNaN(m[s])) {
                    values.add(m[s]);
                }
            }
        }
        return values.size() < 25 ? quantile(known(m, t - 2015, t), q) : quantile(values, q);
    }

    private double residual(int t, double q) {
        List<Float> rises = new ArrayList<>();
        for (int s = Math.max(h, t - 2015); s <= t; s++) {
            if (!Float.isNaN(m[s]) && !Float.isNaN(x[s - h])) {
                rises.add(m[s] - x[s - h]);
            }
        }
        return x[t] + (rises.isEmpty() ? 0 : quantile(rises, q));
    }

    @Test
    void shouldFollowTheirDefinitions() {
        double[] z = {0, 1.2815515655, 1.6448536270, 2.3263478740};
        for (int steps : new int[] {1, 3}) {
            h = steps;
            x = series(steps);
            m = ScoreGrid.peaks(x, h);
            Baselines baselines = new Baselines(GRID, x, m, h);
            double[][] out = new double[Baselines.NAMES.size()][4];
            for (int t = 0; t < x.length; t++) {
                baselines.advance();
                assertThat(baselines.known()).isEqualTo(known(m, t - 2015, t).size());
                if (t % 97 != 40 || Float.isNaN(x[t])) {
                    continue;
                }
                baselines.forecast(out);
                for (int k = 0; k < 4; k++) {
                    double q = Score.level(k);
                    double hour =
                            known(x, t - 11, t).stream().mapToDouble(v -> v).max().orElseThrow();
                    double[] expected = {
                        x[t],
                        hour,
                        gaussian(t, z[k]),
                        quantile(known(m, t - 2015, t), q),
                        histogram(t, q),
                        1.15 * histogram(t, q),
                        sameHour(t, q),
                        residual(t, q),
                        quantile(known(m, t - 23, t), q)
                    };
                    for (int b = 0; b < expected.length; b++) {
                        assertThat(out[b][k])
                                .as("%s at bin %d, level %s", Baselines.NAMES.get(b), t, q)
                                .isCloseTo(expected[b], within(1e-6));
                    }
                }
            }
        }
    }
}
