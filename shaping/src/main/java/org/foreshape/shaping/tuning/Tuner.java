package org.foreshape.shaping.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A contextual bandit over the arms within the operator's bounds: it expects of every arm what it
 * would cost in a situation, takes the cheapest most of the time, and any other with a chance that
 * is the less the dearer it looks and the more is known (inverse-gap weighting). Every chance is
 * explicit and never below the stated least one, so that what was chosen can be judged later under
 * another policy ({@link OffPolicyValue}).
 *
 * <p>Deterministic: the same calls with the same seed choose the same. One thread.
 *
 * @see <a href="https://arxiv.org/abs/2002.04926">Foster and Rakhlin, Beyond UCB: Optimal and
 *     Efficient Contextual Bandits with Regression Oracles</a>
 */
public final class Tuner {
    private static final double MULTIPLIER_STEP = .002;
    private static final double MULTIPLIER_MAX = 64;

    /** A gap counts relative to the cheapest cost, which is taken for this much at least. */
    private static final double COST_MIN_GIB_HOURS = 1e-3;

    private final TunerSettings settings;
    private final List<Arm> arms;
    private final CostModel model;
    private final SplittableRandom random;
    private double multiplier = 1;
    private long learnt;

    /**
     * One that knows nothing yet.
     *
     * @param settings bounds, prices and boldness
     * @param seed of its draws
     */
    public Tuner(TunerSettings settings, long seed) {
        this.settings = settings;
        arms = settings.bounds().arms();
        model = new CostModel(arms.size());
        random = new SplittableRandom(seed);
    }

    /**
     * What is chosen for an epoch.
     *
     * @param situation in which
     * @param arm index in {@link Tuner#arms}
     * @param chances of every arm at that moment
     */
    public record Choice(Situation situation, int arm, List<Double> chances) {
        /** Takes a copy of the list. */
        public Choice {
            chances = List.copyOf(chances);
        }

        /**
         * How likely it was.
         *
         * @return above 0, 1 where nothing else could be chosen
         */
        public double chance() {
            return chances.get(arm);
        }
    }

    /**
     * What can be chosen.
     *
     * @return the settings first
     */
    public List<Arm> arms() {
        return arms;
    }

    /**
     * By what the price of a short minute is multiplied to keep to the stated risk.
     *
     * @return 1 while no risk is stated
     */
    public double multiplier() {
        return multiplier;
    }

    /**
     * Chooses for a VM's next epoch.
     *
     * @param situation the VM as it is
     * @return the choice; a critical VM keeps the settings for certain
     */
    public Choice choose(Situation situation) {
        double[] chances = chances(situation);
        double left = random.nextDouble();
        int arm = 0;
        while (arm < chances.length - 1 && left >= chances[arm]) {
            left -= chances[arm++];
        }
        // Rounding may leave the draw on an arm that has no chance.
        return new Choice(
                situation, chances[arm] > 0 ? arm : 0, Arrays.stream(chances).boxed().toList());
    }

    /** The chance of every arm in a situation. */
    double[] chances(Situation situation) {
        double[] chances = new double[arms.size()];
        if (situation.priority() >= settings.criticalPriority()) {
            chances[0] = 1;
            return chances;
        }
        double[] cost = new double[arms.size()];
        int best = 0;
        for (int arm = 0; arm < cost.length; arm++) {
            cost[arm] = expectedCost(situation, arm);
            best = cost[arm] < cost[best] ? arm : best;
        }
        double boldness = settings.boldness() * Math.sqrt((double) learnt);
        double scale = Math.max(COST_MIN_GIB_HOURS, cost[best]);
        double others = 0;
        for (int arm = 0; arm < cost.length; arm++) {
            if (arm != best) {
                double gap = (cost[arm] - cost[best]) / scale;
                chances[arm] = Math.max(settings.chanceMin(), 1 / (cost.length + boldness * gap));
                others += chances[arm];
            }
        }
        chances[best] = 1 - others;
        return chances;
    }

    /**
     * What an epoch under an arm is expected to cost.
     *
     * @param situation of the VM at its begin
     * @param arm index in {@link #arms}
     * @return GiB h
     */
    public double expectedCost(Situation situation, int arm) {
        double[] features = situation.features();
        return model.predict(situation, features, arm, 0)
                + settings.shortMinutePriceGibHours()
                        * multiplier
                        * model.predict(situation, features, arm, 1)
                + settings.actPriceGibHours() * model.predict(situation, features, arm, 2);
    }

    /**
     * What an epoch cost at the operator's prices.
     *
     * @param cost of the epoch
     * @return GiB h
     */
    public double cost(EpochCost cost) {
        return cost.slackGibHours()
                + settings.shortMinutePriceGibHours() * cost.shortMinutes()
                + settings.actPriceGibHours() * cost.acts();
    }

    /**
     * Takes in what an epoch cost.
     *
     * @param choice that was made for it
     * @param cost what came of it
     */
    public void learn(Choice choice, EpochCost cost) {
        model.learn(choice.situation(), choice.situation().features(), choice.arm(), cost);
        learnt++;
        if (settings.riskShare() > 0) {
            double share = cost.shortMinutes() / (settings.epochSeconds() / 60.0);
            double way = Math.clamp(share / settings.riskShare() - 1, -1, 10);
            multiplier =
                    Math.clamp(
                            multiplier * Math.exp(MULTIPLIER_STEP * way),
                            1 / MULTIPLIER_MAX,
                            MULTIPLIER_MAX);
        }
    }
}
