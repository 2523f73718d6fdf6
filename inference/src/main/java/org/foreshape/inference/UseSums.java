package org.foreshape.inference;

import java.util.Arrays;

/**
 * What is known of many series by sums that decay: means, mean changes, how often they were
 * sampled. Behind each sum stands its weight. All memory is taken at construction. One thread.
 */
final class UseSums {
    /** Mean change of half a day's half-life: the scale. */
    static final int CHANGE = 0;

    /** Mean change, half-life an hour. */
    static final int HOUR_CHANGE = 2;

    /** Mean change, half-life a week. */
    static final int WEEK_CHANGE = 4;

    /** Mean use, weight .05. */
    static final int SLOW = 6;

    /** Mean use, weight .3. */
    static final int FAST = 8;

    /** Share of the steps that were sampled, half-life six hours. */
    static final int SAMPLED = 15;

    /** Share of the samples without a change, half-life six hours. */
    static final int SAME = 17;

    private static final int WEEK_CHANGE_WEIGHT = 5;
    private static final int HOUR_WEIGHT = 10;
    private static final int HOUR_MEAN = 11;
    private static final int HOUR_SQUARES = 12;
    private static final int LAST = 13;
    private static final int AGE = 14;
    private static final int SAMPLES = 19;
    private static final int SIZE = 20;

    private static final int AGE_MAX = 4;
    private static final float NO_CHANGE = 1e-4f;

    private final StepHistory history;
    private final int changeSteps;
    private final double keepHour;
    private final double keepSixHours;
    private final double keepHalfDay;
    private final double keepWeek;
    private final double[] state;

    /** Fresh sums over a history, whose steps they are told of. */
    UseSums(int seriesCount, StepHistory history, int gridStepSeconds) {
        int hour = 3600 / gridStepSeconds;
        this.history = history;
        this.changeSteps = 300 / gridStepSeconds;
        this.keepHour = StrictMath.pow(.5, 1. / hour);
        this.keepSixHours = StrictMath.pow(.5, 1. / (6 * hour));
        this.keepHalfDay = StrictMath.pow(.5, 2. / (24 * hour));
        this.keepWeek = StrictMath.pow(.5, 1. / (7 * 24 * hour));
        this.state = new double[seriesCount * SIZE];
    }

    void clear(int s) {
        int b = s * SIZE;
        Arrays.fill(state, b, b + SIZE, 0);
        Arrays.fill(state, b + CHANGE, b + WEEK_CHANGE_WEIGHT + 1, 1);
        state[b + LAST] = Double.NaN;
    }

    /** Takes step t in, which the history has; NaN when it is missing. */
    void take(int s, int t, float x) {
        int b = s * SIZE;
        boolean seen = !Float.isNaN(x);
        state[b + AGE] = seen ? 0 : Math.min(AGE_MAX, state[b + AGE] + 1);
        decay(b + SAMPLED, keepSixHours, seen ? 1 : 0);
        state[b + HOUR_WEIGHT] *= keepHour;
        state[b + HOUR_SQUARES] *= keepHour;
        if (seen) {
            takeSample(s, t, x);
        }
    }

    private void takeSample(int s, int t, float x) {
        int b = s * SIZE;
        double last = state[b + LAST];
        if (!Double.isNaN(last)) {
            double change = Math.abs(x - before(s, t, last));
            decay(b + CHANGE, keepHalfDay, change);
            decay(b + HOUR_CHANGE, keepHour, change);
            decay(b + WEEK_CHANGE, keepWeek, change);
            decay(b + SAME, keepSixHours, Math.abs(x - last) < NO_CHANGE ? 1 : 0);
        }
        decay(b + SLOW, .95, x);
        decay(b + FAST, .7, x);
        state[b + HOUR_WEIGHT] += 1;
        double delta = x - state[b + HOUR_MEAN];
        state[b + HOUR_MEAN] += delta / state[b + HOUR_WEIGHT];
        state[b + HOUR_SQUARES] += delta * (x - state[b + HOUR_MEAN]);
        state[b + LAST] = x;
        state[b + SAMPLES]++;
    }

    /**
     * What a change is counted from: the use 5 min ago, whatever the step, so that the scale is one
     * of the horizons and not of the step. A younger VM's oldest; after a gap the last that is
     * known.
     */
    private double before(int s, int t, double last) {
        for (int ago = Math.min(changeSteps, t); ago > 0; ago--) {
            float value = history.at(s, t, ago);
            if (!Float.isNaN(value)) {
                return value;
            }
        }
        return last;
    }

    /** Adds to a decaying sum and to its weight, which stands behind it. */
    private void decay(int at, double keep, double value) {
        state[at] = state[at] * keep + value;
        state[at + 1] = state[at + 1] * keep + 1;
    }

    /** The mean that one of the constants names. */
    double mean(int s, int sum) {
        int at = s * SIZE + sum;
        return state[at] / Math.max(1e-9, state[at + 1]);
    }

    /** Mean use, half-life an hour. */
    double hourMean(int s) {
        return state[s * SIZE + HOUR_MEAN];
    }

    /** Deviation of the use, half-life an hour. */
    double hourDeviation(int s) {
        int b = s * SIZE;
        return Math.sqrt(
                Math.max(0, state[b + HOUR_SQUARES]) / Math.max(1e-9, state[b + HOUR_WEIGHT]));
    }

    /** The newest known use; NaN when there is none. */
    float last(int s) {
        return (float) state[s * SIZE + LAST];
    }

    /** Steps since the newest sample, at most 4. */
    double age(int s) {
        return state[s * SIZE + AGE];
    }

    /** Samples since the series was cleared. */
    double samples(int s) {
        return state[s * SIZE + SAMPLES];
    }
}
