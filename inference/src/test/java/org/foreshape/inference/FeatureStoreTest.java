package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FeatureStoreTest {
    private static final int GRID = 300;
    private static final int PER_RESOURCE = 12;

    private final Arena arena = Arena.ofConfined();
    private final FeatureStore store = new FeatureStore(2, GRID);
    private final MemorySegment x = arena.allocate(4L * FeatureSchema.FEATURE_COUNT, 64);

    @AfterEach
    void free() {
        arena.close();
    }

    private float feature(int index) {
        return x.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    private void step(long t, float memory, float cpu) {
        store.atStep(t * GRID);
        store.write(0, memory, cpu, x, 0);
        store.commit(0, memory, cpu);
    }

    @Test
    void shouldComputeTheFeaturesOfAHandComputedCase() {
        step(0, 10, Float.NaN);
        step(1, 14, Float.NaN);
        // Candidate 12 at step 2, a quarter of the way round the hour: 2 of 12 steps = 60 degrees.
        store.atStep(2 * GRID);
        store.write(0, 12, Float.NaN, x, 0);
        double keep = Math.pow(.5, 1. / 144);
        // Changes 4 and 2 after the prior 1 of weight 1.
        double s = .05 + ((1 * keep + 4) * keep + 2) / ((1 * keep + 1) * keep + 1);
        double level = (10 * .95 * .95 + 14 * .95 + 12) / (.95 * .95 + .95 + 1);
        assertThat(store.originPercent(0, FeatureSchema.MEMORY)).isEqualTo(12f);
        assertThat(store.originScale(0, FeatureSchema.MEMORY)).isCloseTo((float) s, within(1e-5f));
        double[] expected = {
            (12 - 14) / s,
            (level - 12) / (3 * s),
            0,
            0,
            0,
            12 / 20.,
            Math.log(s),
            2 / (3 * s),
            -2 / (3 * s),
            2 / (3 * s),
            0,
            1
        };
        for (int k = 0; k < expected.length; k++) {
            assertThat((double) feature(k))
                    .as("feature %d", k)
                    .isCloseTo(expected[k], within(1e-5));
        }
        for (int k = PER_RESOURCE; k < 2 * PER_RESOURCE; k++) {
            assertThat(feature(k)).as("cpu never seen: feature %d", k).isZero();
        }
        assertThat(feature(24)).isCloseTo((float) Math.sin(Math.PI / 72), within(1e-6f));
        assertThat(feature(25)).isCloseTo((float) Math.cos(Math.PI / 72), within(1e-6f));
        assertThat(feature(26)).isCloseTo((float) Math.sin(Math.PI / 3), within(1e-6f));
        assertThat(feature(27)).isCloseTo((float) Math.cos(Math.PI / 3), within(1e-6f));
    }

    @Test
    void shouldKnowYesterdayAfterADay() {
        for (int t = 0; t < 288; t++) {
            step(t, t == 1 ? 40 : t == 3 ? 60 : 20, 0);
        }
        // Candidate 288: yesterday's next step is 1, its next three are 1 to 3.
        store.atStep(288L * GRID);
        store.write(0, 20, 0, x, 0);
        float scale = store.originScale(0, FeatureSchema.MEMORY);
        assertThat(feature(2)).isCloseTo(Math.min(15f, 20 / (3 * scale)), within(1e-4f));
        assertThat(feature(3)).isCloseTo(Math.min(15f, 40 / (3 * scale)), within(1e-4f));
        assertThat(feature(4)).isEqualTo(1f);
        assertThat(feature(9)).as("peak of the day").isEqualTo(feature(3));
    }

    @Test
    void shouldCarryAMissingStepWithoutLearningFromIt() {
        step(0, 10, 5);
        step(1, 14, 5);
        float scale = store.originScale(0, FeatureSchema.MEMORY);
        step(2, Float.NaN, 5);
        assertThat(feature(0)).as("no change").isZero();
        assertThat(feature(11)).as("not observed").isZero();
        assertThat(store.originPercent(0, FeatureSchema.MEMORY)).isEqualTo(14f);
        // Up to rounding: a candidate's scale is worked out from sums, a carried one is kept. A
        // learnt change of 0 would lower it by a third.
        assertThat(store.originScale(0, FeatureSchema.MEMORY)).isCloseTo(scale, within(1e-6f));
        assertThat(feature(PER_RESOURCE + 11)).as("cpu observed").isEqualTo(1f);
        for (int t = 3; t < 289; t++) {
            step(t, 10, 5);
        }
        // Candidate 289: yesterday's next step is the missing 2.
        store.atStep(289L * GRID);
        store.write(0, 10, 5, x, 0);
        assertThat(feature(2)).isZero();
        assertThat(feature(4)).as("unknown, not carried").isZero();
    }

    @Test
    void shouldLeaveNoTraceOfACandidate() {
        step(0, 10, 5);
        store.atStep(GRID);
        store.write(0, 90, 80, x, 0);
        store.write(0, 11, 5, x, 0);
        float[] after = x.toArray(ValueLayout.JAVA_FLOAT);
        FeatureStore other = new FeatureStore(1, GRID);
        other.atStep(0);
        other.write(0, 10, 5, x, 0);
        other.commit(0, 10, 5);
        other.atStep(GRID);
        other.write(0, 11, 5, x, 0);
        assertThat(x.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(after);
    }

    @Test
    void shouldForgetEverythingOnReset() {
        store.atStep(0);
        store.write(0, 50, 50, x, 0);
        store.write(1, 50, 50, x, 0);
        float[] fresh = x.toArray(ValueLayout.JAVA_FLOAT);
        for (int t = 0; t < 300; t++) {
            step(t, t % 70, t % 30);
        }
        store.reset(0);
        assertThat(store.steps(0)).isZero();
        store.atStep(0);
        store.write(0, 50, 50, x, 0);
        assertThat(x.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(fresh);
    }

    @Test
    void shouldClipEveryInput() {
        for (int t = 0; t < 200; t++) {
            step(t, 0, 0);
        }
        step(200, 1e9f, -3);
        for (int k = 0; k < FeatureSchema.FEATURE_COUNT; k++) {
            assertThat(feature(k)).isBetween(-15f, 15f);
        }
        assertThat(store.originPercent(0, FeatureSchema.MEMORY)).isEqualTo(100f);
        assertThat(store.originPercent(0, FeatureSchema.CPU)).isZero();
    }

    @Test
    void shouldRefuseAGridThatDoesNotDivideAnHour() {
        assertThatThrownBy(() -> new FeatureStore(1, 7))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("divisor of 3600");
    }
}
