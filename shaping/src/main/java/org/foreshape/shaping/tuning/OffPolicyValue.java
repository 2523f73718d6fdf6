package org.foreshape.shaping.tuning;

/**
 * What epochs would have cost under another policy, from epochs under the one that was at work,
 * whose chances are known: by inverse chances, self-normalised, and doubly robust. All three are
 * means per epoch with normal 95 % bounds. One thread.
 *
 * @see <a href="https://arxiv.org/abs/1103.4601">Dudik, Langford and Li, Doubly Robust Policy
 *     Evaluation and Learning</a>
 * @see <a href="https://papers.nips.cc/paper/5748">Swaminathan and Joachims, The Self-Normalized
 *     Estimator for Counterfactual Learning</a>
 */
public final class OffPolicyValue {
    private static final double NORMAL_95 = 1.959964;

    private final Sums inverse = new Sums();
    private final Sums robust = new Sums();
    private final Sums difference = new Sums();
    private double weights;
    private double weightSquares;
    private double squareWeightedCosts;
    private double squareWeightedSquares;
    private long count;

    /**
     * A mean with bounds.
     *
     * @param mean per epoch
     * @param low 95 % bound
     * @param high 95 % bound
     */
    public record Estimate(double mean, double low, double high) {
        /**
         * Whether a figure lies within the bounds.
         *
         * @param figure per epoch
         * @return bounds included
         */
        public boolean covers(double figure) {
            return figure >= low && figure <= high;
        }
    }

    private static final class Sums {
        double sum;
        double squares;

        void add(double value) {
            sum += value;
            squares += value * value;
        }

        Estimate estimate(long count) {
            if (count < 2) {
                return new Estimate(Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
            }
            double mean = sum / count;
            double variance = Math.max(0, (squares - sum * mean) / (count - 1));
            double half = NORMAL_95 * Math.sqrt(variance / count);
            return new Estimate(mean, mean - half, mean + half);
        }
    }

    /**
     * Takes an epoch in.
     *
     * @param chance with which its arm was chosen; above 0
     * @param otherChance with which the other policy would have chosen that arm
     * @param cost what it cost
     * @param expected what a model expected of that arm
     * @param otherExpected what the model expected under the other policy; the model must not have
     *     seen this epoch
     */
    public void add(
            double chance, double otherChance, double cost, double expected, double otherExpected) {
        double weight = otherChance / chance;
        inverse.add(weight * cost);
        double doubly = otherExpected + weight * (cost - expected);
        robust.add(doubly);
        difference.add(doubly - cost);
        weights += weight;
        weightSquares += weight * weight;
        squareWeightedCosts += weight * weight * cost;
        squareWeightedSquares += weight * weight * cost * cost;
        count++;
    }

    /**
     * Epochs so far.
     *
     * @return the count
     */
    public long count() {
        return count;
    }

    /**
     * By inverse chances: without bias, wide.
     *
     * @return cost per epoch
     */
    public Estimate byInverseChances() {
        return inverse.estimate(count);
    }

    /**
     * The same by the sum of the weights in place of their number: a little bias, much narrower.
     *
     * @return cost per epoch
     */
    public Estimate selfNormalised() {
        if (count < 2 || weights == 0) {
            return new Sums().estimate(0);
        }
        double mean = inverse.sum / weights;
        double squares =
                squareWeightedSquares
                        - 2 * mean * squareWeightedCosts
                        + mean * mean * weightSquares;
        double half = NORMAL_95 * Math.sqrt(Math.max(0, squares)) / weights;
        return new Estimate(mean, mean - half, mean + half);
    }

    /**
     * By a model, corrected by inverse chances: right when either is.
     *
     * @return cost per epoch
     */
    public Estimate doublyRobust() {
        return robust.estimate(count);
    }

    /**
     * The same, less what the epochs did cost: below 0 where the other policy is cheaper.
     *
     * @return cost per epoch
     */
    public Estimate doublyRobustDifference() {
        return difference.estimate(count);
    }

    /**
     * Whether the other policy may take the place of the one at work.
     *
     * @return true when even the upper bound of the difference says that it is cheaper
     */
    public boolean isBetter() {
        return doublyRobustDifference().high() < 0;
    }
}
