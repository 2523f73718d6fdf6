package org.foreshape.numasculptor.plan;

import java.util.Arrays;

/**
 * A lower bound of every plan's cost: resources get prices instead of limits, so that each VM can
 * choose for itself, and the prices are moved towards where the bound is highest (subgradient
 * method, Held and Karp). Its reduced costs tell which options no better plan can contain.
 */
final class LagrangeBound {
    private static final int STALL_COUNT_MAX = 8;
    private static final double TOLERANCE = 1e-6;

    private final Model model;
    private final GreedyPlacer placer;
    private final double[] price;
    private final double[] bestPrice;
    private final double[] slope;
    private final int[] wish;

    private double bound = Double.NEGATIVE_INFINITY;

    LagrangeBound(Model model, GreedyPlacer placer) {
        this.model = model;
        this.placer = placer;
        this.price = new double[model.resourceCount];
        this.bestPrice = new double[model.resourceCount];
        this.slope = new double[model.resourceCount];
        this.wish = new int[model.vmCount];
    }

    /** The bound found so far. */
    double bound() {
        return bound;
    }

    /** Whether a plan of that cost is as good as any; costs are whole numbers. */
    boolean proves(long cost) {
        return Math.ceil(bound - TOLERANCE) >= cost;
    }

    /** Raises the bound, and returns the best choice seen on the way, at most as dear as given. */
    int[] raise(int[] known, int iterations, long deadlineNs) {
        int[] best = known;
        long bestCost = model.cost(best);
        double step = 1;
        int stalled = 0;
        for (int i = 0; i < iterations && !proves(bestCost); i++) {
            if (System.nanoTime() - deadlineNs > 0) {
                break;
            }
            double value = evaluate();
            if (value > bound + TOLERANCE) {
                bound = value;
                System.arraycopy(price, 0, bestPrice, 0, price.length);
                stalled = 0;
            } else if (++stalled > STALL_COUNT_MAX) {
                step /= 2;
                stalled = 0;
                System.arraycopy(bestPrice, 0, price, 0, price.length);
            }
            if (i % 10 == 0) {
                int[] repaired = placer.repair(wish);
                long cost = model.cost(repaired);
                if (cost < bestCost) {
                    best = repaired;
                    bestCost = cost;
                }
            }
            if (!advance(step * (bestCost - value))) {
                break;
            }
        }
        return best;
    }

    /** Which options a plan cheaper than the known one may contain; by VM, ascending. */
    int[][] candidates(long knownCost) {
        System.arraycopy(bestPrice, 0, price, 0, price.length);
        int[][] left = new int[model.vmCount][];
        for (int vm = 0; vm < model.vmCount; vm++) {
            double least = Double.POSITIVE_INFINITY;
            for (int option = 0; option < model.cost[vm].length; option++) {
                least = Math.min(least, reduced(vm, option));
            }
            int[] kept = new int[model.cost[vm].length];
            int count = 0;
            for (int option = 0; option < model.cost[vm].length; option++) {
                if (bound + reduced(vm, option) - least <= knownCost - 1 + TOLERANCE) {
                    kept[count++] = option;
                }
            }
            left[vm] = Arrays.copyOf(kept, count);
        }
        return left;
    }

    /** How much a VM's second best option costs more than its best, at the best prices. */
    double regret(int vm, int[] options) {
        double least = Double.POSITIVE_INFINITY;
        double second = Double.POSITIVE_INFINITY;
        for (int option : options) {
            double value = reduced(vm, option);
            second = Math.min(second, Math.max(least, value));
            least = Math.min(least, value);
        }
        return second - least;
    }

    /** By how much each of a VM's options raises the bound, at the best prices. */
    double[] regrets(int vm, int[] options) {
        double least = Double.POSITIVE_INFINITY;
        for (int option = 0; option < model.cost[vm].length; option++) {
            least = Math.min(least, reduced(vm, option));
        }
        double[] regrets = new double[options.length];
        for (int i = 0; i < options.length; i++) {
            regrets[i] = reduced(vm, options[i]) - least;
        }
        return regrets;
    }

    private double reduced(int vm, int option) {
        long[] usage = model.usage[vm][option];
        double value = model.cost[vm][option];
        for (int r : model.used[vm][option]) {
            value += price[r] * usage[r];
        }
        return value;
    }

    /** The bound at the present prices; leaves each VM's wish and the slope. */
    private double evaluate() {
        double value = 0;
        for (int r = 0; r < price.length; r++) {
            value -= price[r] * model.capacity[r];
            slope[r] = -model.capacity[r];
        }
        for (int vm = 0; vm < model.vmCount; vm++) {
            double least = Double.POSITIVE_INFINITY;
            for (int option = 0; option < model.cost[vm].length; option++) {
                double reduced = reduced(vm, option);
                if (reduced < least) {
                    least = reduced;
                    wish[vm] = option;
                }
            }
            value += least;
            long[] usage = model.usage[vm][wish[vm]];
            for (int r : model.used[vm][wish[vm]]) {
                slope[r] += usage[r];
            }
        }
        return value;
    }

    /** Moves the prices along the slope, scaled by resource; false when it is flat. */
    private boolean advance(double gap) {
        double square = 0;
        for (int r = 0; r < price.length; r++) {
            if (price[r] > 0 || slope[r] > 0) {
                double scaled = slope[r] / Math.max(1, model.capacity[r]);
                square += scaled * scaled;
            }
        }
        if (square == 0) {
            return false;
        }
        for (int r = 0; r < price.length; r++) {
            double scale = Math.max(1, model.capacity[r]);
            price[r] = Math.max(0, price[r] + gap / square * slope[r] / (scale * scale));
        }
        return true;
    }
}
