package org.foreshape.inference.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One forecaster's scores over all VMs so far. One thread. */
final class Tally {
    final String name;
    private final List<double[]> pinball = new ArrayList<>();
    private final double[] covered = new double[Score.CELLS];
    private final double[] below = new double[Score.CELLS];
    private final double[] coverageError = new double[Score.CELLS];
    private final int[] vms = new int[Score.CELLS];

    Tally(String name) {
        this.name = name;
    }

    /** Adds the scores of the next VM; series without an origin are NaN. */
    void add(VmScore score) {
        pinball.add(score.pinball.clone());
        for (int cell = 0; cell < Score.CELLS; cell++) {
            if (Double.isNaN(score.pinball[cell])) {
                continue;
            }
            double level = Score.level(cell % Score.levelCount());
            vms[cell]++;
            covered[cell] += score.covered[cell];
            below[cell] += score.below[cell];
            coverageError[cell] += Math.abs(score.covered[cell] - level);
        }
    }

    /** Mean loss of a cell over VMs, fraction of capacity. */
    double pinball(int cell) {
        double[] ones = new double[pinball.size()];
        Arrays.fill(ones, 1);
        return pinball(cell, ones);
    }

    /** The same with a weight per VM; NaN when no VM has weight. */
    double pinball(int cell, double[] weight) {
        double sum = 0;
        double total = 0;
        for (int vm = 0; vm < pinball.size(); vm++) {
            double loss = pinball.get(vm)[cell];
            if (!Double.isNaN(loss)) {
                sum += weight[vm] * loss;
                total += weight[vm];
            }
        }
        return sum / total;
    }

    int vms(int cell) {
        return vms[cell];
    }

    int vmCount() {
        return pinball.size();
    }

    double coverage(int cell) {
        return covered[cell] / vms[cell];
    }

    double below(int cell) {
        return below[cell] / vms[cell];
    }

    double coverageError(int cell) {
        return coverageError[cell] / vms[cell];
    }
}
