package org.foreshape.inference;

/**
 * Computes the rows of {@link DemandSchema} from the steps of many VMs, one step at a time.
 *
 * <p>{@link #commit} takes a closed step in and computes the VM's row; between two steps a row
 * stays as it is. All memory is taken at construction (about 50 KiB a VM on a grid of 5 min), a
 * commit takes some microseconds. One thread.
 */
public final class DemandFeatures {
    private static final int WINDOW_MAX = 2016;
    private static final float PERCENT_MAX = 100f;

    private final int gridStepSeconds;
    private final int hour;
    private final int day;
    private final int[] horizon;
    private final int window;
    private final int[] steps;
    private final StepHistory history;
    private final UseSums sums;
    private final PeriodErrors periods;
    private final SortedWindows rises;
    private final DemandRows rows;
    private final float[] daySin;
    private final float[] dayCos;
    private final float[] hourSin;
    private final float[] hourCos;
    private final float[] clock = new float[DemandSchema.CLOCK_NAMES.size()];

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
        this.horizon = new int[] {300 / gridStepSeconds, 900 / gridStepSeconds};
        this.window = Math.min(7 * day, WINDOW_MAX);
        this.daySin = circle(day, false);
        this.dayCos = circle(day, true);
        this.hourSin = circle(hour, false);
        this.hourCos = circle(hour, true);
        int series = Math.multiplyExact(slotCount, FeatureSchema.RESOURCE_COUNT);
        int ring = Math.max(day, window) + 2 * horizon[1] + 2;
        this.steps = new int[slotCount];
        this.history = new StepHistory(series, ring, day);
        this.sums = new UseSums(series, history, gridStepSeconds);
        this.periods = new PeriodErrors(series, history, gridStepSeconds, ring - horizon[1] - 2);
        this.rises = new SortedWindows(series * horizon.length, window);
        this.rows = new DemandRows(series, history, sums, periods, rises, window, gridStepSeconds);
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

    /**
     * Forgets a slot: the next VM in it starts without history.
     *
     * @param slot index of the VM
     */
    public void reset(int slot) {
        steps[slot] = 0;
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            int s = slot * FeatureSchema.RESOURCE_COUNT + r;
            history.clear(s);
            sums.clear(s);
            periods.clear(s);
            for (int h = 0; h < horizon.length; h++) {
                rises.clear(horizon.length * s + h);
            }
            rows.clear(s);
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

    /** The newest known use of all, by slot and resource; not to be written. */
    float[] originPercents() {
        return rows.origins();
    }

    /**
     * The newest known use, which the row is relative to.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity; NaN when the resource was never seen
     */
    public float originPercent(int slot, int resource) {
        return rows.origin(slot * FeatureSchema.RESOURCE_COUNT + resource);
    }

    /**
     * The scale of the row.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity, at least .05
     */
    public float scalePercent(int slot, int resource) {
        return rows.scale(slot * FeatureSchema.RESOURCE_COUNT + resource);
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
        return history.peak(s, steps[slot] - 1, 0, horizon[h]);
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
            int s = slot * FeatureSchema.RESOURCE_COUNT + r;
            int level = DemandSchema.LEVELS;
            int scale = DemandSchema.SCALED;
            rows.copy(s, 0, out, at + r * level, level);
            rows.copy(s, level, out, scaled + r * scale, scale);
            rows.copy(s, level + scale, out, plain + r * DemandSchema.PLAIN, DemandSchema.PLAIN);
        }
        int clockAt = plain + FeatureSchema.RESOURCE_COUNT * DemandSchema.PLAIN;
        System.arraycopy(clock, 0, out, clockAt, clock.length);
    }

    private void commit(int s, int t, float given) {
        float x = Float.isNaN(given) ? Float.NaN : Math.clamp(given, 0f, PERCENT_MAX);
        history.put(s, t, x);
        sums.take(s, t, x);
        periods.take(s, t, x);
        for (int h = 0; h < horizon.length; h++) {
            rises.push(
                    horizon.length * s + h,
                    history.peak(s, t, window, horizon[h]) - history.at(s, t, window + horizon[h]),
                    history.peak(s, t, 0, horizon[h]) - history.at(s, t, horizon[h]));
        }
        rows.compute(s, t);
    }
}
