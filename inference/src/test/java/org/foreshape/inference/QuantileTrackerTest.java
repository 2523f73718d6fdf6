package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class QuantileTrackerTest {
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int P95 = 6;

    private final QuantileTracker tracker = new QuantileTracker(2, 300);
    private final float[] row = new float[OUTPUTS];

    /** The model's answer: ten quantiles of a logistic law around 50, as wide as said. */
    private void answer(double width) {
        double[] levels = FeatureSchema.quantiles();
        for (int k = 0; k < OUTPUTS; k++) {
            double q = levels[k % levels.length];
            row[k] = (float) (50 + width * Math.log(q / (1 - q)));
        }
    }

    @Test
    void shouldLeaveForecastsAloneAtFirst() {
        answer(2);
        float[] before = row.clone();
        tracker.correct(1, row, 0);
        for (int k = 0; k < OUTPUTS; k++) {
            assertThat(row[k]).isCloseTo(before[k], within(1e-4f));
        }
    }

    @Test
    void shouldMeetTheLevelsOfAModelThatIsFarTooNarrow() {
        SplittableRandom random = new SplittableRandom(1);
        int covered = 0;
        int steps = 20_000;
        for (int t = 0; t < steps; t++) {
            double u = random.nextDouble(1e-6, 1 - 1e-6);
            float y = (float) (50 + 2 * Math.log(u / (1 - u)));
            // What was forecast at the step before, half as wide as the truth.
            covered += t >= steps / 2 && y <= row[P95] ? 1 : 0;
            tracker.learn(0, FeatureSchema.MEMORY, 0, y);
            answer(1);
            tracker.correct(0, row, 0);
            for (int k = 1; k < FeatureSchema.QUANTILE_COUNT; k++) {
                assertThat(row[k]).isGreaterThanOrEqualTo(row[k - 1]);
            }
            tracker.remember(0, row, 0);
        }
        assertThat(covered / (steps / 2.)).isCloseTo(.95, within(.006));
        answer(1);
        float[] other = row.clone();
        tracker.correct(1, other, 0);
        assertThat(other[P95]).as("the other VM").isCloseTo(row[P95], within(1e-4f));
        tracker.correct(0, row, 0);
        assertThat(row[P95 + 30]).as("CPU").isCloseTo(other[P95 + 30], within(1e-4f));
    }

    @Test
    void shouldLearnAboutTheForecastThatWasGivenAHorizonAgo() {
        float[] state = new float[QuantileTracker.STATE_SIZE];
        answer(1);
        tracker.remember(0, row, 0);
        tracker.learn(0, FeatureSchema.CPU, 1, 90f);
        tracker.save(0, state, 0);
        assertThat(state).as("three steps are not over").containsOnly(0f);
        tracker.remember(0, row, 0);
        tracker.remember(0, row, 0);
        tracker.learn(0, FeatureSchema.CPU, 1, 90f);
        tracker.save(0, state, 0);
        int from = FeatureSchema.outputIndex(FeatureSchema.CPU, 1, 0);
        double[] levels = FeatureSchema.quantiles();
        for (int q = 0; q < levels.length; q++) {
            assertThat(state[from + q])
                    .isCloseTo((float) (QuantileTracker.RATE * levels[q]), within(1e-7f));
        }
        assertThat(Arrays.copyOf(state, from)).containsOnly(0f);
    }

    @Test
    void shouldLearnNothingFromTiesAndUnknownTargets() {
        float[] state = new float[QuantileTracker.STATE_SIZE];
        Arrays.fill(row, 3f);
        tracker.remember(0, row, 0);
        tracker.learn(0, FeatureSchema.MEMORY, 0, 3f);
        tracker.learn(0, FeatureSchema.MEMORY, 0, Float.NaN);
        Arrays.fill(row, Float.NaN);
        tracker.remember(0, row, 0);
        tracker.learn(0, FeatureSchema.MEMORY, 0, 3f);
        tracker.save(0, state, 0);
        assertThat(state).containsOnly(0f);
    }

    @Test
    void shouldGoOnWithASavedState() {
        SplittableRandom random = new SplittableRandom(2);
        for (int t = 0; t < 500; t++) {
            tracker.learn(0, FeatureSchema.MEMORY, 0, (float) random.nextDouble(40, 70));
            answer(1);
            tracker.correct(0, row, 0);
            tracker.remember(0, row, 0);
        }
        float[] state = new float[QuantileTracker.STATE_SIZE];
        tracker.save(0, state, 0);
        QuantileTracker restarted = new QuantileTracker(2, 300);
        restarted.restore(1, state, 0);
        answer(1);
        float[] again = row.clone();
        tracker.correct(0, row, 0);
        restarted.correct(1, again, 0);
        assertThat(again).isEqualTo(row);
        tracker.reset(0);
        tracker.save(0, state, 0);
        assertThat(state).containsOnly(0f);
        state[7] = Float.NaN;
        assertThatThrownBy(() -> restarted.restore(0, state, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
