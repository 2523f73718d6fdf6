package org.foreshape.shaping.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeastSquaresTest {
    private static final long SEED = 20_261_130L;

    /** Against the weights that made the examples. */
    @Test
    void shouldFindTheWeights() {
        SplittableRandom random = new SplittableRandom(SEED);
        double[][] truth = {{1, -2, .5, 4}, {0, 3, 0, -1}};
        LeastSquares fit = new LeastSquares(4, 2, 1e-6);
        double[] input = new double[4];
        double[] output = new double[2];
        for (int i = 0; i < 5_000; i++) {
            example(random, truth, input, output);
            for (int o = 0; o < 2; o++) {
                output[o] += random.nextGaussian() * .1;
            }
            fit.learn(input, output);
        }
        for (int i = 0; i < 100; i++) {
            example(random, truth, input, output);
            assertThat(fit.predict(input, 0)).as("seed " + SEED).isEqualTo(output[0], within(.03));
            assertThat(fit.predict(input, 1)).as("seed " + SEED).isEqualTo(output[1], within(.03));
        }
    }

    private static void example(
            SplittableRandom random, double[][] truth, double[] input, double[] output) {
        for (int i = 0; i < input.length; i++) {
            input[i] = i == 0 ? 1 : random.nextDouble(-1, 1);
        }
        for (int o = 0; o < output.length; o++) {
            output[o] = 0;
            for (int i = 0; i < input.length; i++) {
                output[o] += truth[o][i] * input[i];
            }
        }
    }

    @Test
    void shouldBelieveInNothingBeforeItHasSeenMuch() {
        LeastSquares fit = new LeastSquares(1, 1, 9);
        assertThat(fit.predict(new double[] {1}, 0)).isZero();
        fit.learn(new double[] {1}, new double[] {10});
        // Nine parts of belief in 0 and one example of 10.
        assertThat(fit.predict(new double[] {1}, 0)).isEqualTo(1, within(1e-12));
    }
}
