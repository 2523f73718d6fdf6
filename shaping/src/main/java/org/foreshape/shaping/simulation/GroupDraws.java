package org.foreshape.shaping.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Says how sure a figure is: groups of VMs that move alike are drawn anew, with replacement, and a
 * VM weighs as often as its group was drawn. Seeded, so the same figures have the same intervals.
 */
public final class GroupDraws {
    private static final int DRAWS = 1000;
    private static final double LOW = .025;
    private static final double HIGH = .975;
    private static final long SEED = 1;

    private final double[][] weight;
    private final int groupCount;

    /**
     * Draws.
     *
     * @param groupOfVm the group of each VM, by its number
     */
    public GroupDraws(List<String> groupOfVm) {
        Map<String, Integer> index = new HashMap<>();
        int[] group =
                groupOfVm.stream()
                        .mapToInt(name -> index.computeIfAbsent(name, _ -> index.size()))
                        .toArray();
        groupCount = index.size();
        weight = new double[DRAWS][group.length];
        SplittableRandom random = new SplittableRandom(SEED);
        int[] times = new int[groupCount];
        for (double[] drawn : weight) {
            Arrays.fill(times, 0);
            for (int k = 0; k < groupCount; k++) {
                times[random.nextInt(groupCount)]++;
            }
            for (int vm = 0; vm < drawn.length; vm++) {
                drawn[vm] = times[group[vm]];
            }
        }
    }

    /**
     * A figure with its 95 % interval.
     *
     * @param value of all VMs, each once
     * @param low lower end
     * @param high upper end
     */
    public record Interval(double value, double low, double high) {}

    /**
     * Groups that are drawn.
     *
     * @return the count
     */
    public int groupCount() {
        return groupCount;
    }

    /**
     * Draws a figure many times.
     *
     * @param figure of VMs with weights; draws of which it is no number are passed over
     * @return the figure with its interval, whose ends are NaN when no draw has it
     */
    public Interval interval(ToDoubleFunction<double[]> figure) {
        double[] ones = new double[weight[0].length];
        Arrays.fill(ones, 1);
        double[] drawn =
                Arrays.stream(weight)
                        .mapToDouble(figure)
                        .filter(Double::isFinite)
                        .sorted()
                        .toArray();
        return new Interval(
                figure.applyAsDouble(ones), quantile(drawn, LOW), quantile(drawn, HIGH));
    }

    private static double quantile(double[] sorted, double q) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.round((sorted.length - 1) * q)];
    }
}
