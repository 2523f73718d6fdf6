package org.foreshape.inference;

import java.util.Arrays;

/**
 * Computes the rows of {@link DemandSchema} from the steps of many VMs, one step at a time.
 *
 * <p>{@link #commit} takes a closed step in and computes the VM's row; between two steps a row
 * stays as it is. All memory is taken at construction (about 50 KiB a VM on a grid of 5 min), a
 * commit takes some microseconds. One thread.
 *
 * <p>Long because it is one list of formulas over one state; apart they would hide what they share.
 */
public final class DemandFeatures {
    private static final int WINDOW_MAX = 2016;
    private static final int HOURS = 24;
    private static final int HOURLY_KNOWN_MIN = 12;
    private static final int PERIOD_KNOWN_MIN = 24;
    private static final int AGE_MAX = 4;
    private static final float FLOOR = .05f;
    private static final float PERCENT_MAX = 100f;
    private static final float SAME = 1e-4f;
    private static final float RATIO_FLOOR = .01f;

    /** Rises within 5 and within 15 min. */
    private static final int WINDOWS = 2;

    // One resource of one VM. Behind each sum stands its weight; both decay.
    private static final int CHANGE_SUM = 0;
    private static final int HOUR_CHANGE_SUM = 2;
    private static final int WEEK_CHANGE_SUM = 4;
    private static final int WEEK_CHANGE_WEIGHT = 5;
    private static final int SLOW_SUM = 6;
    private static final int FAST_SUM = 8;
    private static final int HOUR_WEIGHT = 10;
    private static final int HOUR_MEAN = 11;
    private static final int HOUR_SQUARES = 12;
    private static final int LAST = 13;
    private static final int AGE = 14;
    private static final int SAMPLED_SUM = 15;
    private static final int SAME_SUM = 17;
    private static final int SAMPLES = 19;
    private static final int STATE_SIZE = 20;

    private final int gridStepSeconds;
    private final int hour;
    private final int day;
    private final int week;
    private final int[] horizon;
    private final int window;
    private final int ring;
    private final int[] periods;
    private final double keepHour;
    private final double keepSixHours;
    private final double keepHalfDay;
    private final double keepWeek;

    private final int[] steps;
    private final float[] history;
    private final SortedWindows windows;
    private final double[] state;
    private final double[] periodError;
    private final double[] periodWeight;
    private final float[] rows;
    private final float[] origin;
    private final float[] scale;
    private final float[] daySin;
    private final float[] dayCos;
    private final float[] hourSin;
    private final float[] hourCos;
    private final float[] clock = new float[DemandSchema.CLOCK_NAMES.size()];

    private final float[] order;
    private final float[] rise = new float[HOURS];
    private final float[] longRise = new float[HOURS];
    private int put;
    private float deviation;

    /**
     * Makes a store with all slots empty.
     *
     * @param slotCount VMs, at least 1
     * @param gridStepSeconds seconds per step; divides 300
     */
    public DemandFeatures(int slotCount, int gridStepSeconds) {
        if (slotCount < 1 || gridStepSeconds < 1 || 300 % gridStepSeconds != 0) {
            throw new IllegalArgumentException(
                    "slotCount is "
                            + slotCount
                            + ", gridStepSeconds is "
                            + gridStepSeconds
                            + ": give at least 1, and a divisor of 300.");
        }
        this.gridStepSeconds = gridStepSeconds;
        this.hour = 3600 / gridStepSeconds;
        this.day = 24 * hour;
        this.week = 7 * day;
        this.horizon = new int[] {300 / gridStepSeconds, 900 / gridStepSeconds};
        this.window = Math.min(week, WINDOW_MAX);
        this.ring = Math.max(day, window) + 2 * horizon[1] + 2;
        this.periods =
                Arrays.stream(DemandSchema.PERIOD_SECONDS)
                        .map(seconds -> seconds / gridStepSeconds)
                        .filter(period -> period <= ring - horizon[1] - 2)
                        .toArray();
        this.keepHour = StrictMath.pow(.5, 1. / hour);
        this.keepSixHours = StrictMath.pow(.5, 1. / (6 * hour));
        this.keepHalfDay = StrictMath.pow(.5, 2. / day);
        this.keepWeek = StrictMath.pow(.5, 1. / week);
        this.daySin = circle(day, false);
        this.dayCos = circle(day, true);
        this.hourSin = circle(hour, false);
        this.hourCos = circle(hour, true);
        int series = Math.multiplyExact(slotCount, FeatureSchema.RESOURCE_COUNT);
        this.steps = new int[slotCount];
        this.history = new float[Math.multiplyExact(series, ring)];
        this.windows = new SortedWindows(series * WINDOWS, window);
        this.state = new double[series * STATE_SIZE];
        this.periodError = new double[series * periods.length];
        this.periodWeight = new double[series * periods.length];
        this.rows = new float[series * rowSize()];
        this.origin = new float[series];
        this.scale = new float[series];
        this.order = new float[Math.max(HOURS + 1, 7 * HOURS)];
        for (int slot = 0; slot < slotCount; slot++) {
            reset(slot);
        }
    }

