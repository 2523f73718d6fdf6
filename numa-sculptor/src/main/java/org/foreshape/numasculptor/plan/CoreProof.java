package org.foreshape.numasculptor.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Looks at every choice among the candidates that could be cheaper than a known one, depth first,
 * and leaves out what the bound rules out: what is left after it is as good as any. The solver's
 * own word is not enough: on hosts of 2 to 6 VMs, one answer in some thousand that ojAlgo 57.1
 * called optimal was not (with or without cuts, rows scaled or not, on one thread).
 */
final class CoreProof {
    private static final int NODES_BETWEEN_LOOKS = 1024;
    private static final double TOLERANCE = 1e-6;

    private final Model model;
    private final LagrangeBound bound;
    private final int[][] candidates;
    private final long deadlineNs;
    private final int[] open;
    private final double[][] regrets;
    private final long[] free;
    private final int[] choice;
    private int[] best;
    private long bestCost;
    private long nodeCount;
    private boolean late;

    /**
     * Prepares a search.
     *
     * @param known a choice that fits, to be beaten
     * @param candidates the options that a cheaper choice may contain; one or none: that of the
     *     known choice
     */
    CoreProof(Model model, LagrangeBound bound, int[] known, int[][] candidates, long deadlineNs) {
        this.model = model;
        this.bound = bound;
        this.candidates = candidates;
        this.deadlineNs = deadlineNs;
        this.best = known.clone();
        this.bestCost = model.cost(known);
        this.choice = known.clone();
        this.free = model.free(known);
        this.regrets = new double[candidates.length][];
        for (int vm = 0; vm < candidates.length; vm++) {
            regrets[vm] = bound.regrets(vm, candidates[vm]);
        }
        // Those first whose options differ most: what is ruled out is ruled out early.
        this.open =
                IntStream.range(0, candidates.length)
                        .filter(vm -> candidates[vm].length > 1)
                        .boxed()
                        .sorted(Comparator.comparingDouble(vm -> -Arrays.stream(regrets[vm]).sum()))
                        .mapToInt(Integer::intValue)
                        .toArray();
        for (int vm : open) {
            use(vm, choice[vm], 1);
        }
    }

    /** Searches; true when nothing was left out for want of time. */
    boolean search() {
        double lowest = bound.bound();
        for (int vm = 0; vm < candidates.length; vm++) {
            if (candidates[vm].length == 1) {
                lowest += regrets[vm][0];
            }
        }
        descend(0, lowest);
        return !late;
    }

    /** The cheapest choice seen; the known one when none is cheaper. */
    int[] best() {
        return best;
    }

    private void descend(int depth, double lowest) {
        if (lowest > bestCost - 1 + TOLERANCE || late) {
            return;
        }
        if (++nodeCount % NODES_BETWEEN_LOOKS == 0 && System.nanoTime() - deadlineNs > 0) {
            late = true;
            return;
        }
        if (depth == open.length) {
            long cost = model.cost(choice);
            if (cost < bestCost) {
                bestCost = cost;
                best = choice.clone();
            }
            return;
        }
        int vm = open[depth];
        for (int i = 0; i < candidates[vm].length; i++) {
            int option = candidates[vm][i];
            use(vm, option, -1);
            if (fits(vm, option)) {
                choice[vm] = option;
                descend(depth + 1, lowest + regrets[vm][i]);
            }
            use(vm, option, 1);
        }
    }

    private void use(int vm, int option, int sign) {
        for (int r : model.used[vm][option]) {
            free[r] += sign * model.usage[vm][option][r];
        }
    }

    private boolean fits(int vm, int option) {
        for (int r : model.used[vm][option]) {
            if (free[r] < 0) {
                return false;
            }
        }
        return true;
    }
}
