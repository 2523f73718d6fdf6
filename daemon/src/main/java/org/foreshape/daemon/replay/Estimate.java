package org.foreshape.daemon.replay;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.foreshape.daemon.replay.CostBook.Entry;

/**
 * What a figure would have been under another policy, with 95 % bounds. The recorded policy is
 * lived through again as well, and how far that falls from what was measured says how far the other
 * may fall:
 *
 * <ul>
 *   <li>in sum: the other is taken to be off by something between nothing and as much;
 *   <li>in scatter, over VMs or over stretches of time, whichever is more: once for what the sum
 *       does not tell, once for the other's own;
 *   <li>the other moves by as much as it does when its acts come late;
 *   <li>and what comes in few events, starved samples or acts, scatters by the square root of their
 *       number: once in what is foretold, since it hangs on when the recorded samples were taken,
 *       and once in what would have happened.
 * </ul>
 *
 * @param recorded what was measured
 * @param again what the recorded policy comes to when it is lived through again
 * @param other what the other policy comes to
 * @param value the estimate: the other, plus half of what the recorded one was off
 * @param low lower bound; NaN when there are too few stretches to tell
 * @param high upper bound
 */
public record Estimate(
        double recorded, double again, double other, double value, double low, double high) {
    private static final double SIGMAS = 1.96;
    private static final int STRETCHES_MIN = 4;

    /**
     * What is estimated.
     *
     * @param of the figure
     * @param counted the part of it that comes in events
     * @param events how many events that part comes in
     */
    record Figure(
            ToDoubleFunction<Entry> of,
            ToDoubleFunction<Entry> counted,
            ToDoubleFunction<Entry> events) {
        /** One that does not come in events. */
        static Figure smooth(ToDoubleFunction<Entry> of) {
            return new Figure(of, entry -> 0, entry -> 0);
        }

        /** One that comes wholly in events. */
        static Figure counted(ToDoubleFunction<Entry> of, ToDoubleFunction<Entry> events) {
            return new Figure(of, of, events);
        }
    }

    /**
     * What VMs cost in the same stretches of time, in the same order.
     *
     * @param recorded what was measured
     * @param again the recorded policy lived through again
     * @param other the other policy
     * @param late the other policy with late acts
     */
    record Lives(List<Entry> recorded, List<Entry> again, List<Entry> other, List<Entry> late) {
        /** Those of one VM. */
        Lives of(String vm) {
            return new Lives(of(vm, recorded), of(vm, again), of(vm, other), of(vm, late));
        }

        private static List<Entry> of(String vm, List<Entry> entries) {
            return entries.stream().filter(each -> each.vm().equals(vm)).toList();
        }
    }

    /** Of one figure. */
    static Estimate of(Lives lives, Figure figure) {
        double[] off = differences(lives.recorded(), lives.again(), figure);
        double[] moved = differences(lives.late(), lives.other(), figure);
        double offSum = Arrays.stream(off).sum();
        double movedSum = Arrays.stream(moved).sum();
        double variance =
                2 * scatter(lives.recorded(), off)
                        + offSum * offSum / 12
                        + scatter(lives.recorded(), moved)
                        + movedSum * movedSum
                        + 2 * events(lives.other(), figure);
        double otherSum = sum(lives.other(), figure);
        double value = Math.max(0, otherSum + offSum / 2);
        double half = off.length < STRETCHES_MIN ? Double.NaN : SIGMAS * Math.sqrt(variance);
        return new Estimate(
                sum(lives.recorded(), figure),
                sum(lives.again(), figure),
                otherSum,
                value,
                Math.max(0, value - half),
                value + half);
    }

    private static double[] differences(List<Entry> one, List<Entry> other, Figure figure) {
        double[] differences = new double[one.size()];
        for (int i = 0; i < differences.length; i++) {
            differences[i] =
                    figure.of().applyAsDouble(one.get(i)) - figure.of().applyAsDouble(other.get(i));
        }
        return differences;
    }

    /** The greater of the variances over stretches and over VMs. */
    private static double scatter(List<Entry> entries, double[] parts) {
        Map<String, Double> ofVm = new HashMap<>();
        for (int i = 0; i < parts.length; i++) {
            ofVm.merge(entries.get(i).vm(), parts[i], Double::sum);
        }
        return Math.max(
                scatter(parts),
                scatter(ofVm.values().stream().mapToDouble(Double::doubleValue).toArray()));
    }

    /** Variance of a sum of parts that were drawn independently. */
    private static double scatter(double[] parts) {
        int count = parts.length;
        double sum = Arrays.stream(parts).sum();
        double squares = 0;
        for (double part : parts) {
            squares += (part - sum / count) * (part - sum / count);
        }
        return count < 2 ? 0 : squares * count / (count - 1);
    }

    private static double events(List<Entry> entries, Figure figure) {
        double variance = 0;
        for (Entry entry : entries) {
            double counted = figure.counted().applyAsDouble(entry);
            variance += counted * counted / Math.max(1, figure.events().applyAsDouble(entry));
        }
        return variance;
    }

    private static double sum(List<Entry> entries, Figure figure) {
        return entries.stream().mapToDouble(figure.of()).sum();
    }
}
