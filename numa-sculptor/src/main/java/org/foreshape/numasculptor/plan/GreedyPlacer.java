package org.foreshape.numasculptor.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Places VMs one after the other, the largest first, each where it costs least of what fits. Each
 * step fits when it is taken, so its order can be carried out as it is.
 */
final class GreedyPlacer {
    private static final int PASS_COUNT_MAX = 4;

    private final Model model;
    private final Integer[] largestFirst;

    GreedyPlacer(Model model) {
        this.model = model;
        this.largestFirst =
                IntStream.range(0, model.vmCount)
                        .boxed()
                        .sorted(
                                Comparator.comparingLong((Integer vm) -> size(model, vm))
                                        .reversed())
                        .toArray(Integer[]::new);
    }

    private static long size(Model model, int vm) {
        return Arrays.stream(model.bytes[vm][Model.STAY]).sum();
    }

    /** A choice that costs no more than staying. */
    int[] place() {
        int[] choice = new int[model.vmCount];
        improve(choice);
        return choice;
    }

    /** Lets each VM take what costs least and fits, until nothing changes; in place. */
    void improve(int[] choice) {
        long[] free = model.free(choice);
        boolean changed = true;
        for (int pass = 0; pass < PASS_COUNT_MAX && changed; pass++) {
            changed = false;
            for (int vm : largestFirst) {
                int best = choice[vm];
                for (int option = 0; option < model.cost[vm].length; option++) {
                    if (model.cost[vm][option] < model.cost[vm][best]
                            && model.fits(free, vm, choice[vm], option)) {
                        best = option;
                    }
                }
                if (best != choice[vm]) {
                    model.change(free, vm, choice[vm], best);
                    choice[vm] = best;
                    changed = true;
                }
            }
        }
    }

    /**
     * Turns a wish that may not fit into a choice that does: each VM takes what it wishes where
     * that fits, and the cheapest that fits otherwise.
     */
    int[] repair(int[] wish) {
        int[] choice = new int[model.vmCount];
        long[] free = model.free(choice);
        for (int pass = 0; pass < 2; pass++) {
            for (int vm : largestFirst) {
                if (choice[vm] != wish[vm] && model.fits(free, vm, choice[vm], wish[vm])) {
                    model.change(free, vm, choice[vm], wish[vm]);
                    choice[vm] = wish[vm];
                }
            }
        }
        improve(choice);
        return choice;
    }

    /**
     * Looks for pairs: one VM gets a cheaper option because another one makes room for it, and both
     * together cost less; in place, until the time is up.
     */
    void swap(int[] choice, long deadlineNs) {
        long[] free = model.free(choice);
        for (int vm : largestFirst) {
            for (int option = 0; option < model.cost[vm].length; option++) {
                long gain = model.cost[vm][choice[vm]] - model.cost[vm][option];
                if (gain <= 0) {
                    continue;
                }
                if (System.nanoTime() - deadlineNs > 0) {
                    return;
                }
                makeRoom(choice, free, vm, option, gain);
            }
        }
    }

    private void makeRoom(int[] choice, long[] free, int vm, int option, long gain) {
        int from = choice[vm];
        model.change(free, vm, from, option);
        int full = fullest(free);
        if (full < 0) {
            choice[vm] = option;
            return;
        }
        for (int other = 0; other < model.vmCount; other++) {
            // Only who uses what is short now can make room.
            if (other == vm || model.usage[other][choice[other]][full] == 0) {
                continue;
            }
            for (int way = 0; way < model.cost[other].length; way++) {
                long loss = model.cost[other][way] - model.cost[other][choice[other]];
                if (loss < gain && relieves(free, other, choice[other], way)) {
                    model.change(free, other, choice[other], way);
                    choice[other] = way;
                    choice[vm] = option;
                    return;
                }
            }
        }
        model.change(free, vm, option, from);
    }

    private boolean relieves(long[] free, int vm, int from, int to) {
        for (int r = 0; r < model.resourceCount; r++) {
            if (free[r] + model.usage[vm][from][r] - model.usage[vm][to][r] < 0) {
                return false;
            }
        }
        return true;
    }

    /** The resource that is overdrawn most; -1 when none is. */
    private static int fullest(long[] free) {
        int full = -1;
        for (int r = 0; r < free.length; r++) {
            if (free[r] < 0 && (full < 0 || free[r] < free[full])) {
                full = r;
            }
        }
        return full;
    }
}
