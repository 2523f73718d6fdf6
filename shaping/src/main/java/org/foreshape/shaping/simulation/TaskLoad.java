package org.foreshape.shaping.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** What tasks add to one resource of each VM, as steps in time. Immutable. */
final class TaskLoad {
    private final long[][] fromSubStep;
    private final double[][] load;

    /** What a task adds. */
    interface Amount {
        double of(AnnouncedTask task);
    }

    TaskLoad(int vmCount, List<AnnouncedTask> tasks, Amount amount) {
        fromSubStep = new long[vmCount][];
        load = new double[vmCount][];
        Arrays.fill(fromSubStep, new long[0]);
        Arrays.fill(load, new double[0]);
        for (int vm = 0; vm < vmCount; vm++) {
            int number = vm;
            List<AnnouncedTask> own = tasks.stream().filter(task -> task.vm() == number).toList();
            if (!own.isEmpty()) {
                lay(vm, own, amount);
            }
        }
    }

    private void lay(int vm, List<AnnouncedTask> tasks, Amount amount) {
        long[] edges =
                tasks.stream()
                        .flatMapToLong(
                                task -> LongStream.of(task.startSubStep(), task.endSubStep()))
                        .sorted()
                        .distinct()
                        .toArray();
        double[] sums = new double[edges.length];
        for (AnnouncedTask task : tasks) {
            for (int k = 0; k < edges.length; k++) {
                if (edges[k] >= task.startSubStep() && edges[k] < task.endSubStep()) {
                    sums[k] += amount.of(task);
                }
            }
        }
        fromSubStep[vm] = edges;
        load[vm] = sums;
    }

    boolean has(int vm) {
        return fromSubStep[vm].length > 0;
    }

    /** What the tasks of a VM add in a sub-step. */
    double at(int vm, long subStep) {
        long[] edges = fromSubStep[vm];
        int found = Arrays.binarySearch(edges, subStep);
        int index = found >= 0 ? found : -found - 2;
        return index < 0 ? 0 : load[vm][index];
    }

    /** Whether what they add changes after {@code from}, up to {@code to}. */
    boolean changes(int vm, long from, long to) {
        long[] edges = fromSubStep[vm];
        int found = Arrays.binarySearch(edges, from);
        int next = found >= 0 ? found + 1 : -found - 1;
        return next < edges.length && edges[next] <= to;
    }
}
