package org.foreshape.inference;

import java.util.Arrays;

/**
 * The rows of inputs of many series, by the formulas of {@link DemandSchema}, in its order: levels,
 * scaled inputs, plain ones. All memory is taken at construction. One thread.
 */
final class DemandRows {
    /** Numbers of a series: without the clock, which is the same for all. */
    static final int SIZE = DemandSchema.LEVELS + DemandSchema.SCALED + DemandSchema.PLAIN;

    private static final int HORIZONS = FeatureSchema.HORIZON_COUNT;
    private static final int HOURS = 24;
    private static final int HOURLY_KNOWN_MIN = 12;
    private static final float FLOOR = .05f;
    private static final float PERCENT_MAX = 100f;
    private static final float RATIO_FLOOR = .01f;

    private final StepHistory history;
    private final UseSums sums;
    private final PeriodErrors periods;
    private final SortedWindows rises;
    private final int window;
    private final int hour;
    private final int day;
    private final int week;
    private final int[] horizon;
    private final float[] rows;
    private final float[] origin;
    private final float[] scale;

    private final float[] order = new float[7 * HOURS];
    private final float[] rise = new float[HOURS];
    private final float[] longRise = new float[HOURS];
    private int put;
    private float deviation;

    /**
     * Rows of so many series without a step.
     *
     * @param rises of each series within each horizon
     * @param window how many rises are kept
     */
    DemandRows(
            int seriesCount,
            StepHistory history,
            UseSums sums,
            PeriodErrors periods,
            SortedWindows rises,
            int window,
            int gridStepSeconds) {
        this.history = history;
        this.sums = sums;
        this.periods = periods;
        this.rises = rises;
        this.window = window;
        this.hour = 3600 / gridStepSeconds;
        this.day = HOURS * hour;
        this.week = 7 * day;
        this.horizon = new int[] {300 / gridStepSeconds, 900 / gridStepSeconds};
        this.rows = new float[seriesCount * SIZE];
        this.origin = new float[seriesCount];
        this.scale = new float[seriesCount];
    }

    void clear(int s) {
        Arrays.fill(rows, s * SIZE, (s + 1) * SIZE, 0f);
        origin[s] = Float.NaN;
        scale[s] = FLOOR + 1;
    }

    /** The newest known use of all series, percent; not to be written. */
    float[] origins() {
        return origin;
    }

    /** The newest known use, percent; NaN when never seen. */
    float origin(int s) {
        return origin[s];
    }

    /** The scale of the row, percent. */
    float scale(int s) {
        return scale[s];
    }

    /** Copies numbers of a row, from a place on. */
    void copy(int s, int from, float[] out, int at, int count) {
        System.arraycopy(rows, s * SIZE + from, out, at, count);
    }

    /** Makes the row of a series whose newest step is t. */
    void compute(int s, int t) {
        float x = sums.last(s);
        origin[s] = x;
        scale[s] = FLOOR + (float) sums.mean(s, UseSums.CHANGE);
        if (Float.isNaN(x)) {
            return;
        }
        int from = s * SIZE;
        put = from;
        putLags(s, t, x);
        putSpan(s, t, 6);
        double deviationShort = deviation;
        putSpan(s, t, 36);
        double deviationLong = deviation;
        put(sums.mean(s, UseSums.SLOW));
        put(sums.mean(s, UseSums.FAST));
        put(sums.hourMean(s));
        float yesterday = history.at(s, t, day);
        float yesterdayNext = next(s, t, day, 0);
        float yesterdayLater = next(s, t, day, 1);
        float lastWeek = history.at(s, t, week);
        float lastWeekNext = next(s, t, week, 0);
        float lastWeekLater = next(s, t, week, 1);
        float lastHour = history.at(s, t, hour);
        float lastHourNext = next(s, t, hour, 0);
        float lastHourLater = next(s, t, hour, 1);
        put(yesterday);
        put(yesterdayNext);
        put(yesterdayLater);
        put(lastWeekNext);
        put(lastWeekLater);
        put(lastHourNext);
        put(lastHourLater);
        int hours = putHours(s, t);
        int best = periods.best(s);
        put(next(s, t, periods.steps(best), 0));
        put(
                periods.steps(best) >= horizon[1]
                        ? next(s, t, periods.steps(best), 1)
                        : history.peakKnown(s, t, 0, periods.steps(best)));
        putRecent(s, t);
        putSameHour(s, t);
        putDay(s, t);
        fill(from, from + DemandSchema.LEVELS, x);

        putLongRises(s);
        put(deviationShort);
        put(deviationLong);
        put(sums.hourDeviation(s));
        put(yesterdayNext - yesterday);
        put(yesterdayLater - yesterday);
        put(lastWeekNext - lastWeek);
        put(lastWeekLater - lastWeek);
        put(lastHourNext - lastHour);
        put(lastHourLater - lastHour);
        putRises(rise, hours);
        putRises(longRise, hours);
        double bestError = periods.error(s, best, scale[s]);
        put(bestError);
        fill(from + DemandSchema.LEVELS, put, 0f);
        putPlain(s, x, best, bestError, yesterdayNext, lastWeekNext);
        assert put == from + SIZE : put - from;
    }

