package org.foreshape.shaping;

import org.foreshape.ring.event.Quantiles;

/**
 * How far up a forecast distribution it pays to reserve: the newsvendor's answer. Slack costs what
 * it occupies, a miss costs ten short seconds at the operator's price; the best level is where the
 * density of the peak has fallen to the ratio of both. A single quantile for all VMs is beaten by
 * this: a VM whose rises are narrow buys much safety with little memory.
 *
 * <p>Between two quantiles the chance of a miss is taken to fall by a constant share per KiB, and
 * so it goes on beyond the last one.
 */
final class Price {
    /** Memory above this is no forecast but a fault. */
    private static final float QUANTILE_KIB_MAX = 1e12f;

    private static final double HORIZON_HOURS = 5.0 / 60;

    /** By then the law for starved VMs has seen it and the memory is there. */
    private static final double SHORT_MINUTES_PER_MISS = 10. / 60;

    private static final double KIB_PER_GIB = 1 << 20;

    /** Each step of priority multiplies the price by the square root of two; 5 is the middle. */
    private static final double[] PRIORITY_FACTOR = {
        0.17677669529663687,
        0.25,
        0.3535533905932738,
        .5,
        0.7071067811865476,
        1,
        1.4142135623730951,
        2,
        2.8284271247461903,
        4
    };

    /** The chance that a peak lies above a quantile. */
    private static final double[] MISS = misses();

    /** Logarithm of how much smaller that chance is at the next quantile. */
    private static final double[] LOG_FALL = logFalls();

    private static final double[] PER_LOG_FALL = inverses(LOG_FALL);

    private final double[] ratioPerKib = new double[PRIORITY_FACTOR.length];

    Price(ShapingSettings settings) {
        for (int priority = 0; priority < ratioPerKib.length; priority++) {
            double price =
                    settings.shortMinutePriceMilliGibHours() / 1000.0 * PRIORITY_FACTOR[priority];
            ratioPerKib[priority] = HORIZON_HOURS / (price * SHORT_MINUTES_PER_MISS) / KIB_PER_GIB;
        }
    }

    /** Whether ten numbers are quantiles: finite, not negative, ascending, not all 0. */
    static boolean usable(float[] quantile, int offset) {
        float before = 0;
        for (int i = 0; i < Quantiles.COUNT; i++) {
            float value = quantile[offset + i];
            if (!(value >= before)) {
                return false;
            }
            before = value;
        }
        return before > 0 && before <= QUANTILE_KIB_MAX;
    }

    /**
     * The level to reserve for a VM that uses {@code demandKib}; 0 when no reserve above that pays.
     *
     * @param quantile usable quantiles of the peak, from {@code offset} on, in KiB
     * @param chanceAbove {@link #chanceAbove} of what it uses
     * @param discount how much less than the operator's price a short minute is worth now: 1 for
     *     just that
     */
    long level(
            float[] quantile,
            int offset,
            long demandKib,
            double chanceAbove,
            int priority,
            double discount) {
        if (quantile[offset + Quantiles.COUNT - 1] <= demandKib) {
            return 0;
        }
        double ratio = ratioPerKib[priority] * discount;
        double best = 0;
        double bestCost = ratio * demandKib + chanceAbove;
        double level = quantile[offset];
        for (int i = 0; i < Quantiles.COUNT; i++) {
            double next = i < LOG_FALL.length ? quantile[offset + i + 1] : level;
            double cost = ratio * level + MISS[i];
            if (level > demandKib && cost < bestCost) {
                bestCost = cost;
                best = level;
            }
            if (next > Math.max(level, (double) demandKib)) {
                // From here to the next quantile the chance of a miss falls by the same share in
                // each further KiB, so the cost is convex: least where its slope is the ratio.
                double fallKib = (next - level) * PER_LOG_FALL[i];
                double miss = ratio * fallKib;
                if (miss < MISS[i] && miss > MISS[i + 1]) {
                    double inner = level + StrictMath.log(MISS[i] / miss) * fallKib;
                    cost = ratio * inner + miss;
                    if (inner > demandKib && cost < bestCost) {
                        bestCost = cost;
                        best = inner;
                    }
                }
            }
            level = next;
        }
        return (long) Math.ceil(best);
    }

    /** The chance that the peak lies above a value; taken for 0 from the last quantile on. */
    static double chanceAbove(float[] quantile, int offset, double value) {
        if (value < quantile[offset]) {
            return 1;
        }
        if (value >= quantile[offset + Quantiles.COUNT - 1]) {
            return 0;
        }
        int i = 0;
        while (i < LOG_FALL.length - 1 && value >= quantile[offset + i + 1]) {
            i++;
        }
        double width = (double) quantile[offset + i + 1] - quantile[offset + i];
        double share = width > 0 ? (value - quantile[offset + i]) / width : 0;
        return MISS[i] * StrictMath.exp(-LOG_FALL[i] * share);
    }

    private static double[] misses() {
        double[] misses = new double[Quantiles.COUNT];
        for (int i = 0; i < misses.length; i++) {
            misses[i] = 1 - Quantiles.level(i);
        }
        return misses;
    }

    private static double[] logFalls() {
        double[] falls = new double[Quantiles.COUNT - 1];
        for (int i = 0; i < falls.length; i++) {
            falls[i] = StrictMath.log(MISS[i] / MISS[i + 1]);
        }
        return falls;
    }

    private static double[] inverses(double[] values) {
        double[] inverses = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            inverses[i] = 1 / values[i];
        }
        return inverses;
    }
}
