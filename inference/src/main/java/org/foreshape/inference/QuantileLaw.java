package org.foreshape.inference;

import org.foreshape.ring.event.Quantiles;

/**
 * The distribution that a forecast's ten quantiles stand for: its mean, its variance, central
 * intervals, and any other quantile. Immutable; any thread.
 *
 * <p><b>Which distribution.</b> Between two levels the quantile is taken for a line in the logit of
 * the level, {@code Q(u) = a + b L(u)} with {@code L(u) = ln(u / (1 - u))}; below the least and
 * above the greatest level the nearest line goes on, down to the least and up to the greatest value
 * that there can be, which then have what is left of the mass. It is how {@link QuantileTracker}
 * and task estimates read between levels; logistic distributions are met exactly, and of normal,
 * exponential, uniform and lognormal ones the mean to about 2 % of the spread and the variance to
 * about 3 % (with lines in the level itself to 4 and 6 %).
 *
 * <p><b>Derivation.</b> {@code E[Q] = sum over the pieces of the integral of a + b L(u) du}, and
 * the same for the square. With {@code x = L(u)}, so that {@code u = s(x) = 1 / (1 + e^-x)}, each
 * integral is a difference of
 *
 * <pre>
 *   W(x) = integral of     s'(y) dy from -inf to x = s(x)
 *   F(x) = integral of y   s'(y) dy                = x s(x) - ln(1 + e^x)
 *   G(x) = integral of y^2 s'(y) dy                = x^2 s(x) - 2 x ln(1 + e^x) - 2 Li2(-e^x)
 * </pre>
 *
 * by parts, since {@code -Li2(-e^x)} is the integral of {@code ln(1 + e^y)}. {@code s'} is even: so
 * pieces above the median are mirrored, which also keeps 1 - u from being rounded away. Squares are
 * taken around the median, so that a small spread around a great value is not rounded away either.
 */
public final class QuantileLaw {
    /** A central interval. */
    public record Interval(double low, double high) {}

    private static final int COUNT = Quantiles.COUNT;
    private static final double[] LOGIT = logits();
    private static final int SERIES_TERMS_MAX = 200;
    private static final double SERIES_END = 1e-18;

    private final double[] quantile = new double[COUNT];
    private final double lowest;
    private final double highest;
    private final double mean;
    private final double variance;

    // Sums over the pieces, around the median.
    private double first;
    private double second;

    private QuantileLaw(float[] quantiles, int at, double lowest, double highest) {
        this.lowest = lowest;
        this.highest = highest;
        for (int q = 0; q < COUNT; q++) {
            double value = quantiles[at + q];
            // NaN fails the first comparison.
            if (!(value >= lowest && value <= highest) || (q > 0 && value < quantile[q - 1])) {
                throw new IllegalArgumentException(
                        "Quantile %d is %s: give ten that ascend from %s to %s at most."
                                .formatted(q, value, lowest, highest));
            }
            quantile[q] = value;
        }
        double median = quantile[Quantiles.MEDIAN];
        for (int q = 1; q < COUNT; q++) {
            piece(LOGIT[q - 1], LOGIT[q], intercept(q) - median, slope(q));
        }
        lowerTail(median);
        upperTail(median);
        mean = median + first;
        variance = Math.max(0, second - first * first);
    }

    /**
     * The distribution of a forecast.
     *
     * @param quantiles at the levels of {@link Quantiles}, ascending
     * @param at index of the first
     * @param lowest least value that there can be; may be negative infinity
     * @param highest greatest value that there can be; may be infinity
     * @throws IllegalArgumentException for quantiles that do not ascend, are beyond the bounds or
     *     are not numbers
     */
    public static QuantileLaw of(float[] quantiles, int at, double lowest, double highest) {
        return new QuantileLaw(quantiles, at, lowest, highest);
    }

    /** Its mean, in the unit of the quantiles. */
    public double mean() {
        return mean;
    }

