package org.foreshape.shaping;

import org.foreshape.ring.event.Quantiles;

/**
 * How far up a forecast distribution it pays to reserve: the newsvendor's answer. Slack costs what
 * it occupies, a miss costs half a short minute at the operator's price; the best level is where
 * the density of the peak has fallen to the ratio of both. A single quantile for all VMs is beaten
 * by this: a VM whose rises are narrow buys much safety with little memory.
 */
final class Price {
    /** Memory above this is no forecast but a fault. */
    private static final float QUANTILE_KIB_MAX = 1e12f;

    private static final double HORIZON_HOURS = 5.0 / 60;
    private static final double SHORT_MINUTES_PER_MISS = .5;
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
     */
    long level(float[] quantile, int offset, long demandKib, int priority) {
        if (quantile[offset + Quantiles.COUNT - 1] <= demandKib) {
            return 0;
        }
        double ratio = ratioPerKib[priority];
        int best = -1;
        double bestCost = ratio * demandKib + 1 - chanceBelow(quantile, offset, (double) demandKib);
        // Between two quantiles the chance rises evenly, so the cheapest level is one of them.
        for (int i = 0; i < Quantiles.COUNT; i++) {
            double level = quantile[offset + i];
            double cost = ratio * level + MISS[i];
            if (level > demandKib && cost < bestCost) {
                bestCost = cost;
                best = i;
            }
        }
        return best < 0 ? 0 : (long) Math.ceil(quantile[offset + best]);
    }

    private static double chanceBelow(float[] quantile, int offset, double value) {
        if (value < quantile[offset]) {
            return 0;
        }
        for (int i = 0; i < Quantiles.COUNT - 1; i++) {
            float upper = quantile[offset + i + 1];
            if (value < upper) {
                float lower = quantile[offset + i];
                double share = (value - lower) / ((double) upper - lower);
                return Quantiles.level(i) + share * (Quantiles.level(i + 1) - Quantiles.level(i));
            }
        }
        return Quantiles.level(Quantiles.COUNT - 1);
    }

    private static double[] misses() {
        double[] misses = new double[Quantiles.COUNT];
        for (int i = 0; i < misses.length; i++) {
            misses[i] = 1 - Quantiles.level(i);
        }
        return misses;
    }
}
