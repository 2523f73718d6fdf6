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

    /** The root of how much smaller the chance of a miss is at a stretch's end. */
    private static final double[] MIDDLE = middles();

    private static final double[] LOG_MIDDLE = logMiddles();

    private final double[] ratioPerKib = new double[PRIORITY_FACTOR.length];

    Price(ShapingSettings settings) {
        for (int priority = 0; priority < ratioPerKib.length; priority++) {
            double price =
                    settings.shortMinutePriceMilliGibHours() / 1000.0 * PRIORITY_FACTOR[priority];
            ratioPerKib[priority] = HORIZON_HOURS / (price * SHORT_MINUTES_PER_MISS) / KIB_PER_GIB;
        }
    }

    /**
     * The level to reserve for a VM whose peaks are known; 0 when no reserve above what it uses
     * pays.
     *
     * <p>From the top down, since a miss is dear: as soon as the chance alone of a miss below costs
     * more than the best so far, what lies below need not be looked at.
     *
     * @param discount how much less than the operator's price a short minute is worth now: 1 for
     *     just that
     */
    long level(Peaks peaks, int slot, int priority, double discount) {
        float[] quantile = peaks.quantileKib;
        int at = slot * Quantiles.COUNT;
        double useKib = peaks.useKib[slot];
        if (quantile[at + Peaks.STRETCHES] <= useKib) {
            return 0;
        }
        double ratio = ratioPerKib[priority] * discount;
        double useCost = ratio * useKib;
        double bestCost = Double.MAX_VALUE;
        double best = 0;
        double next = quantile[at + Peaks.STRETCHES];
        for (int i = Peaks.STRETCHES - 1; i >= 0; i--) {
            double least = Peaks.MISS[i + 1];
            if (useCost + least > bestCost) {
                return (long) Math.ceil(best);
            }
            double start = quantile[at + i];
            double foldKib = (next - start) * Peaks.FOLD[i];
            boolean holdsUse = start <= useKib;
            double low = holdsUse ? useKib : start;
            double most = holdsUse ? Peaks.chanceAbove(i, start, foldKib, useKib) : Peaks.MISS[i];
            // From here to the next quantile the cost is convex: least where its slope is the
            // ratio, or at the end that is nearest to that. The nearer end is looked at below.
            double miss = ratio * foldKib;
            if (miss < most) {
                double level = miss > least ? low + foldKib * log(i, most, miss) : next;
                double cost = ratio * level + Math.max(miss, least);
                if (cost <= bestCost) {
                    bestCost = cost;
                    best = level;
                }
            }
            if (holdsUse) {
                return useCost + most <= bestCost ? 0 : (long) Math.ceil(best);
            }
            next = start;
        }
        // The whole distribution lies above the use.
        double cost = ratio * next + Peaks.MISS[0];
        if (cost <= bestCost) {
            bestCost = cost;
            best = next;
        }
        return useCost + 1 <= bestCost ? 0 : (long) Math.ceil(best);
    }

    /**
     * The logarithm of {@code most / miss}, which in a stretch is between 1 and the ratio of its
     * ends: a series around the middle of that, good to 1e-8 and faster than any that has to be
     * good everywhere.
     */
    private static double log(int stretch, double most, double miss) {
        double scaled = MIDDLE[stretch] * miss;
        double z = (most - scaled) / (most + scaled);
        double s = z * z;
        double high = 1. / 9 + s * (1. / 11 + s * (1. / 13 + s * (1. / 15)));
        double series = 1 + s * (1. / 3 + s * (1. / 5 + s * (1. / 7 + s * high)));
        return LOG_MIDDLE[stretch] + 2 * z * series;
    }

    private static double[] middles() {
        double[] middles = new double[Peaks.STRETCHES];
        for (int i = 0; i < middles.length; i++) {
            middles[i] = Math.sqrt(Peaks.MISS[i] / Peaks.MISS[i + 1]);
        }
        return middles;
    }

    private static double[] logMiddles() {
        double[] logs = new double[Peaks.STRETCHES];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = StrictMath.log(MIDDLE[i]);
        }
        return logs;
    }
}