    /** Its variance, in the square of that unit. */
    public double variance() {
        return variance;
    }

    /**
     * The quantile at any level.
     *
     * @param level more than 0 and less than 1
     * @throws IllegalArgumentException for any other level
     */
    public double quantile(double level) {
        if (!(level > 0 && level < 1)) {
            throw new IllegalArgumentException(
                    "Level " + level + ": give more than 0 and less than 1.");
        }
        double x = StrictMath.log(level / (1 - level));
        int q = 1;
        while (q < COUNT - 1 && x > LOGIT[q]) {
            q++;
        }
        return Math.clamp(intercept(q) + slope(q) * x, lowest, highest);
    }

    /**
     * The interval that leaves as much below it as above.
     *
     * @param mass that lies within, more than 0 and less than 1
     */
    public Interval central(double mass) {
        return new Interval(quantile((1 - mass) / 2), quantile((1 + mass) / 2));
    }

    private double slope(int q) {
        return (quantile[q] - quantile[q - 1]) / (LOGIT[q] - LOGIT[q - 1]);
    }

    private double intercept(int q) {
        return quantile[q] - slope(q) * LOGIT[q];
    }

    private void lowerTail(double median) {
        double b = slope(1);
        double a = intercept(1);
        // Where the line meets the bound; minus infinity when it never does, or is level.
        double from = b > 0 ? (lowest - a) / b : Double.NEGATIVE_INFINITY;
        point(lowest - median, sigmoid(from));
        piece(from, LOGIT[0], a - median, b);
    }

    private void upperTail(double median) {
        double b = slope(COUNT - 1);
        double a = intercept(COUNT - 1);
        double to = b > 0 ? (highest - a) / b : Double.POSITIVE_INFINITY;
        point(highest - median, sigmoid(-to));
        piece(LOGIT[COUNT - 1], to, a - median, b);
    }

    /** Adds a value that has some mass. */
    private void point(double value, double mass) {
        if (mass > 0) {
            first += mass * value;
            second += mass * value * value;
        }
    }

    /** Adds the line a + b x from one logit to another; the median's is none that lies between. */
    private void piece(double from, double to, double a, double b) {
        double left = from >= 0 ? -to : from;
        double right = from >= 0 ? -from : to;
        double w = sigmoid(right) - sigmoid(left);
        double f = linear(right) - linear(left);
        double g = square(right) - square(left);
        if (from >= 0) {
            f = -f;
        }
        first += a * w + b * f;
        second += a * a * w + 2 * a * b * f + b * b * g;
    }

    /** W, for x up to 0. */
    private static double sigmoid(double x) {
        double z = StrictMath.exp(x);
        return z == Double.POSITIVE_INFINITY ? 1 : z / (1 + z);
    }

    /** F, for x up to 0. */
    private static double linear(double x) {
        double z = StrictMath.exp(x);
        return z == 0 ? 0 : x * z / (1 + z) - StrictMath.log1p(z);
    }

    /** G, for x up to 0. */
    private static double square(double x) {
        double z = StrictMath.exp(x);
        if (z == 0) {
            return 0;
        }
        return x * x * z / (1 + z) - 2 * x * StrictMath.log1p(z) - 2 * dilogarithm(z);
    }

    /** Li2(-z) for z from 0 to 1; at 1, where its series is slow, it is known. */
    private static double dilogarithm(double z) {
        if (z == 1) {
            return -Math.PI * Math.PI / 12;
        }
        double sum = 0;
        double power = 1;
        for (int k = 1; k <= SERIES_TERMS_MAX && Math.abs(power) > SERIES_END; k++) {
            power *= -z;
            sum += power / ((double) k * k);
        }
        return sum;
    }

    private static double[] logits() {
        double[] logits = new double[COUNT];
        for (int q = 0; q < COUNT; q++) {
            double level = Quantiles.level(q);
            logits[q] = StrictMath.log(level / (1 - level));
        }
        return logits;
    }
}