    private void putPlain(
            int s, float x, int best, double bestError, float yesterdayNext, float lastWeekNext) {
        put(x / 20);
        put(StrictMath.log(scale[s]));
        put(StrictMath.log(x + .1));
        put((PERCENT_MAX - x) / 20);
        put(StrictMath.log((FLOOR + sums.mean(s, UseSums.HOUR_CHANGE)) / scale[s]));
        put(StrictMath.log((FLOOR + sums.mean(s, UseSums.WEEK_CHANGE)) / scale[s]));
        put(sums.mean(s, UseSums.SAME));
        put(sums.mean(s, UseSums.SAMPLED));
        put(sums.age(s));
        put(StrictMath.log(1 + sums.samples(s)) / 4);
        double stepError = periods.error(s, 0, scale[s]);
        put(StrictMath.log((bestError + RATIO_FLOOR) / (stepError + RATIO_FLOOR)));
        put(StrictMath.log(periods.steps(best)) / 4);
        put(Float.isNaN(yesterdayNext) ? 0 : 1);
        put(Float.isNaN(lastWeekNext) ? 0 : 1);
        put(rises.known(HORIZONS * s) / (double) window);
        put(1);
    }

    /** What followed within a horizon, one period ago. */
    private float next(int s, int t, int period, int h) {
        return history.peakKnown(s, t, period - horizon[h], horizon[h]);
    }

    private void put(double value) {
        rows[put++] = (float) value;
    }

    /** Puts something known in place of what is not. */
    private void fill(int from, int to, float value) {
        for (int k = from; k < to; k++) {
            rows[k] = Float.isNaN(rows[k]) ? value : rows[k];
        }
    }

    /** A missing lag takes the value after it. */
    private void putLags(int s, int t, float x) {
        float carried = x;
        for (int k = 1; k <= DemandSchema.LAGS; k++) {
            float value = history.at(s, t, k);
            carried = Float.isNaN(value) ? carried : value;
            put(carried);
        }
    }

    /** Mean, max and min of the newest steps; the deviation stays for later. */
    private void putSpan(int s, int t, int count) {
        double sum = 0;
        double squares = 0;
        int known = 0;
        float most = Float.NaN;
        float least = Float.NaN;
        for (int k = 0; k < count; k++) {
            float value = history.at(s, t, k);
            if (!Float.isNaN(value)) {
                sum += value;
                squares += (double) value * value;
                known++;
                most = StepHistory.max(most, value);
                least = StepHistory.min(least, value);
            }
        }
        double mean = sum / known;
        put(mean);
        put(most);
        put(least);
        deviation = known == 0 ? 0 : (float) Math.sqrt(Math.max(0, squares / known - mean * mean));
    }

    /** What followed at this minute of the last 24 hours; returns how many rises are known. */
    private int putHours(int s, int t) {
        double sum = 0;
        double longSum = 0;
        int known = 0;
        int longKnown = 0;
        int count = 0;
        float most = Float.NaN;
        float longMost = Float.NaN;
        for (int k = 1; k <= HOURS; k++) {
            float near = next(s, t, hour * k, 0);
            float later = next(s, t, hour * k, 1);
            float then = history.at(s, t, hour * k);
            if (!Float.isNaN(near)) {
                sum += near;
                known++;
                most = StepHistory.max(most, near);
            }
            if (!Float.isNaN(later)) {
                longSum += later;
                longKnown++;
                longMost = StepHistory.max(longMost, later);
            }
            if (!Float.isNaN(then) && !Float.isNaN(near) && !Float.isNaN(later)) {
                rise[count] = near - then;
                longRise[count++] = later - then;
            }
        }
        put(sum / known);
        put(most);
        put(longSum / longKnown);
        put(longMost);
        return count;
    }

    private void putRises(float[] values, int count) {
        double sum = 0;
        for (int k = 0; k < count; k++) {
            sum += values[k];
            insert(k, values[k]);
        }
        put(sum / count);
        putOrdered(count, .9f);
        putOrdered(count, 1f);
    }

    private void putLongRises(int s) {
        for (int h = 0; h < horizon.length; h++) {
            for (float q : DemandSchema.RISE_QUANTILES) {
                put(rises.quantile(HORIZONS * s + h, q));
            }
        }
    }

    private void putRecent(int s, int t) {
        int count = 0;
        for (int k = 0; k < 24; k++) {
            count = insertKnown(count, history.at(s, t, k));
        }
        putOrdered(count, .1f);
        putOrdered(count, .5f);
        putOrdered(count, .75f);
        putOrdered(count, .9f);
        putOrdered(count, 1f);
    }

    private void putSameHour(int s, int t) {
        int count = 0;
        for (int k = 1; k <= 7; k++) {
            for (int j = -12; j <= 12; j += 2) {
                count = insertKnown(count, history.at(s, t, day * k - j * hour / 12));
            }
        }
        count = count < HOURLY_KNOWN_MIN ? 0 : count;
        putOrdered(count, .5f);
        putOrdered(count, .9f);
        putOrdered(count, 1f);
    }

    private void putDay(int s, int t) {
        int count = 0;
        for (int k = 0; k < HOURS; k++) {
            count = insertKnown(count, history.at(s, t, hour * k));
        }
        putOrdered(count, .5f);
        putOrdered(count, .95f);
        put(history.dayMost(s, t));
        put(history.dayLeast(s, t));
    }

    private int insertKnown(int count, float value) {
        if (Float.isNaN(value)) {
            return count;
        }
        insert(count, value);
        return count + 1;
    }

    private void insert(int count, float value) {
        int place = count;
        while (place > 0 && order[place - 1] > value) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = value;
    }

    private void putOrdered(int count, float q) {
        put(count == 0 ? Float.NaN : SortedWindows.quantileOf(order, 0, count, q));
    }
}
