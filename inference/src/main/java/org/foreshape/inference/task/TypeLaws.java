package org.foreshape.inference.task;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.foreshape.ring.event.Quantiles;

/**
 * For each type, the logarithm of one figure as a line in a task's traits, with the spread around
 * it.
 *
 * <p>Least squares within each type, with pseudo-observations from the node above: the slopes of
 * all types together are the prior of a family's, those of a family the prior of a type's. The
 * level of a type is pulled to its family's by as much as its spread is to the spread of levels
 * between types. Old observations fade once a node has {@link #TYPE_MEMORY} of them. Nothing
 * allocates after construction. One thread.
 */
final class TypeLaws {
    /** Traits: log complexity, priority of 9, log of the request. */
    static final int TRAITS = 3;

    private static final double TYPE_MEMORY = 64;
    private static final double GROUP_MEMORY = 1024;

    /** Observations that a prior counts for: slopes, spread, and the most for the level. */
    private static final double SLOPE_WEIGHT = 24;

    private static final double SPREAD_WEIGHT = 16;
    private static final double LEVEL_WEIGHT_MAX = 2;
    private static final double BETWEEN_WEIGHT = .5;

    /** With a spread of .5, slopes are taken for known to about .35 before anything is seen. */
    private static final double SLOPE_PRECISION = 2;

    private static final double SLOPE_PRECISION_LEAST = 2e-3;

    /** Before much is seen a spread is taken for about half, with the weight of four. */
    private static final double SQUARE_PRIOR = .25;

    private static final double SQUARE_PRIOR_WEIGHT = 4;
    private static final double CLIP_SPREADS = 4;
    private static final int CLIP_FROM = 4;
    private static final double SPREAD_LEAST = 1e-2;

    private final TypeTree tree;
    private final double[] slopePrior;
    private final double[] count = new double[TypeTree.NODES];
    private final double[] meanY = new double[TypeTree.NODES];
    private final double[] meanX = new double[TypeTree.NODES * TRAITS];
    private final double[] sxx = new double[TypeTree.NODES * TRAITS * TRAITS];
    private final double[] sxy = new double[TypeTree.NODES * TRAITS];
    private final double[] spreadCount = new double[TypeTree.NODES];
    private final double[] squareSum = new double[TypeTree.NODES];
    private final double[] dx = new double[TRAITS];
    private final double[] matrix = new double[TRAITS * TRAITS];
    private final double[] right = new double[TRAITS];

    /** Slopes of the last {@link #fit}. */
    final double[] slope = new double[TRAITS];

    /** Level of the last {@link #fit}: the line at traits of 0. */
    double intercept;

    /** Spread of the last {@link #fit} for one more observation; 0 when none is known. */
    double spread;

    // What is not known of an unseen type's level makes it wider, but does not move its median.
    private double medianSpread;

    /**
     * Laws of which nothing is known.
     *
     * @param tree the types
     * @param slopePrior what slopes are taken for before there is any observation
     */
    TypeLaws(TypeTree tree, double... slopePrior) {
        this.tree = tree;
        this.slopePrior = slopePrior;
    }

    /** Bytes that {@link #save} writes. */
    static final int SAVED_BYTES = (4 + 2 * TRAITS + TRAITS * TRAITS) * Double.BYTES;

    /** Writes what a node has seen. */
    void save(int node, ByteBuffer out) {
        out.putDouble(count[node]).putDouble(meanY[node]);
        out.putDouble(spreadCount[node]).putDouble(squareSum[node]);
        save(meanX, node * TRAITS, TRAITS, out);
        save(sxx, node * TRAITS * TRAITS, TRAITS * TRAITS, out);
        save(sxy, node * TRAITS, TRAITS, out);
    }

    private static void save(double[] figures, int from, int size, ByteBuffer out) {
        for (int k = from; k < from + size; k++) {
            out.putDouble(figures[k]);
        }
    }

    /**
     * Takes back what a node has seen.
     *
     * @throws IllegalArgumentException for a figure that is not finite, or a count below 0
     */
    void restore(int node, ByteBuffer in) {
        count[node] = amount(in);
        meanY[node] = figure(in);
        spreadCount[node] = amount(in);
        squareSum[node] = amount(in);
        restore(meanX, node * TRAITS, TRAITS, in);
        restore(sxx, node * TRAITS * TRAITS, TRAITS * TRAITS, in);
        restore(sxy, node * TRAITS, TRAITS, in);
    }

    private static void restore(double[] figures, int from, int size, ByteBuffer in) {
        for (int k = from; k < from + size; k++) {
            figures[k] = figure(in);
        }
    }

    private static double amount(ByteBuffer in) {
        double amount = figure(in);
        if (amount < 0) {
            throw new IllegalArgumentException("a count of " + amount);
        }
        return amount;
    }

