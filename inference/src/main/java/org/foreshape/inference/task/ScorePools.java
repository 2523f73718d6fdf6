package org.foreshape.inference.task;

import java.nio.ByteBuffer;
import org.foreshape.inference.TrailingQuantiles;
import org.foreshape.ring.event.Quantiles;

/**
 * By how many spreads finished tasks lay above the law that was known before them, by type, family
 * and all together: the quantiles of a law's errors.
 *
 * <p>These are errors of real predictions, so their quantiles hold what a law does not know of its
 * own level and slopes. A type's own scores count in full; those of its family and of all together
 * count as a fixed number of pseudo-observations, which a type outgrows. Nothing allocates after
 * construction. One thread.
 */
final class ScorePools {
    static final int TYPE_SCORES = 64;
    static final int FAMILY_SCORES = 128;
    static final int ALL_SCORES = 512;

    /** Observations that the scores of a family, and of all, count for together. */
    private static final double FAMILY_WEIGHT = 8;

    private static final double ALL_WEIGHT = 16;

    private static final float SCORE_MAX = 4;

    private final TrailingQuantiles types = new TrailingQuantiles(TypeTree.TYPES_MAX, TYPE_SCORES);
    private final TrailingQuantiles families =
            new TrailingQuantiles(1 + TypeTree.FAMILIES_MAX, FAMILY_SCORES);
    private final TrailingQuantiles all = new TrailingQuantiles(1, ALL_SCORES);
    private final int[] rank = new int[3];
    private final int[] size = new int[3];
    private final double[] weight = new double[3];

    // How far a pass through the merged scores has come.
    private double passed;
    private double at;
    private double value;
    private double below;
    private double valueBelow;

    /** Most bytes that {@link #save} writes for all types and families. */
    int savedBytesMax() {
        return TypeTree.TYPES_MAX * types.savedBytesMax()
                + TypeTree.FAMILIES_MAX * families.savedBytesMax()
                + all.savedBytesMax();
    }

    /** Writes the scores of a node. */
    void save(int node, ByteBuffer out) {
        pool(node).save(seriesOf(node), out);
    }

    /** Takes the scores of a node back. */
    void restore(int node, ByteBuffer in) {
        pool(node).restore(seriesOf(node), in);
    }

    /** Forgets all scores. */
    void clear() {
        for (int t = 0; t < TypeTree.TYPES_MAX; t++) {
            types.clear(t);
        }
        for (int f = 0; f <= TypeTree.FAMILIES_MAX; f++) {
            families.clear(f);
        }
        all.clear(0);
    }

    private TrailingQuantiles pool(int node) {
        if (node == TypeTree.ALL) {
            return all;
        }
        return TypeTree.isType(node) ? types : families;
    }

    private static int seriesOf(int node) {
        return TypeTree.isType(node) ? node - TypeTree.FIRST_TYPE : node;
    }

    /** Takes in the score of a finished task of a type. */
    void add(int node, int family, double score) {
        float kept = (float) Math.clamp(score, -SCORE_MAX, SCORE_MAX);
        types.push(node - TypeTree.FIRST_TYPE, kept);
        if (family != TypeTree.ALL) {
            families.push(family, kept);
        }
        all.push(0, kept);
    }

    /**
     * Quantiles of the score of the next task, at the levels of {@link Quantiles}.
     *
     * @param node a type, a family or all
     * @param family the family, or all
     * @param out where they go, ascending; zeros when there is no score yet
     */
    void quantiles(int node, int family, double[] out) {
        size[0] = TypeTree.isType(node) ? types.known(node - TypeTree.FIRST_TYPE) : 0;
        size[1] = family == TypeTree.ALL ? 0 : families.known(family);
        size[2] = all.known(0);
        weight[0] = 1;
        weight[1] = size[1] == 0 ? 0 : Math.min(1, FAMILY_WEIGHT / size[1]);
        weight[2] = size[2] == 0 ? 0 : Math.min(1, ALL_WEIGHT / size[2]);
        double total = 0;
        for (int k = 0; k < 3; k++) {
            rank[k] = 0;
            total += size[k] * weight[k];
        }
        passed = 0;
        at = 0;
        value = 0;
        below = 0;
        valueBelow = 0;
        for (int q = 0; q < Quantiles.COUNT; q++) {
            out[q] = quantile(node, family, total * corrected(Quantiles.level(q), size[2]));
        }
    }

    /** Goes on until so much weight is passed, and reads between the two values around it. */
    private double quantile(int node, int family, double wanted) {
        while (at < wanted) {
            int next = smallest(node, family);
            if (next < 0) {
                return value;
            }
            below = at;
            valueBelow = value;
            value = value(next, node, family);
            // A value stands in the middle of its weight.
            at = passed + weight[next] / 2;
            passed += weight[next];
            rank[next]++;
        }
        return below == 0
                ? value
                : valueBelow + (wanted - below) / (at - below) * (value - valueBelow);
    }

    /** The level whose quantile of n scores is met by one more: one of n + 1 may lie above all. */
    private static double corrected(double level, int scores) {
        return level < .5 ? level : Math.min(1, level + level / (scores + 1));
    }

    private int smallest(int node, int family) {
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int k = 0; k < 3; k++) {
            if (rank[k] < size[k] && value(k, node, family) < least) {
                least = value(k, node, family);
                best = k;
            }
        }
        return best;
    }

    private double value(int pool, int node, int family) {
        return switch (pool) {
            case 0 -> types.ranked(node - TypeTree.FIRST_TYPE, rank[0]);
            case 1 -> families.ranked(family, rank[1]);
            default -> all.ranked(0, rank[2]);
        };
    }
}
