package org.foreshape.inference.evaluate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Says how sure a comparison of two forecasters is: groups of correlated VMs are drawn anew, with
 * replacement, and a VM weighs as often as its group was drawn. Seeded.
 */
final class Bootstrap {
    private static final int DRAWS = 2000;
    private static final long SEED = 1;

    private final int[] groupOfVm;
    private final int groupCount;

    /**
     * Sets up the draws.
     *
     * @param groups the group of each VM, in the order of the tallies
     */
    Bootstrap(List<String> groups) {
        Map<String, Integer> index = new HashMap<>();
        this.groupOfVm =
                groups.stream()
                        .mapToInt(g -> index.computeIfAbsent(g, k -> index.size()))
                        .toArray();
        this.groupCount = index.size();
    }

    int groupCount() {
        return groupCount;
    }

    /**
     * Ratios of the model's loss to the best baseline's, with their intervals.
     *
     * @param model the model
     * @param best by cell: its best baseline
     */
    Comparison compare(Tally model, Tally[] best) {
        double[] ratio = new double[Score.CELLS];
        double[][] drawn = new double[Score.CELLS][DRAWS];
        double[] drawnMean = new double[DRAWS];
        double[] ones = new double[groupOfVm.length];
        Arrays.fill(ones, 1);
        double mean = Math.exp(logRatios(model, best, ones, ratio));
        SplittableRandom random = new SplittableRandom(SEED);
        double[] weight = new double[groupOfVm.length];
        double[] cells = new double[Score.CELLS];
        int[] times = new int[groupCount];
        for (int draw = 0; draw < DRAWS; draw++) {
            Arrays.fill(times, 0);
            for (int k = 0; k < groupCount; k++) {
                times[random.nextInt(groupCount)]++;
            }
            for (int vm = 0; vm < weight.length; vm++) {
                weight[vm] = times[groupOfVm[vm]];
            }
            drawnMean[draw] = Math.exp(logRatios(model, best, weight, cells));
            for (int cell = 0; cell < cells.length; cell++) {
                drawn[cell][draw] = cells[cell];
            }
        }
        double[] low = new double[Score.CELLS];
        double[] high = new double[Score.CELLS];
        for (int cell = 0; cell < cells.length; cell++) {
            low[cell] = quantile(drawn[cell], .025);
            high[cell] = quantile(drawn[cell], .975);
        }
        return new Comparison(
                ratio, low, high, mean, quantile(drawnMean, .025), quantile(drawnMean, .975));
    }

    /** Writes each cell's ratio, and returns the mean logarithm over the cells that have one. */
    private static double logRatios(Tally model, Tally[] best, double[] weight, double[] ratios) {
        double sum = 0;
        int count = 0;
        for (int cell = 0; cell < ratios.length; cell++) {
            ratios[cell] =
                    model.vms(cell) == 0
                            ? Double.NaN
                            : model.pinball(cell, weight) / best[cell].pinball(cell, weight);
            if (Double.isFinite(ratios[cell]) && ratios[cell] > 0) {
                sum += Math.log(ratios[cell]);
                count++;
            }
        }
        return sum / count;
    }

    private static double quantile(double[] values, double q) {
        double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.round((sorted.length - 1) * q)];
    }

    /**
     * A model against the best baseline of each cell.
     *
     * @param ratio loss by loss, per cell; below 1 the model is better
     * @param low lower end of its 95 % interval
     * @param high upper end
     * @param mean geometric mean over the cells
     * @param meanLow lower end of its 95 % interval
     * @param meanHigh upper end
     */
    @SuppressWarnings("ArrayRecordComponent") // Numbers to print; compared nowhere.
    record Comparison(
            double[] ratio,
            double[] low,
            double[] high,
            double mean,
            double meanLow,
            double meanHigh) {}
}