    static double figure(ByteBuffer in) {
        double figure = in.getDouble();
        if (!Double.isFinite(figure)) {
            throw new IllegalArgumentException("a figure is not finite");
        }
        return figure;
    }

    /** Forgets everything. */
    void clear() {
        for (double[] figures :
                new double[][] {count, meanY, spreadCount, squareSum, meanX, sxx, sxy}) {
            Arrays.fill(figures, 0);
        }
    }

    /** Observations of a node that still count. */
    double count(int node) {
        return count[node];
    }

    /**
     * Fits the law of a node from what it and those above it have seen.
     *
     * @return false when nothing was ever seen
     */
    boolean fit(int node) {
        if (count[TypeTree.ALL] == 0) {
            return false;
        }
        int family = TypeTree.isType(node) ? tree.parent(node) : node;
        fitSlopes(node, family);
        double within = within(node, family);
        spread = StrictMath.sqrt(within * fitLevel(node, family, within));
        boolean unseen = !TypeTree.isType(node) || count[node] == 0;
        medianSpread = unseen ? StrictMath.sqrt(within) : spread;
        return true;
    }

    private double within(int node, int family) {
        if (spreadCount[TypeTree.ALL] == 0) {
            return 0;
        }
        double all = mean(SQUARE_PRIOR, SQUARE_PRIOR_WEIGHT, TypeTree.ALL);
        double above = family == TypeTree.ALL ? all : mean(all, SPREAD_WEIGHT, family);
        return node == family ? above : mean(above, SPREAD_WEIGHT, node);
    }

    private double mean(double prior, double weight, int node) {
        return (weight * prior + squareSum[node]) / (weight + spreadCount[node]);
    }

    /** Returns by how much one more observation varies more than those around a known line. */
    private double fitLevel(int node, int family, double within) {
        double between = between(family);
        double above = meanLevel(family);
        double n = TypeTree.isType(node) ? count[node] : 0;
        double inflation;
        int centre;
        if (n == 0) {
            centre = TypeTree.ALL;
            intercept = above;
            inflation = within > 0 ? (within + between) / within : 1;
        } else {
            centre = node;
            double pull = between > 0 ? Math.min(within / between, LEVEL_WEIGHT_MAX) : 0;
            intercept = (n * level(node) + pull * above) / (n + pull);
            inflation = 1 + 1 / n;
        }
        for (int k = 0; k < TRAITS; k++) {
            intercept += (slopePrior[k] - slope[k]) * meanX[centre * TRAITS + k];
        }
        return inflation;
    }

    /**
     * How far the centre of a type lies above a line with the slopes that are taken for given: so
     * levels of types with other traits and other slopes can be compared.
     */
    private double level(int node) {
        double own = meanY[node];
        for (int k = 0; k < TRAITS; k++) {
            own -= slopePrior[k] * meanX[node * TRAITS + k];
        }
        return own;
    }

    /** Mean level of the types below a node that have been seen; of all types if none was. */
    private double meanLevel(int family) {
        double sum = 0;
        double types = 0;
        for (int t = TypeTree.FIRST_TYPE; t < TypeTree.FIRST_TYPE + tree.typeCount(); t++) {
            if (count[t] > 0 && (family == TypeTree.ALL || tree.parent(t) == family)) {
                sum += level(t);
                types++;
            }
        }
        if (types == 0 && family != TypeTree.ALL) {
            return meanLevel(TypeTree.ALL);
        }
        return sum / types;
    }

    private double between(int family) {
        double all = between(TypeTree.ALL, 0, 0);
        return family == TypeTree.ALL ? all : between(family, BETWEEN_WEIGHT, all);
    }

    private double between(int family, double weight, double prior) {
        double mean = meanLevel(family);
        double sum = 0;
        double types = 0;
        for (int t = TypeTree.FIRST_TYPE; t < TypeTree.FIRST_TYPE + tree.typeCount(); t++) {
            if (count[t] > 0 && (family == TypeTree.ALL || tree.parent(t) == family)) {
                sum += (level(t) - mean) * (level(t) - mean);
                types++;
            }
        }
        double total = weight + Math.max(0, types - 1);
        return total == 0 ? 0 : (weight * prior + sum) / total;
    }

    private void fitSlopes(int node, int family) {
        System.arraycopy(slopePrior, 0, slope, 0, TRAITS);
        Arrays.fill(matrix, 0);
        for (int k = 0; k < TRAITS; k++) {
            matrix[k * TRAITS + k] = SLOPE_PRECISION;
        }
        refine(TypeTree.ALL, TypeTree.ALL, 1);
        if (family != TypeTree.ALL) {
            refine(family, TypeTree.ALL, SLOPE_WEIGHT);
        }
        if (node != family) {
            refine(node, family, SLOPE_WEIGHT);
        }
    }

