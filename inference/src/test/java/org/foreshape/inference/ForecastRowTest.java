package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ForecastRowTest {
    private static final int LEVELS = FeatureSchema.QUANTILE_COUNT;

    @Test
    void shouldOrderAndClipEachSeriesByItself() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 500; round++) {
            float[] row = new float[FeatureSchema.OUTPUT_COUNT + 2];
            for (int k = 0; k < row.length; k++) {
                row[k] = (float) random.nextDouble(-20, 120);
            }
            float[] expected = row.clone();
            for (int from = 2; from < row.length; from += LEVELS) {
                Arrays.sort(expected, from, from + LEVELS);
                for (int k = from; k < from + LEVELS; k++) {
                    expected[k] = Math.clamp(expected[k], 0f, 100f);
                }
            }
            assertThat(ForecastRow.tidy(row, 2)).isTrue();
            assertThat(row).isEqualTo(expected);
        }
    }

    @Test
    void shouldSayWhenANumberIsNotFinite() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] row = new float[FeatureSchema.OUTPUT_COUNT];
            row[17] = bad;
            assertThat(ForecastRow.tidy(row, 0)).isFalse();
        }
    }
}
