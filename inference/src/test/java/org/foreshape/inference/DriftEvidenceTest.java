package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DriftEvidenceTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20_261_130L);
    private static final int THRESHOLD = 100;

    private final Random random = new Random(SEED);

    /** Exceeded as often, and as much worse, as the bounds allow in the mean, but by chance. */
    private void atTheBounds(DriftEvidence evidence, int stream) {
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            float where = random.nextFloat();
            float above = where > 1 - DriftEvidence.OUTSIDE_MAX ? 1 : 0;
            float below = where < DriftEvidence.OUTSIDE_MAX ? 1 : 0;
            float loss = DriftEvidence.LOSS_MAX + (random.nextBoolean() ? .9f : -.9f);
            evidence.take(stream, resource, above, below, loss);
        }
    }

    @Test
    void shouldRaiseFalseAlarmsNoMoreOftenThanTheThresholdSays() {
        System.out.println("seed " + SEED);
        DriftEvidence evidence = new DriftEvidence(1, THRESHOLD);
        int alarms = 0;
        int horizons = 200_000;
        for (int k = 0; k < horizons; k++) {
            atTheBounds(evidence, 0);
            if (evidence.isOver(0)) {
                alarms++;
                evidence.reset(0);
            }
        }
        System.out.println("one false alarm in " + horizons / Math.max(1, alarms) + " horizons");
        assertThat(alarms).isPositive(); // Else nothing is shown of its bound.
        // Three standard deviations of a count that is as the threshold says.
        double most = horizons / (double) THRESHOLD;
        assertThat((double) alarms).isLessThan(most + 3 * Math.sqrt(most));
    }

    @Test
    void shouldRaiseAnAlarmSoonWhenTheQuantileIsExceededByMany() {
        DriftEvidence evidence = new DriftEvidence(1, 2016);
        for (int k = 0; k < 500; k++) {
            evidence.take(0, FeatureSchema.MEMORY, .05f, .05f, -.3f);
            evidence.take(0, FeatureSchema.CPU, .05f, .05f, -.3f);
            assertThat(evidence.isOver(0)).isFalse();
        }
        int horizons = 0;
        while (!evidence.isOver(0)) {
            evidence.take(0, FeatureSchema.MEMORY, .3f, .05f, .15f);
            evidence.take(0, FeatureSchema.CPU, .05f, .05f, -.3f);
            assertThat(++horizons).isLessThan(100);
        }
        assertThat(horizons).isLessThanOrEqualTo(10);
    }

    @Test
    void shouldRaiseAnAlarmSoonWhenManyStayBelowWhatTheModelTakesForCertain() {
        DriftEvidence evidence = new DriftEvidence(1, 2016);
        int horizons = 0;
        while (!evidence.isOver(0)) {
            evidence.take(0, FeatureSchema.MEMORY, .05f, .05f, -.3f);
            evidence.take(0, FeatureSchema.CPU, 0, .4f, .1f);
            assertThat(++horizons).isLessThan(100);
        }
        assertThat(horizons).isLessThanOrEqualTo(10);
    }

    @Test
    void shouldRaiseAnAlarmWhenTheLossAloneIsWorse() {
        DriftEvidence evidence = new DriftEvidence(1, 2016);
        int horizons = 0;
        while (!evidence.isOver(0)) {
            evidence.take(0, FeatureSchema.MEMORY, 0, 0, -.3f);
            evidence.take(0, FeatureSchema.CPU, 0, 0, .5f);
            assertThat(++horizons).isLessThan(100);
        }
        assertThat(horizons).isBetween(10, 40);
    }

    @Test
    void shouldGoBackOnlyWhenTheModelHasShownToBeBetter() {
        DriftEvidence evidence = new DriftEvidence(2, 2016);
        for (int k = 0; k < 100; k++) {
            assertThat(evidence.isBack(0, k % 2 == 0 ? .3f : -.3f)).isFalse();
        }
        int horizons = 1;
        while (!evidence.isBack(1, -.3f)) {
            assertThat(++horizons).isLessThan(100);
        }
        assertThat(horizons).isBetween(5, 20);
    }

    @Test
    void shouldGoOnAfterARestartAsIfNothingHadBeen() {
        DriftEvidence evidence = new DriftEvidence(3, THRESHOLD);
        for (int k = 0; k < 50; k++) {
            atTheBounds(evidence, 1);
            evidence.isBack(1, .1f);
        }
        float[] state = new float[DriftEvidence.STATE_SIZE + 2];
        evidence.save(1, state, 2);
        DriftEvidence next = new DriftEvidence(1, THRESHOLD);
        next.restore(0, state, 2);
        float[] restored = new float[state.length];
        next.save(0, restored, 2);
        assertThat(restored).isEqualTo(state);

        state[2] = Float.NaN;
        state[3] = -1;
        next.restore(0, state, 2);
        next.save(0, restored, 2);
        assertThat(restored[2]).as("no bet").isZero();
        assertThat(restored[3]).as("no bet").isZero();
    }

    @Test
    void shouldStayFiniteUnderEndlessEvidence() {
        DriftEvidence evidence = new DriftEvidence(1, 2016);
        for (int k = 0; k < 10_000; k++) {
            evidence.take(0, FeatureSchema.MEMORY, 1, 0, 1);
            evidence.take(0, FeatureSchema.CPU, 0, 1, 1);
        }
        assertThat(evidence.isOver(0)).isTrue();
        for (int k = 0; k < 200; k++) {
            evidence.take(0, FeatureSchema.MEMORY, 0, 0, -1);
            evidence.take(0, FeatureSchema.CPU, 0, 0, -1);
        }
        assertThat(evidence.isOver(0)).isFalse();
    }
}
