package org.foreshape.shaping.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tuner in a made-up host, where what every arm costs in every situation is known. */
@Timeout(120)
class TunerTest {
    private static final int PRIORITY = 5;

    private static TunerSettings settings(double riskShare) {
        return new TunerSettings(Bounds.USUAL, 3600, 4, 0, riskShare, 10, .01, 9);
    }

    private static Situation situation(SplittableRandom random, int priority) {
        double spread = random.nextDouble() * random.nextDouble() * 8;
        return new Situation(
                random.nextDouble() * 16,
                spread,
                random.nextInt(4) == 0 ? random.nextDouble() * 3 : 0,
                16,
                random.nextDouble() * 24,
                priority,
                .5);
    }

    /**
     * Slack grows with the price and the spread; VMs that were short will be, the less the dearer.
     */
    private static EpochCost cost(SplittableRandom random, Situation situation, Arm arm) {
        double price = arm.pricePermille() / 1000.;
        double margin = arm.marginPermille() / 1000.;
        double slack =
                situation.spreadGib() * (.3 + .1 * Math.log(price * 4 + 1))
                        + .05 * situation.usedGib() * margin;
        double chance = Math.min(1, .3 * situation.shortMinutesPerHour() / Math.sqrt(price));
        boolean isShort = random.nextDouble() < chance;
        return new EpochCost(
                slack * random.nextDouble(.8, 1.2), isShort ? random.nextDouble() * 2 : 0, 3);
    }

    private static double expected(Situation situation, Arm arm, Tuner tuner) {
        double price = arm.pricePermille() / 1000.;
        double slack =
                situation.spreadGib() * (.3 + .1 * Math.log(price * 4 + 1))
                        + .05 * situation.usedGib() * (arm.marginPermille() / 1000.);
        double chance = Math.min(1, .3 * situation.shortMinutesPerHour() / Math.sqrt(price));
        return tuner.cost(new EpochCost(slack, chance, 3));
    }

    @Test
    void shouldCostLessThanEveryFixedArm() {
        long seed = 20_261_130L;
        SplittableRandom random = new SplittableRandom(seed);
        Tuner tuner = new Tuner(settings(0), seed);
        double tuned = 0;
        double[] fixed = new double[tuner.arms().size()];
        for (int epoch = 0; epoch < 30_000; epoch++) {
            Situation situation = situation(random, PRIORITY);
            Tuner.Choice choice = tuner.choose(situation);
            tuner.learn(choice, cost(random, situation, tuner.arms().get(choice.arm())));
            if (epoch >= 10_000) {
                tuned += expected(situation, tuner.arms().get(choice.arm()), tuner);
                for (int arm = 0; arm < fixed.length; arm++) {
                    fixed[arm] += expected(situation, tuner.arms().get(arm), tuner);
                }
            }
        }
        double best = Arrays.stream(fixed).min().orElseThrow();
        System.out.printf("seed %d: tuned %.0f, best fixed arm %.0f%n", seed, tuned, best);
        assertThat(tuned).as("seed " + seed).isLessThan(best);
    }

    @Test
    void shouldGiveEveryArmItsStatedChance() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        Tuner tuner = new Tuner(settings(0), seed);
        for (int epoch = 0; epoch < 3_000; epoch++) {
            Situation situation = situation(random, PRIORITY);
            Tuner.Choice choice = tuner.choose(situation);
            assertThat(choice.chances().stream().mapToDouble(c -> c).sum())
                    .isEqualTo(1, within(1e-9));
            assertThat(choice.chances()).allMatch(chance -> chance >= .01 - 1e-12);
            tuner.learn(choice, cost(random, situation, tuner.arms().get(choice.arm())));
        }
        Situation one = situation(random, PRIORITY);
        double[] chances = tuner.chances(one);
        int[] counts = new int[chances.length];
        int draws = 200_000;
        for (int i = 0; i < draws; i++) {
            counts[tuner.choose(one).arm()]++;
        }
        for (int arm = 0; arm < counts.length; arm++) {
            double error = 4.5 * Math.sqrt(chances[arm] * (1 - chances[arm]) / draws);
            assertThat(counts[arm] / (double) draws)
                    .as("seed %d arm %d", seed, arm)
                    .isEqualTo(chances[arm], within(error));
        }
    }

    @Test
    void shouldNeverExploreOnACriticalVm() {
        SplittableRandom random = new SplittableRandom(11);
        Tuner tuner = new Tuner(settings(0), 11);
        for (int i = 0; i < 2_000; i++) {
            Tuner.Choice choice = tuner.choose(situation(random, 9));
            assertThat(choice.arm()).isZero();
            assertThat(choice.chance()).isEqualTo(1);
            Situation other = situation(random, PRIORITY);
            Tuner.Choice free = tuner.choose(other);
            tuner.learn(free, cost(random, other, tuner.arms().get(free.arm())));
        }
    }

    @Test
    void shouldChooseTheSameFromTheSame() {
        for (long seed : new long[] {1, 2}) {
            Tuner one = new Tuner(settings(0), seed);
            Tuner other = new Tuner(settings(0), seed);
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < 500; i++) {
                Situation situation = situation(random, PRIORITY);
                Tuner.Choice choice = one.choose(situation);
                assertThat(other.choose(situation).arm()).isEqualTo(choice.arm());
                EpochCost cost = cost(random, situation, one.arms().get(choice.arm()));
                one.learn(choice, cost);
                other.learn(choice, cost);
            }
        }
    }

    /** A VM that is short too often makes short minutes dearer, one that never is cheaper. */
    @Test
    void shouldHoldTheStatedRiskByThePrice() {
        Tuner tuner = new Tuner(settings(.001), 3);
        Situation situation = situation(new SplittableRandom(3), PRIORITY);
        for (int i = 0; i < 200; i++) {
            tuner.learn(tuner.choose(situation), new EpochCost(1, 1, 0));
        }
        double risen = tuner.multiplier();
        assertThat(risen).isGreaterThan(2);
        for (int i = 0; i < 1_000; i++) {
            tuner.learn(tuner.choose(situation), new EpochCost(1, 0, 0));
        }
        assertThat(tuner.multiplier()).isLessThan(risen / 2);
    }
}
