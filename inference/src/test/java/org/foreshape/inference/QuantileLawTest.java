package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.foreshape.ring.event.Quantiles;
import org.junit.jupiter.api.Test;

class QuantileLawTest {
    private static final double FREE = Double.POSITIVE_INFINITY;

    private static float[] of(DoubleUnaryOperator law) {
        float[] quantiles = new float[Quantiles.COUNT];
        for (int q = 0; q < quantiles.length; q++) {
            quantiles[q] = (float) law.applyAsDouble(Quantiles.level(q));
        }
        return quantiles;
    }

    private static double logit(double u) {
        return Math.log(u / (1 - u));
    }

    @Test
    void shouldRefuseWhatIsNoForecast() {
        float[] good = of(u -> 10 + u);
        float[] crossed = good.clone();
        crossed[4] = 9;
        float[] unknown = good.clone();
        unknown[0] = Float.NaN;
        assertThatThrownBy(() -> QuantileLaw.of(crossed, 0, 0, 100)).hasMessageContaining("ascend");
        assertThatThrownBy(() -> QuantileLaw.of(unknown, 0, 0, 100)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> QuantileLaw.of(good, 0, 0, 10.5)).hasMessageContaining("10.5");
        assertThatThrownBy(() -> QuantileLaw.of(good, 0, 10.5, 100)).hasMessageContaining("10.5");
        QuantileLaw law = QuantileLaw.of(good, 0, 0, 100);
        for (double level : new double[] {0, 1, -1, Double.NaN}) {
            assertThatThrownBy(() -> law.quantile(level))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldMeetALogisticLawExactly() {
        QuantileLaw law = QuantileLaw.of(of(u -> 50 + 4 * logit(u)), 0, -FREE, FREE);
        assertThat(law.mean()).isCloseTo(50, within(1e-5));
        assertThat(law.variance()).isCloseTo(16 * Math.PI * Math.PI / 3, within(1e-4));
        assertThat(law.quantile(.001)).isCloseTo(50 + 4 * logit(.001), within(1e-4));
        assertThat(law.quantile(.42)).isCloseTo(50 + 4 * logit(.42), within(1e-4));
        assertThat(law.quantile(.9999)).isCloseTo(50 + 4 * logit(.9999), within(1e-4));
        assertThat(law.central(.8).low()).isCloseTo(50 + 4 * logit(.1), within(1e-4));
        assertThat(law.central(.8).high()).isCloseTo(50 + 4 * logit(.9), within(1e-4));
    }

    /** Standard normal, exponential, uniform, lognormal: closed forms, and how near it comes. */
    @Test
    void shouldComeNearOtherLaws() {
        // Quantiles of the standard normal at the ten levels, from tables.
        double[] z = {
            -1.6448536,
            -1.2815516,
            -.6744898,
            0,
            .6744898,
            1.2815516,
            1.6448536,
            2.3263479,
            2.5758293,
            3.0902323
        };
        float[] normal = new float[z.length];
        float[] lognormal = new float[z.length];
        for (int q = 0; q < z.length; q++) {
            normal[q] = (float) z[q];
            lognormal[q] = (float) Math.exp(z[q] / 2);
        }
        assertNear(QuantileLaw.of(normal, 0, -FREE, FREE), 0, 1);
        double variance = (Math.exp(.25) - 1) * Math.exp(.25);
        assertNear(QuantileLaw.of(lognormal, 0, 0, FREE), Math.exp(.125), variance);
        assertNear(QuantileLaw.of(of(u -> -Math.log(1 - u)), 0, 0, FREE), 1, 1);
        assertNear(QuantileLaw.of(of(u -> u), 0, 0, 1), .5, 1 / 12.);
    }

    private static void assertNear(QuantileLaw law, double mean, double variance) {
        assertThat(law.mean()).isCloseTo(mean, within(.02 * Math.sqrt(variance)));
        assertThat(law.variance()).isCloseTo(variance, within(.03 * variance));
    }

    @Test
    void shouldBeExactForWhatDoesNotVary() {
        float[] same = new float[Quantiles.COUNT];
        Arrays.fill(same, 3e8f);
        QuantileLaw law = QuantileLaw.of(same, 0, 0, FREE);
        assertThat(law.mean()).isEqualTo(3e8);
        assertThat(law.variance()).isZero();
        assertThat(law.central(.9)).isEqualTo(new QuantileLaw.Interval(3e8, 3e8));
        QuantileLaw nothing = QuantileLaw.of(new float[Quantiles.COUNT], 0, 0, 0);
        assertThat(nothing.mean()).isZero();
        assertThat(nothing.variance()).isZero();
    }

    @Test
    void shouldNotLoseASmallSpreadAroundAGreatValue() {
        double step = 64; // What a float still tells apart at 2^29.
        float[] quantiles = of(u -> 1L << 29);
        for (int q = 5; q < quantiles.length; q++) {
            quantiles[q] += (float) step;
        }
        QuantileLaw law = QuantileLaw.of(quantiles, 0, 0, FREE);
        assertThat(law.mean()).isBetween((double) (1L << 29), (1L << 29) + step);
        assertThat(law.variance()).isBetween(step * step * .05, step * step * .25);
    }

    /** Any ascending quantiles within bounds: against sums over two million levels. */
    @Test
    void shouldAgreeWithItsOwnQuantiles() {
        long seed = Long.getLong("foreshape.seed", 20_261_204L);
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 12; round++) {
            float[] quantiles = new float[Quantiles.COUNT + 3];
            for (int q = 3; q < quantiles.length; q++) {
                quantiles[q] = random.nextInt(3) == 0 ? 20 : (float) random.nextDouble(100);
            }
            Arrays.sort(quantiles, 3, quantiles.length);
            double highest = round % 2 == 0 ? 100 : FREE;
            QuantileLaw law = QuantileLaw.of(quantiles, 3, 0, highest);
            int draws = 2_000_000;
            double sum = 0;
            double squares = 0;
            for (int k = 0; k < draws; k++) {
                double value = law.quantile((k + .5) / draws) - 50;
                sum += value;
                squares += value * value;
            }
            double mean = sum / draws;
            assertThat(law.mean()).as("round " + round).isCloseTo(50 + mean, within(2e-3));
            double variance = squares / draws - mean * mean;
            assertThat(law.variance())
                    .as("round " + round)
                    .isCloseTo(variance, within(2e-3 * (1 + variance)));
            QuantileLaw.Interval middle = law.central(.9);
            assertThat(middle.low()).isBetween(0., (double) quantiles[3] + 1e-3);
            assertThat(middle.high()).isLessThanOrEqualTo(highest);
        }
    }
}