    /** Sine or cosine of every step of a circle; StrictMath: the same bits on every machine. */
    private static float[] circle(int steps, boolean cosine) {
        float[] values = new float[steps];
        for (int step = 0; step < steps; step++) {
            double angle = 2 * Math.PI * step / steps;
            values[step] = (float) (cosine ? StrictMath.cos(angle) : StrictMath.sin(angle));
        }
        return values;
    }

    private static int rowSize() {
        return DemandSchema.LEVELS + DemandSchema.SCALED + DemandSchema.PLAIN;
    }

    /**
     * Forgets a slot: the next VM in it starts without history.
     *
     * @param slot index of the VM
     */
    public void reset(int slot) {
        steps[slot] = 0;
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            int s = slot * FeatureSchema.RESOURCE_COUNT + r;
            Arrays.fill(history, s * ring, (s + 1) * ring, Float.NaN);
            for (int k = 0; k < WINDOWS; k++) {
                windows.clear(WINDOWS * s + k);
            }
            int b = s * STATE_SIZE;
            Arrays.fill(state, b, b + STATE_SIZE, 0);
            Arrays.fill(state, b + CHANGE_SUM, b + WEEK_CHANGE_WEIGHT + 1, 1);
            state[b + LAST] = Double.NaN;
            Arrays.fill(periodError, s * periods.length, (s + 1) * periods.length, 0);
            Arrays.fill(periodWeight, s * periods.length, (s + 1) * periods.length, 0);
            Arrays.fill(rows, s * rowSize(), (s + 1) * rowSize(), 0f);
            origin[s] = Float.NaN;
            scale[s] = FLOOR + 1;
        }
    }

    /**
     * Sets the time of the step that follows, for all slots.
     *
     * @param epochSeconds any second of the step, from the events, never from the wall clock
     */
    public void atStep(long epochSeconds) {
        long step = Math.floorDiv(epochSeconds, (long) gridStepSeconds);
        int ofDay = Math.floorMod(step, day);
        int ofHour = Math.floorMod(step, hour);
        clock[0] = daySin[ofDay];
        clock[1] = dayCos[ofDay];
        clock[2] = hourSin[ofHour];
        clock[3] = hourCos[ofHour];
        clock[4] = Math.floorMod(step + 1, hour) == 0 ? 1 : 0;
        clock[5] = Math.floorMod(step + horizon[1], hour) < horizon[1] ? 1 : 0;
    }

    /**
     * Takes a closed step into a slot's history and computes its row.
     *
     * @param slot index of the VM
     * @param memoryPercent mean use over the step, percent of capacity, NaN when missing
     * @param cpuPercent likewise for CPU
     */
    public void commit(int slot, float memoryPercent, float cpuPercent) {
        int s = slot * FeatureSchema.RESOURCE_COUNT;
        commit(s + FeatureSchema.MEMORY, steps[slot], memoryPercent);
        commit(s + FeatureSchema.CPU, steps[slot], cpuPercent);
        steps[slot]++;
    }

    /**
     * Steps committed since the slot was reset.
     *
     * @param slot index of the VM
     * @return the count
     */
    public int steps(int slot) {
        return steps[slot];
    }

    /**
     * The newest known use, which the row is relative to.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity; NaN when the resource was never seen
     */
    public float originPercent(int slot, int resource) {
        return origin[slot * FeatureSchema.RESOURCE_COUNT + resource];
    }

    /**
     * The scale of the row.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity, at least .05
     */
    public float scalePercent(int slot, int resource) {
        return scale[slot * FeatureSchema.RESOURCE_COUNT + resource];
    }

    /**
     * The peak of the newest steps of a horizon: the target that became known with the last commit.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @param h index of the horizon
     * @return percent of capacity; NaN when one of the steps is missing
     */
    public float peakPercent(int slot, int resource, int h) {
        int s = slot * FeatureSchema.RESOURCE_COUNT + resource;
        return peak(s, steps[slot] - 1, 0, horizon[h]);
    }

    /**
     * Writes a slot's row as it is stored: levels of both resources, then scaled inputs, then plain
     * ones and the clock.
     *
     * @param slot index of the VM
     * @param out where {@link DemandSchema#FEATURES} floats go
     * @param at index of the first
     */
    public void write(int slot, float[] out, int at) {
        int scaled = at + DemandSchema.LEVELS_ROW;
        int plain = scaled + DemandSchema.SCALED_ROW;
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            int from = (slot * FeatureSchema.RESOURCE_COUNT + r) * rowSize();
            int levels = DemandSchema.LEVELS;
            System.arraycopy(rows, from, out, at + r * levels, levels);
            System.arraycopy(
                    rows,
                    from + levels,
                    out,
                    scaled + r * DemandSchema.SCALED,
                    DemandSchema.SCALED);
            System.arraycopy(
                    rows,
                    from + levels + DemandSchema.SCALED,
                    out,
                    plain + r * DemandSchema.PLAIN,
                    DemandSchema.PLAIN);
        }
        int clockAt = plain + FeatureSchema.RESOURCE_COUNT * DemandSchema.PLAIN;
        System.arraycopy(clock, 0, out, clockAt, clock.length);
    }

    private void commit(int s, int t, float given) {
        boolean seen = !Float.isNaN(given);
        float x = seen ? Math.clamp(given, 0f, PERCENT_MAX) : Float.NaN;
        // A missing step stays unknown in the history: a carried value would pose as a sample.
        history[s * ring + t % ring] = x;
        int b = s * STATE_SIZE;
        state[b + AGE] = seen ? 0 : Math.min(AGE_MAX, state[b + AGE] + 1);
        decay(b + SAMPLED_SUM, keepSixHours, seen ? 1 : 0);
        state[b + HOUR_WEIGHT] *= keepHour;
        state[b + HOUR_SQUARES] *= keepHour;
        if (seen) {
            takeSample(s, t, x);
        }
        for (int p = 0; p < periods.length; p++) {
            float before = x(s, t, periods[p]);
            if (seen && !Float.isNaN(before)) {
                int at = s * periods.length + p;
                periodError[at] = periodError[at] * keepHalfDay + Math.abs(x - before);
                periodWeight[at] = periodWeight[at] * keepHalfDay + 1;
            }
        }
        for (int h = 0; h < horizon.length; h++) {
            windows.push(
                    WINDOWS * s + h,
                    peak(s, t, window, horizon[h]) - x(s, t, window + horizon[h]),
                    peak(s, t, 0, horizon[h]) - x(s, t, horizon[h]));
        }
        computeRow(s, t);
    }

    private void takeSample(int s, int t, float x) {
        int b = s * STATE_SIZE;
        double last = state[b + LAST];
        if (!Double.isNaN(last)) {
            double change = Math.abs(x - before(s, t, last));
            decay(b + CHANGE_SUM, keepHalfDay, change);
            decay(b + HOUR_CHANGE_SUM, keepHour, change);
            decay(b + WEEK_CHANGE_SUM, keepWeek, change);
            decay(b + SAME_SUM, keepSixHours, Math.abs(x - last) < SAME ? 1 : 0);
        }
        decay(b + SLOW_SUM, .95, x);
        decay(b + FAST_SUM, .7, x);
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
        for (int ago = Math.min(horizon[0], t); ago > 0; ago--) {
            float value = x(s, t, ago);
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

    private double mean(int at) {
        return state[at] / Math.max(1e-9, state[at + 1]);
    }

    private void computeRow(int s, int t) {
        int b = s * STATE_SIZE;
        float x = (float) state[b + LAST];
        origin[s] = x;
        scale[s] = FLOOR + (float) mean(b + CHANGE_SUM);
        if (Float.isNaN(x)) {
            return;
        }
        int from = s * rowSize();
        put = from;
        putLags(s, t, x);
        putSpan(s, t, 6);
        double deviationShort = deviation;
        putSpan(s, t, 36);
        double deviationLong = deviation;
        put(mean(b + SLOW_SUM));
        put(mean(b + FAST_SUM));
        put(state[b + HOUR_MEAN]);
        float yesterday = x(s, t, day);
        float yesterdayNext = next(s, t, day, 0);
        float yesterdayLater = next(s, t, day, 1);
        float lastWeek = x(s, t, week);
        float lastWeekNext = next(s, t, week, 0);
        float lastWeekLater = next(s, t, week, 1);
        float lastHour = x(s, t, hour);
        float lastHourNext = next(s, t, hour, 0);
        float lastHourLater = next(s, t, hour, 1);
        put(yesterday);
        put(yesterdayNext);
        put(yesterdayLater);
        put(lastWeekNext);
        put(lastWeekLater);
        put(lastHourNext);
        put(lastHourLater);
        int rises = putHours(s, t);
        int best = bestPeriod(s);
        put(next(s, t, periods[best], 0));
        put(
                periods[best] >= horizon[1]
                        ? next(s, t, periods[best], 1)
                        : peakKnown(s, t, 0, periods[best]));
        putRecent(s, t);
        putSameHour(s, t);
        putDay(s, t);
        fill(from, from + DemandSchema.LEVELS, x);

        putLongRises(s);
        put(deviationShort);
        put(deviationLong);
        put(
                Math.sqrt(
                        Math.max(0, state[b + HOUR_SQUARES])
                                / Math.max(1e-9, state[b + HOUR_WEIGHT])));
        put(yesterdayNext - yesterday);
        put(yesterdayLater - yesterday);
        put(lastWeekNext - lastWeek);
        put(lastWeekLater - lastWeek);
        put(lastHourNext - lastHour);
        put(lastHourLater - lastHour);
        putRises(rise, rises);
        putRises(longRise, rises);
        double bestError = periodError(s, best, scale[s]);
        put(bestError);
        fill(from + DemandSchema.LEVELS, put, 0f);
        putPlain(s, b, x, best, bestError, yesterdayNext, lastWeekNext);
        assert put == from + rowSize() : put - from;
    }

    private void putPlain(
            int s,
            int b,
            float x,
            int best,
            double bestError,
            float yesterdayNext,
            float lastWeekNext) {
        put(x / 20);
        put(StrictMath.log(scale[s]));
        put(StrictMath.log(x + .1));
        put((PERCENT_MAX - x) / 20);
        put(StrictMath.log((FLOOR + mean(b + HOUR_CHANGE_SUM)) / scale[s]));
        put(StrictMath.log((FLOOR + mean(b + WEEK_CHANGE_SUM)) / scale[s]));
        put(mean(b + SAME_SUM));
        put(mean(b + SAMPLED_SUM));
        put(state[b + AGE]);
        put(StrictMath.log(1 + state[b + SAMPLES]) / 4);
        double stepError = periodError(s, 0, scale[s]);
        put(StrictMath.log((bestError + RATIO_FLOOR) / (stepError + RATIO_FLOOR)));
        put(StrictMath.log(periods[best]) / 4);
        put(Float.isNaN(yesterdayNext) ? 0 : 1);
        put(Float.isNaN(lastWeekNext) ? 0 : 1);
        put(windows.known(WINDOWS * s) / (double) window);
        put(1);
    }

    /** The use so many steps before t; NaN when missing or never known. */
    private float x(int s, int t, int ago) {
        // Cells that were never written are NaN; older ones than the ring's are gone.
        return ago > t || ago >= ring ? Float.NaN : history[s * ring + (t - ago) % ring];
    }

    /** Largest of so many steps up to {@code ago}; NaN when one is missing. */
    private float peak(int s, int t, int ago, int count) {
        float peak = x(s, t, ago);
        for (int k = 1; k < count; k++) {
            peak = Math.max(peak, x(s, t, ago + k)); // Math.max hands NaN on.
        }
        return peak;
    }

    /** The same over those that are known; NaN when none is. */
    private float peakKnown(int s, int t, int ago, int count) {
        float peak = Float.NaN;
        for (int k = 0; k < count; k++) {
            peak = max(peak, x(s, t, ago + k));
        }
        return peak;
    }

    /** What followed within a horizon, one period ago. */
    private float next(int s, int t, int period, int h) {
        return peakKnown(s, t, period - horizon[h], horizon[h]);
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
            float value = x(s, t, k);
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
            float value = x(s, t, k);
            if (!Float.isNaN(value)) {
                sum += value;
                squares += (double) value * value;
                known++;
                most = max(most, value);
                least = min(least, value);
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
        int rises = 0;
        float most = Float.NaN;
        float longMost = Float.NaN;
        for (int k = 1; k <= HOURS; k++) {
            float near = next(s, t, hour * k, 0);
            float later = next(s, t, hour * k, 1);
            float then = x(s, t, hour * k);
            if (!Float.isNaN(near)) {
                sum += near;
                known++;
                most = max(most, near);
            }
            if (!Float.isNaN(later)) {
                longSum += later;
                longKnown++;
                longMost = max(longMost, later);
            }
            if (!Float.isNaN(then) && !Float.isNaN(near) && !Float.isNaN(later)) {
                rise[rises] = near - then;
                longRise[rises++] = later - then;
            }
        }
        put(sum / known);
        put(most);
        put(longSum / longKnown);
        put(longMost);
        return rises;
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

    /** The period whose repetition errs least of late; one step when none is known well. */
    private int bestPeriod(int s) {
        int best = 0;
        double least = Double.MAX_VALUE;
        for (int p = 0; p < periods.length; p++) {
            int at = s * periods.length + p;
            if (periodWeight[at] >= PERIOD_KNOWN_MIN
                    && periodError[at] / periodWeight[at] < least) {
                least = periodError[at] / periodWeight[at];
                best = p;
            }
        }
        return best;
    }

    private double periodError(int s, int period, double otherwise) {
        int at = s * periods.length + period;
        return periodWeight[at] >= PERIOD_KNOWN_MIN
                ? periodError[at] / periodWeight[at]
                : otherwise;
    }

    private void putLongRises(int s) {
        for (int h = 0; h < horizon.length; h++) {
            for (float q : DemandSchema.RISE_QUANTILES) {
                put(windows.quantile(WINDOWS * s + h, q));
            }
        }
    }

    private void putRecent(int s, int t) {
        int count = 0;
        for (int k = 0; k < 24; k++) {
            count = insertKnown(count, x(s, t, k));
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
                count = insertKnown(count, x(s, t, day * k - j * hour / 12));
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
            count = insertKnown(count, x(s, t, hour * k));
        }
        putOrdered(count, .5f);
        putOrdered(count, .95f);
        float most = Float.NaN;
        float least = Float.NaN;
        for (int k = 0; k < day; k++) {
            float value = x(s, t, k);
            most = max(most, value);
            least = min(least, value);
        }
        put(most);
        put(least);
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

    /** Larger of both, ignoring NaN. */
    private static float max(float a, float b) {
        return a > b || Float.isNaN(b) ? a : b;
    }

    /** Smaller of both, ignoring NaN. */
    private static float min(float a, float b) {
        return a < b || Float.isNaN(b) ? a : b;
    }
}
