package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SortedWindowsTest {
    @Test
    void shouldAgreeWithWindowsThatKeepTheirOrder() {
        int size = 13;
        SortedWindows windows = new SortedWindows(2, size);
        TrailingQuantiles oracle = new TrailingQuantiles(1, size);
        SplittableRandom random = new SplittableRandom(3);
        float[] values = new float[2000];
        for (int t = 0; t < values.length; t++) {
            values[t] = random.nextInt(5) == 0 ? Float.NaN : random.nextInt(8) - 4;
            windows.push(1, t < size ? Float.NaN : values[t - size], values[t]);
            oracle.push(0, values[t]);
            assertThat(windows.known(1)).isEqualTo(oracle.known(0));
            for (float q : new float[] {0f, .5f, .95f, 1f}) {
                double expected = oracle.quantile(0, q);
                if (Double.isNaN(expected)) {
                    assertThat(windows.quantile(1, q)).isNaN();
                } else {
                    assertThat((double) windows.quantile(1, q)).isCloseTo(expected, within(1e-5));
                }
            }
        }
        assertThat(windows.known(0)).isZero();
        assertThat(windows.quantile(0, .5f)).isNaN();
        windows.clear(1);
        assertThat(windows.known(1)).isZero();
    }
}
