package org.foreshape.shaping.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Estimates of another policy in a made-up world whose true costs are known. */
@Timeout(60)
class OffPolicyValueTest {
    private static final double[] CHANCE = {.85, .1, .05};
    private static final double[] COST = {1, 1.5, .6};
    private static final int EPOCHS = 4_000;

    /** The truth lies within 95 % bounds in about 95 of 100 worlds, whatever the model believes. */
    @Test
    void shouldCoverTheTruth() {
        int worlds = 400;
        int[] covered = new int[3];
        for (int world = 0; world < worlds; world++) {
            OffPolicyValue value = value(new SplittableRandom(world), 2, .3);
            covered[0] += value.byInverseChances().covers(COST[2]) ? 1 : 0;
            covered[1] += value.selfNormalised().covers(COST[2]) ? 1 : 0;
            covered[2] += value.doublyRobust().covers(COST[2]) ? 1 : 0;
        }
        System.out.printf(
                "of %d worlds the bounds hold the truth in %d (inverse chances), %d"
                        + " (self-normalised), %d (doubly robust)%n",
                worlds, covered[0], covered[1], covered[2]);
        // 95 % of 400 are 380; three deviations of that count are 13.
        assertThat(Arrays.stream(covered).min().orElseThrow()).isGreaterThanOrEqualTo(367);
    }

    private static OffPolicyValue value(SplittableRandom random, int target, double bias) {
        OffPolicyValue value = new OffPolicyValue();
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            double draw = random.nextDouble();
            int arm = draw < CHANCE[0] ? 0 : draw < CHANCE[0] + CHANCE[1] ? 1 : 2;
            double cost = COST[arm] * -Math.log(1 - random.nextDouble());
            value.add(
                    CHANCE[arm],
                    arm == target ? 1 : 0,
                    cost,
                    COST[arm] + bias,
                    COST[target] + bias);
        }
        return value;
    }

    @Test
    void shouldPromoteOnlyWhatIsSurelyBetter() {
        int promoted = 0;
        int wronglyPromoted = 0;
        for (int world = 0; world < 100; world++) {
            promoted += value(new SplittableRandom(world), 2, 0).isBetter() ? 1 : 0;
            wronglyPromoted += value(new SplittableRandom(world), 1, 0).isBetter() ? 1 : 0;
        }
        assertThat(promoted).isGreaterThan(90);
        assertThat(wronglyPromoted).isZero();
    }

    @Test
    void shouldKnowNothingFromNothing() {
        OffPolicyValue value = new OffPolicyValue();
        assertThat(value.doublyRobust().covers(1e9)).isTrue();
        assertThat(value.selfNormalised().covers(-1e9)).isTrue();
        assertThat(value.isBetter()).isFalse();
    }
}
