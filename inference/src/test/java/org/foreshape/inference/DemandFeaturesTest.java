package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DemandFeaturesTest {
    private static final int GRID = 300;
    private static final int DAY = 288;

    private final DemandFeatures store = new DemandFeatures(2, GRID);
    private final float[] row = new float[DemandSchema.FEATURES];
    private long step;

    private void commit(float memory, float cpu) {
        store.atStep(step++ * GRID);
        store.commit(0, memory, cpu);
        store.write(0, row, 0);
    }

    private float level(String name) {
        return row[DemandSchema.LEVEL_NAMES.indexOf(name)];
    }

    private float scaled(String name) {
        return row[DemandSchema.LEVELS_ROW + DemandSchema.SCALED_NAMES.indexOf(name)];
    }

    private float plain(String name) {
        int at = DemandSchema.PLAIN_NAMES.indexOf(name);
        return row[DemandSchema.LEVELS_ROW + DemandSchema.SCALED_ROW + at];
    }

    @Test
    void shouldComputeTheRowOfAHandComputedCase() {
        commit(10, Float.NaN);
        commit(14, Float.NaN);
        commit(Float.NaN, Float.NaN);
        commit(12, Float.NaN);
        double keep = Math.pow(.5, 1. / 144);
        // Changes 4 and 2 after the prior 1 of weight 1.
        double s = .05 + ((1 * keep + 4) * keep + 2) / ((1 * keep + 1) * keep + 1);
        assertThat(store.originPercent(0, FeatureSchema.MEMORY)).isEqualTo(12f);
        assertThat(store.scalePercent(0, FeatureSchema.MEMORY)).isCloseTo((float) s, within(1e-5f));
        assertThat(level("x 1 steps ago")).as("missing: the one after it").isEqualTo(12f);
        assertThat(level("x 2 steps ago")).isEqualTo(14f);
        assertThat(level("x 3 steps ago")).isEqualTo(10f);
        assertThat(level("mean of 6 steps")).isEqualTo(12f);
        assertThat(level("max of 6 steps")).isEqualTo(14f);
        assertThat(level("min of 36 steps")).isEqualTo(10f);
        assertThat(level("mean, weight .05"))
                .isCloseTo(
                        (float) ((10 * .95 * .95 + 14 * .95 + 12) / (.95 * .95 + .95 + 1)),
                        within(1e-5f));
        assertThat(level("yesterday")).as("unknown: the origin").isEqualTo(12f);
        assertThat(plain("1 when yesterday is known")).isZero();
        assertThat(plain("1 when the resource was ever seen")).isEqualTo(1f);
        assertThat(scaled("deviation of 6 steps"))
                .isCloseTo((float) Math.sqrt(8 / 3.), within(1e-5f));
        assertThat(store.originPercent(0, FeatureSchema.CPU)).isNaN();
        for (int k = 0; k < DemandSchema.PLAIN; k++) {
            int at = DemandSchema.LEVELS_ROW + DemandSchema.SCALED_ROW + DemandSchema.PLAIN + k;
            assertThat(row[at]).as("CPU was never seen").isZero();
        }
    }

    @Test
    void shouldKnowWhatFollowedAnHourADayAndAWeekAgo() {
        for (int t = 0; t < 7 * DAY + 100; t++) {
            commit(20 + t % 7, (t * 37 % 101) / 2f);
        }
        int now = 7 * DAY + 99;
        int[] ago = {12, DAY, 7 * DAY};
        String[] names = {"last hour", "yesterday", "last week"};
        for (int k = 0; k < ago.length; k++) {
            int near = 20 + (now - ago[k] + 1) % 7;
            int later =
                    Math.max(
                            near,
                            Math.max(20 + (now - ago[k] + 2) % 7, 20 + (now - ago[k] + 3) % 7));
            assertThat(level(names[k] + "'s next 5 min")).isEqualTo((float) near);
            assertThat(level(names[k] + "'s next 15 min")).isEqualTo((float) later);
            assertThat(scaled(names[k] + "'s rise within 5 min"))
                    .isEqualTo((float) near - (20 + (now - ago[k]) % 7));
        }
        assertThat(store.peakPercent(0, FeatureSchema.MEMORY, 1))
                .isEqualTo(20f + Math.max(now % 7, Math.max((now - 1) % 7, (now - 2) % 7)));
        assertThat(level("max of a day")).isEqualTo(26f);
        assertThat(plain("1 when last week is known")).isEqualTo(1f);
    }

    @Test
    void shouldFindThePeriodOfAJobThatReturnsEveryTwoHours() {
        SplittableRandom random = new SplittableRandom(1);
        for (int t = 0; t < 2 * DAY; t++) {
            commit((float) (t % 24 == 5 ? 80 : 10 + random.nextDouble(.1)), 1f);
        }
        while (step % 24 != 5) {
            commit(10f, 1f);
        }
        // The next step is the job's.
        assertThat(level("best period's next 5 min")).isGreaterThan(79f);
        long period = Math.round(Math.exp(4 * plain("ln (best period in steps) / 4")));
        assertThat(period % 24).as("two hours or a multiple: %d steps", period).isZero();
    }

    @Test
    void shouldBeFiniteOnAnythingAndForgetOnReset() {
        SplittableRandom random = new SplittableRandom(4);
        for (int grid : new int[] {15, 60, 300}) {
            DemandFeatures wild = new DemandFeatures(1, grid);
            for (int t = 0; t < 5000; t++) {
                wild.atStep((long) t * grid);
                wild.commit(0, wild(random), wild(random));
                wild.write(0, row, 0);
                for (float value : row) {
                    assertThat(Float.isFinite(value)).isTrue();
                }
            }
            wild.reset(0);
            wild.commit(0, 5f, Float.NaN);
            wild.write(0, row, 0);
            float[] fresh = row.clone();
            DemandFeatures other = new DemandFeatures(1, grid);
            other.atStep(4999L * grid);
            other.commit(0, 5f, Float.NaN);
            other.write(0, row, 0);
            assertThat(row).isEqualTo(fresh);
        }
    }

    private static float wild(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> Float.NaN;
            case 1 -> -5f;
            case 2 -> 1e9f;
            case 3 -> 0f;
            default -> (float) random.nextDouble(0, 100);
        };
    }

    @Test
    void shouldRefuseAGridThatTheHorizonsDoNotFit() {
        assertThatThrownBy(() -> new DemandFeatures(1, 200))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("divisor of 300");
        assertThatThrownBy(() -> new DemandFeatures(0, 300))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