    /** Moves the slopes from the prior's, which weighs as much as so many of its observations. */
    private void refine(int node, int above, double weight) {
        if (node != TypeTree.ALL) {
            double each = weight / Math.max(1, count[above]);
            for (int k = 0; k < TRAITS * TRAITS; k++) {
                matrix[k] = each * sxx[above * TRAITS * TRAITS + k];
            }
        }
        for (int k = 0; k < TRAITS; k++) {
            matrix[k * TRAITS + k] += SLOPE_PRECISION_LEAST;
        }
        // (S + M) d = Sxy - S slope, slope += d: the prior's mean needs no product of its own.
        for (int k = 0; k < TRAITS; k++) {
            double rest = sxy[node * TRAITS + k];
            for (int j = 0; j < TRAITS; j++) {
                rest -= sxx[(node * TRAITS + k) * TRAITS + j] * slope[j];
            }
            right[k] = rest;
        }
        for (int k = 0; k < TRAITS * TRAITS; k++) {
            matrix[k] += sxx[node * TRAITS * TRAITS + k];
        }
        Cholesky.solve(matrix, right, TRAITS);
        for (int k = 0; k < TRAITS; k++) {
            slope[k] += right[k];
        }
    }

    /** What the last fitted law says at some traits. */
    double at(double[] x) {
        double y = intercept;
        for (int k = 0; k < TRAITS; k++) {
            y += slope[k] * x[k];
        }
        return y;
    }

    /** How far a quantile lies from the line of the last {@link #fit}, given those of the score. */
    double offset(double[] scores, int q) {
        double median = scores[Quantiles.MEDIAN];
        return median * medianSpread + (scores[q] - median) * spread;
    }

    /**
     * Learns from one finished task of a type, after {@link #fit} of its node.
     *
     * @return by how many spreads it lay above the law that was known before it; NaN when there was
     *     no law of its own type, or no spread
     */
    double learn(int node, double[] x, double y) {
        int family = tree.parent(node);
        double score = Double.NaN;
        double used = y;
        if (count[node] > 0) {
            double rest = y - at(x);
            if (spread > 0) {
                double unit = Math.max(spread, SPREAD_LEAST);
                score = rest / unit;
                if (count[node] >= CLIP_FROM) {
                    // One wild task must not bend the line.
                    rest = Math.clamp(rest, -CLIP_SPREADS * unit, CLIP_SPREADS * unit);
                    used = at(x) + rest;
                }
            }
            double square = rest * rest / (1 + 1 / count[node]);
            addSpread(node, square, TYPE_MEMORY);
            if (family != TypeTree.ALL) {
                addSpread(family, square, GROUP_MEMORY);
            }
            addSpread(TypeTree.ALL, square, GROUP_MEMORY);
        }
        addObservation(node, family, x, used);
        return score;
    }

    private void addSpread(int node, double square, double memory) {
        double keep = spreadCount[node] >= memory ? 1 - 1 / memory : 1;
        spreadCount[node] = keep * spreadCount[node] + 1;
        squareSum[node] = keep * squareSum[node] + square;
    }

    private void addObservation(int node, int family, double[] x, double y) {
        double n = count[node];
        for (int k = 0; k < TRAITS; k++) {
            dx[k] = x[k] - meanX[node * TRAITS + k];
        }
        double dy = y - meanY[node];
        double weight = n / (n + 1);
        fade(node, TYPE_MEMORY);
        add(node, weight, dy);
        if (family != TypeTree.ALL) {
            fade(family, GROUP_MEMORY);
            add(family, weight, dy);
        }
        fade(TypeTree.ALL, GROUP_MEMORY);
        add(TypeTree.ALL, weight, dy);
        double step = 1 / count[node];
        for (int k = 0; k < TRAITS; k++) {
            meanX[node * TRAITS + k] += step * dx[k];
        }
        meanY[node] += step * dy;
        double allStep = 1 / count[TypeTree.ALL];
        for (int k = 0; k < TRAITS; k++) {
            meanX[k] += allStep * (x[k] - meanX[k]);
        }
    }

    private void fade(int node, double memory) {
        if (count[node] < memory) {
            return;
        }
        double keep = 1 - 1 / memory;
        count[node] *= keep;
        for (int k = 0; k < TRAITS; k++) {
            sxy[node * TRAITS + k] *= keep;
        }
        for (int k = 0; k < TRAITS * TRAITS; k++) {
            sxx[node * TRAITS * TRAITS + k] *= keep;
        }
    }

    private void add(int node, double weight, double dy) {
        count[node]++;
        for (int k = 0; k < TRAITS; k++) {
            sxy[node * TRAITS + k] += weight * dx[k] * dy;
            for (int j = 0; j < TRAITS; j++) {
                sxx[(node * TRAITS + k) * TRAITS + j] += weight * dx[k] * dx[j];
            }
        }
    }
}
