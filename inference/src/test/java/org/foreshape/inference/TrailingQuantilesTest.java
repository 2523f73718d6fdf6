package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TrailingQuantilesTest {
    @Test
    void shouldEqualSortingTheWindowAnew() {
        long seed = 20261122;
        SplittableRandom random = new SplittableRandom(seed);
        int window = 37;
        TrailingQuantiles trailing = new TrailingQuantiles(3, window);
        ArrayDeque<Float> values = new ArrayDeque<>();
        for (int step = 0; step < 2000; step++) {
            // Few distinct values, so that ties are common; one in seven is missing.
            float value = random.nextInt(7) == 0 ? Float.NaN : random.nextInt(-20, 20) / 4f;
            trailing.push(1, value);
            trailing.push(2, -value);
            values.addLast(value);
            if (values.size() > window) {
                values.removeFirst();
            }
            double[] sorted =
                    values.stream().filter(v -> !v.isNaN()).mapToDouble(v -> v).sorted().toArray();
            assertThat(trailing.known(1)).as("seed %d", seed).isEqualTo(sorted.length);
            if (sorted.length > 0) {
                double q = random.nextDouble();
                double at = (sorted.length - 1) * q;
                int low = (int) at;
                int high = Math.min(low + 1, sorted.length - 1);
                double wanted = sorted[low] + (at - low) * (sorted[high] - sorted[low]);
                assertThat(trailing.quantile(1, q))
                        .as("seed %d, step %d", seed, step)
                        .isCloseTo(wanted, within(1e-6));
            }
        }
        assertThat(trailing.quantile(2, 1)).isEqualTo(-min(values));
        assertThat(trailing.known(0)).isZero();
        assertThat(trailing.quantile(0, .5)).isNaN();
    }

    @Test
    void shouldForgetOnClear() {
        TrailingQuantiles trailing = new TrailingQuantiles(1, 4);
        for (int k = 0; k < 9; k++) {
            trailing.push(0, k);
        }
        trailing.clear(0);
        trailing.push(0, 3);
        assertThat(trailing.known(0)).isOne();
        assertThat(trailing.quantile(0, .99)).isEqualTo(3);
    }

    private static double min(ArrayDeque<Float> values) {
        return values.stream().filter(v -> !v.isNaN()).mapToDouble(v -> v).min().orElseThrow();
    }
}
