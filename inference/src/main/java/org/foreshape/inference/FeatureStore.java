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

    // One resource of one slot: what a candidate needs, worked out at the last commit; 16 floats
    // are a cache line.
    private static final int LAST = 0;
    private static final int SCALE = 1;
    private static final int CHANGE_KEPT = 2;
    private static final int CHANGE_SHARE = 3;
    private static final int LEVEL = 4;
    private static final int LEVEL_KEPT = 5;
    private static final int LEVEL_SHARE = 6;
    private static final int PEAK_DAY = 7;
    private static final int PEAK_HOUR = 8;
    private static final int TROUGH_HOUR = 9;
    private static final int YESTERDAY = 10;
    private static final int YESTERDAY_PEAK = 11;
    private static final int HOUR_AGO = 12;
    private static final int STATE_SIZE = 16;

    // The sums behind it, which only commits read.
    private static final int CHANGE_SUM = 0;
    private static final int CHANGE_WEIGHT = 1;
    private static final int LEVEL_SUM = 2;
    private static final int LEVEL_WEIGHT = 3;
    private static final int SUMS_SIZE = 4;

    private final int slotCount;
    private final int gridStepSeconds;
    private final int daySteps;
    private final int[] steps;
    private final float[] state;
    private final float[] sums;
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
        this.sums = new float[series * SUMS_SIZE];
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
            sums[series * SUMS_SIZE + CHANGE_SUM] = 1f;
            sums[series * SUMS_SIZE + CHANGE_WEIGHT] = 1f;
            sums[series * SUMS_SIZE + LEVEL_SUM] = 0f;
            sums[series * SUMS_SIZE + LEVEL_WEIGHT] = 0f;
            Arrays.fill(history, series * daySteps, (series + 1) * daySteps, Float.NaN);
            prepareMeans(series);
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
        originPercent[series] = x;
        float change = 0f;
        float scale = state[block + SCALE];
        if (observed && !Float.isNaN(last)) {
            change = x - last;
            scale =
                    FLOOR
                            + (state[block + CHANGE_KEPT] + Math.abs(change))
                                    * state[block + CHANGE_SHARE];
        }
        originScale[series] = scale;
        if (Float.isNaN(x)) {
            Arrays.fill(featureRow, at, at + FeatureSchema.PER_RESOURCE.size(), 0f);
            return;
        }
        float level = state[block + LEVEL];
        if (observed) {
            level = (state[block + LEVEL_KEPT] + x) * state[block + LEVEL_SHARE];
        }
        float yesterday = state[block + YESTERDAY];
        // One division for all: a processor does few of them at a time.
        float perScale = 1 / scale;
        float perTriple = perScale / 3;
        put(at + 0, change * perScale);
        put(at + 1, (level - x) * perTriple);
        put(at + 2, (yesterday - x) * perTriple);
        put(at + 3, (state[block + YESTERDAY_PEAK] - x) * perTriple);
        put(at + 4, Float.isNaN(yesterday) ? 0f : 1f);
        put(at + 5, x / 20);
        put(at + 6, Logarithm.of(scale));
        put(at + 7, (max(state[block + PEAK_HOUR], x) - x) * perTriple);
        put(at + 8, (min(state[block + TROUGH_HOUR], x) - x) * perTriple);
        put(at + 9, (max(state[block + PEAK_DAY], x) - x) * perTriple);
        put(at + 10, (state[block + HOUR_AGO] - x) * perTriple);
        put(at + 11, observed ? 1f : 0f);
    }

    private void commitResource(int series, int step, float given) {
        if (!Float.isNaN(given)) {
            int block = series * STATE_SIZE;
            int at = series * SUMS_SIZE;
            float x = clipPercent(given);
            float last = state[block + LAST];
            if (!Float.isNaN(last)) {
                double changeSum = sums[at + CHANGE_SUM];
                double changeWeight = sums[at + CHANGE_WEIGHT];
                sums[at + CHANGE_SUM] = (float) (changeSum * SCALE_KEEP + Math.abs(x - last));
                sums[at + CHANGE_WEIGHT] = (float) (changeWeight * SCALE_KEEP + 1);
            }
            state[block + LAST] = x;
            double levelSum = sums[at + LEVEL_SUM];
            double levelWeight = sums[at + LEVEL_WEIGHT];
            sums[at + LEVEL_SUM] = (float) (levelSum * LEVEL_KEEP + x);
            sums[at + LEVEL_WEIGHT] = (float) (levelWeight * LEVEL_KEEP + 1);
            prepareMeans(series);
        }
        // A missing step stays unknown in the history: a carried value would pose as yesterday's.
        int cell = series * daySteps + Math.floorMod(step, daySteps);
        history[cell] = Float.isNaN(given) ? Float.NaN : clipPercent(given);
        prepareNext(series, step + 1);
    }

    /** Works out the next candidate's means up to its own share in them. */
    private void prepareMeans(int series) {
        int block = series * STATE_SIZE;
        int at = series * SUMS_SIZE;
        double changeSum = sums[at + CHANGE_SUM];
        double changeWeight = sums[at + CHANGE_WEIGHT];
        state[block + SCALE] = FLOOR + (float) (changeSum / changeWeight);
        state[block + CHANGE_KEPT] = (float) (changeSum * SCALE_KEEP);
        state[block + CHANGE_SHARE] = (float) (1 / (changeWeight * SCALE_KEEP + 1));
        double levelSum = sums[at + LEVEL_SUM];
        double levelWeight = sums[at + LEVEL_WEIGHT];
        state[block + LEVEL] = (float) (levelSum / levelWeight);
        state[block + LEVEL_KEPT] = (float) (levelSum * LEVEL_KEEP);
        state[block + LEVEL_SHARE] = (float) (1 / (levelWeight * LEVEL_KEEP + 1));
    }

    /** Works out what the next candidate needs of the committed steps. */
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
        return percent < PERCENT_MAX ? Math.max(percent, 0f) : PERCENT_MAX;
    }

    private void put(int index, float value) {
        // Comparisons, since Math.clamp cares for zeros' signs; one with NaN is false.
        float most = value < CLIP ? value : CLIP;
        featureRow[index] = Float.isNaN(value) ? 0f : most > -CLIP ? most : -CLIP;
    }
}
