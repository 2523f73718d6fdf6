package org.foreshape.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The running state behind the model's inputs, in two arrays over all VM slots.
 *
 * <p>A step is given as a candidate ({@link #write}), which computes the inputs as if the step were
 * taken and changes nothing, or for good ({@link #commit}). The caller announces the step's time
 * first ({@link #atStep}). Nothing allocates after construction. One thread.
 *
 * <p>What a candidate needs lies close together (64 VMs fill 6 KiB), apart from the days of history
 * behind it: an engine that ticks once a second finds its caches cold, and then pays for every line
 * and page that it touches. Arrays, since single reads of native memory cost several times as much.
 *
 * <p>What depends on committed steps alone is computed at the commit, so that a candidate, of which
 * there is one per sample, costs a few operations only.
 */
public final class FeatureStore {
    private static final float FLOOR = .05f;
    private static final float CLIP = 15f;
    private static final float PERCENT_MAX = 100f;
    private static final double SCALE_KEEP = Math.pow(.5, 1. / 144);
    private static final double LEVEL_KEEP = .95;
    private static final int HOUR_STEPS = 12;

    // One resource of one slot, as it stands after the last commit.
    private static final int LAST = 0;
    private static final int CHANGE_SUM = 1;
    private static final int CHANGE_WEIGHT = 2;
    private static final int LEVEL_SUM = 3;
    private static final int LEVEL_WEIGHT = 4;
    private static final int PEAK_DAY = 5;
    private static final int PEAK_HOUR = 6;
    private static final int TROUGH_HOUR = 7;
    private static final int YESTERDAY = 8;
    private static final int YESTERDAY_PEAK = 9;
    private static final int HOUR_AGO = 10;
    private static final int STATE_SIZE = 12;

    private final int slotCount;
    private final int gridStepSeconds;
    private final int daySteps;
    private final int[] steps;
    private final float[] state;
    private final float[] history;
    private final float[] originPercent;
    private final float[] originScale;
    private final float[] daySin;
    private final float[] dayCos;
    private final float[] hourSin;
    private final float[] hourCos;
    private final float[] clock = new float[FeatureSchema.SHARED.size()];
    private final float[] featureRow = new float[FeatureSchema.FEATURE_COUNT];

    /**
     * Makes a store with all slots empty.
     *
     * @param slotCount slots, at least 1
     * @param gridStepSeconds seconds between steps; divides an hour
     */
    public FeatureStore(int slotCount, int gridStepSeconds) {
        if (slotCount < 1) {
            throw new IllegalArgumentException("slotCount is " + slotCount + ": give at least 1.");
        }
        if (gridStepSeconds < 1 || 3600 % gridStepSeconds != 0) {
            throw new IllegalArgumentException(
                    "gridStepSeconds is " + gridStepSeconds + ": give a divisor of 3600.");
        }
        this.slotCount = slotCount;
        this.gridStepSeconds = gridStepSeconds;
        this.daySteps = 86_400 / gridStepSeconds;
        this.daySin = sines(daySteps, false);
        this.dayCos = sines(daySteps, true);
        this.hourSin = sines(3600 / gridStepSeconds, false);
        this.hourCos = sines(3600 / gridStepSeconds, true);
        int series = slotCount * FeatureSchema.RESOURCE_COUNT;
        this.steps = new int[slotCount];
        this.state = new float[series * STATE_SIZE];
        this.history = new float[Math.multiplyExact(series, daySteps)];
        this.originPercent = new float[series];
        this.originScale = new float[series];
        for (int slot = 0; slot < slotCount; slot++) {
            reset(slot);
        }
    }

    /**
     * Forgets a slot: the next VM in it starts without history.
     *
     * @param slot index of the VM
     */
    public void reset(int slot) {
        steps[slot] = 0;
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            int series = seriesOf(slot, resource);
            int at = series * STATE_SIZE;
            Arrays.fill(state, at, at + STATE_SIZE, Float.NaN);
            state[at + CHANGE_SUM] = 1f;
            state[at + CHANGE_WEIGHT] = 1f;
            state[at + LEVEL_SUM] = 0f;
            state[at + LEVEL_WEIGHT] = 0f;
            Arrays.fill(history, series * daySteps, (series + 1) * daySteps, Float.NaN);
        }
    }

    /**
     * Sets the time of the steps that follow, for the time of day.
     *
     * @param epochSeconds any second of the step, from the events, never from the wall clock
     */
    public void atStep(long epochSeconds) {
        long step = Math.floorDiv(epochSeconds, gridStepSeconds);
        int day = Math.floorMod(step, daySteps);
        int hour = Math.floorMod(step, hourSin.length);
        clock[0] = daySin[day];
        clock[1] = dayCos[day];
        clock[2] = hourSin[hour];
        clock[3] = hourCos[hour];
    }

    /**
     * Computes the inputs of a candidate step and the origin that outputs refer to; the slot's
     * history stays as it was.
     *
     * @param slot index of the VM
     * @param memoryPercent mean use over the step, percent of capacity, NaN when missing
     * @param cpuPercent likewise for CPU
     * @param inputs where {@link FeatureSchema#FEATURE_COUNT} floats go
     * @param offset byte offset of the first of them
     */
    public void write(
            int slot, float memoryPercent, float cpuPercent, MemorySegment inputs, long offset) {
        int features = FeatureSchema.PER_RESOURCE.size();
        writeResource(seriesOf(slot, FeatureSchema.MEMORY), memoryPercent, 0);
        writeResource(seriesOf(slot, FeatureSchema.CPU), cpuPercent, features);
        int shared = FeatureSchema.RESOURCE_COUNT * features;
        System.arraycopy(clock, 0, featureRow, shared, clock.length);
        MemorySegment.copy(
                featureRow, 0, inputs, ValueLayout.JAVA_FLOAT, offset, FeatureSchema.FEATURE_COUNT);
    }

    /**
     * Takes the step into the slot's history. Call it after {@link #write} of the same step.
     *
     * @param slot index of the VM
     * @param memoryPercent mean use over the step, percent of capacity, NaN when missing
     * @param cpuPercent likewise for CPU
     */
    public void commit(int slot, float memoryPercent, float cpuPercent) {
        commitResource(seriesOf(slot, FeatureSchema.MEMORY), steps[slot], memoryPercent);
        commitResource(seriesOf(slot, FeatureSchema.CPU), steps[slot], cpuPercent);
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
     * The use x that the outputs of the slot's last {@link #write} are relative to.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity; NaN when the resource was never seen
     */
    public float originPercent(int slot, int resource) {
        return originPercent[seriesOf(slot, resource)];
    }

    /**
     * The scale s that the outputs of the slot's last {@link #write} are multiples of.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity, at least .05
     */
    public float originScale(int slot, int resource) {
        return originScale[seriesOf(slot, resource)];
    }

    private void writeResource(int series, float given, int at) {
        int block = series * STATE_SIZE;
        float last = state[block + LAST];
        boolean observed = !Float.isNaN(given);
        float x = observed ? clipPercent(given) : last;
        float change = observed && !Float.isNaN(last) ? x - last : 0f;
        double changeSum = state[block + CHANGE_SUM];
        double changeWeight = state[block + CHANGE_WEIGHT];
        if (observed && !Float.isNaN(last)) {
            changeSum = (float) (changeSum * SCALE_KEEP + Math.abs(change));
            changeWeight = (float) (changeWeight * SCALE_KEEP + 1);
        }
        float scale = FLOOR + (float) (changeSum / changeWeight);
        originPercent[series] = x;
        originScale[series] = scale;
        if (Float.isNaN(x)) {
            Arrays.fill(featureRow, at, at + FeatureSchema.PER_RESOURCE.size(), 0f);
            return;
        }
        double levelSum = state[block + LEVEL_SUM];
        double levelWeight = state[block + LEVEL_WEIGHT];
        if (observed) {
            levelSum = levelSum * LEVEL_KEEP + x;
            levelWeight = levelWeight * LEVEL_KEEP + 1;
        }
        float level = (float) (levelSum / levelWeight);
        float yesterday = state[block + YESTERDAY];
        float yesterdayPeak = state[block + YESTERDAY_PEAK];
        float peakHour = max(state[block + PEAK_HOUR], x);
        float troughHour = min(state[block + TROUGH_HOUR], x);
        float triple = 3 * scale;
        put(at + 0, change / scale);
        put(at + 1, (level - x) / triple);
        put(at + 2, (yesterday - x) / triple);
        put(at + 3, (yesterdayPeak - x) / triple);
        put(at + 4, Float.isNaN(yesterday) ? 0f : 1f);
        put(at + 5, x / 20);
        put(at + 6, (float) StrictMath.log(scale));
        put(at + 7, (peakHour - x) / triple);
        put(at + 8, (troughHour - x) / triple);
        put(at + 9, (max(state[block + PEAK_DAY], x) - x) / triple);
        put(at + 10, (state[block + HOUR_AGO] - x) / triple);
        put(at + 11, observed ? 1f : 0f);
    }

    private void commitResource(int series, int step, float given) {
        int block = series * STATE_SIZE;
        if (!Float.isNaN(given)) {
            float x = clipPercent(given);
            float last = state[block + LAST];
            if (!Float.isNaN(last)) {
                double changeSum = state[block + CHANGE_SUM];
                double changeWeight = state[block + CHANGE_WEIGHT];
                state[block + CHANGE_SUM] = (float) (changeSum * SCALE_KEEP + Math.abs(x - last));
                state[block + CHANGE_WEIGHT] = (float) (changeWeight * SCALE_KEEP + 1);
            }
            state[block + LAST] = x;
            double levelSum = state[block + LEVEL_SUM];
            double levelWeight = state[block + LEVEL_WEIGHT];
            state[block + LEVEL_SUM] = (float) (levelSum * LEVEL_KEEP + x);
            state[block + LEVEL_WEIGHT] = (float) (levelWeight * LEVEL_KEEP + 1);
        }
        // A missing step stays unknown in the history: a carried value would pose as yesterday's.
        int cell = series * daySteps + Math.floorMod(step, daySteps);
        history[cell] = Float.isNaN(given) ? Float.NaN : clipPercent(given);
        prepareNext(series, step + 1);
    }

    /** Computes what the next candidate needs of the committed steps. */
    private void prepareNext(int series, int next) {
        int block = series * STATE_SIZE;
        float peakDay = Float.NaN;
        for (int back = 1; back < daySteps; back++) {
            peakDay = max(peakDay, history(series, next, back));
        }
        float peakHour = Float.NaN;
        float troughHour = Float.NaN;
        for (int back = 1; back < HOUR_STEPS; back++) {
            float value = history(series, next, back);
            peakHour = max(peakHour, value);
            troughHour = min(troughHour, value);
        }
        float yesterday = history(series, next, daySteps - 1);
        float later = max(history(series, next, daySteps - 2), history(series, next, daySteps - 3));
        state[block + PEAK_DAY] = peakDay;
        state[block + PEAK_HOUR] = peakHour;
        state[block + TROUGH_HOUR] = troughHour;
        state[block + YESTERDAY] = yesterday;
        state[block + YESTERDAY_PEAK] = max(yesterday, later);
        state[block + HOUR_AGO] = history(series, next, HOUR_STEPS - 1);
    }

    /** The value so many steps before the candidate, NaN when unknown; 1 is the last commit. */
    private float history(int series, int candidate, int back) {
        // Cells that were never written are NaN, so a short history needs no other check.
        return history[series * daySteps + Math.floorMod(candidate - back, daySteps)];
    }

    /** Sine or cosine of every step of a circle; StrictMath: the same bits on every machine. */
    private static float[] sines(int steps, boolean cosine) {
        float[] values = new float[steps];
        for (int step = 0; step < steps; step++) {
            double angle = 2 * Math.PI * step / steps;
            values[step] = (float) (cosine ? StrictMath.cos(angle) : StrictMath.sin(angle));
        }
        return values;
    }

    private int seriesOf(int slot, int resource) {
        assert slot >= 0 && slot < slotCount : slot;
        return slot * FeatureSchema.RESOURCE_COUNT + resource;
    }

    /** Larger of both, ignoring NaN. */
    private static float max(float a, float b) {
        return a > b || Float.isNaN(b) ? a : b;
    }

    /** Smaller of both, ignoring NaN. */
    private static float min(float a, float b) {
        return a < b || Float.isNaN(b) ? a : b;
    }

    private static float clipPercent(float percent) {
        return Math.clamp(percent, 0f, PERCENT_MAX);
    }

    private void put(int index, float value) {
        featureRow[index] = Float.isNaN(value) ? 0f : Math.clamp(value, -CLIP, CLIP);
    }
}
