package org.foreshape.inference;

import java.util.Arrays;

/**
 * How well each series has repeated itself of late, at each of some periods: the mean error of what
 * was one period ago, half-life half a day. All memory is taken at construction. One thread.
 */
final class PeriodErrors {
    private static final int KNOWN_MIN = 24;

    private final StepHistory history;
    private final int[] periods;
    private final double keep;
    private final double[] error;
    private final double[] weight;

    /** Periods of the schema that a history of {@code stepsMax} known steps has. */
    PeriodErrors(int seriesCount, StepHistory history, int gridStepSeconds, int stepsMax) {
        this.history = history;
        this.periods =
                Arrays.stream(DemandSchema.PERIOD_SECONDS)
                        .map(seconds -> seconds / gridStepSeconds)
                        .filter(period -> period <= stepsMax)
                        .toArray();
        int day = 86_400 / gridStepSeconds;
        this.keep = StrictMath.pow(.5, 2. / day);
        this.error = new double[seriesCount * periods.length];
        this.weight = new double[seriesCount * periods.length];
    }

    void clear(int s) {
        Arrays.fill(error, s * periods.length, (s + 1) * periods.length, 0);
        Arrays.fill(weight, s * periods.length, (s + 1) * periods.length, 0);
    }

    /** Takes step t in, which the history has; NaN when it is missing. */
    void take(int s, int t, float x) {
        if (Float.isNaN(x)) {
            return;
        }
        for (int p = 0; p < periods.length; p++) {
            float before = history.at(s, t, periods[p]);
            if (!Float.isNaN(before)) {
                int at = s * periods.length + p;
                error[at] = error[at] * keep + Math.abs(x - before);
                weight[at] = weight[at] * keep + 1;
            }
        }
    }

    /** The period whose repetition errs least of late; one step when none is known well. */
    int best(int s) {
        int best = 0;
        double least = Double.MAX_VALUE;
        for (int p = 0; p < periods.length; p++) {
            double here = error(s, p, Double.MAX_VALUE);
            if (here < least) {
                least = here;
                best = p;
            }
        }
        return best;
    }

    /** Mean error at a period; something else when it is not known well. */
    double error(int s, int period, double otherwise) {
        int at = s * periods.length + period;
        return weight[at] >= KNOWN_MIN ? error[at] / weight[at] : otherwise;
    }

    /** Steps of a period. */
    int steps(int period) {
        return periods[period];
    }
}
