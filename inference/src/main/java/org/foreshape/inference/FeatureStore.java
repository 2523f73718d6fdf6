package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The running state behind the model's inputs, one fixed off-heap row per VM slot.
 *
 * <p>A step is given as a candidate ({@link #write}), which computes the inputs as if the step were
 * taken and changes nothing, or for good ({@link #commit}). The caller announces the step's time
 * first ({@link #atStep}). Nothing allocates after construction. One thread.
 *
 * <pre>
 * row:  steps (int) | spare (int) | memory block | cpu block
 * block: last | S | W | level sum | level weight | peak day | peak hour | trough hour
 *        yesterday next | yesterday peak | last hour next | spare | history[D]
 * </pre>
 *
 * <p>What depends on committed steps alone is computed at the commit, so that a candidate, of which
 * there is one per sample, costs a few operations only.
 */
public final class FeatureStore {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private static final float FLOOR = .05f;
    private static final float CLIP = 15f;
    private static final float PERCENT_MAX = 100f;
    private static final double SCALE_KEEP = Math.pow(.5, 1. / 144);
    private static final double LEVEL_KEEP = .95;
    private static final int HOUR_STEPS = 12;

    private static final long HEADER = 8;
    private static final long LAST = 0;
    private static final long CHANGE_SUM = 4;
    private static final long CHANGE_WEIGHT = 8;
    private static final long LEVEL_SUM = 12;
    private static final long LEVEL_WEIGHT = 16;
    private static final long PEAK_DAY = 20;
    private static final long PEAK_HOUR = 24;
    private static final long TROUGH_HOUR = 28;
    private static final long YESTERDAY = 32;
    private static final long YESTERDAY_PEAK = 36;
    private static final long HOUR_AGO = 40;
    private static final long HISTORY = 48;

    private final int slotCount;
    private final int gridStepSeconds;
    private final int daySteps;
    private final long blockBytes;
    private final long rowBytes;
    private final MemorySegment rows;
    private final MemorySegment origins;
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
     * @param arena owner of the off-heap rows; must outlive the store
     */
    public FeatureStore(int slotCount, int gridStepSeconds, Arena arena) {
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
        this.blockBytes = HISTORY + 4L * daySteps;
        this.rowBytes = HEADER + FeatureSchema.RESOURCE_COUNT * blockBytes;
        this.rows = arena.allocate(rowBytes * slotCount, 64);
        this.origins = arena.allocate(16L * slotCount, 64);
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
        long row = rowOf(slot);
        rows.set(INT, row, 0);
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            long block = row + HEADER + resource * blockBytes;
            rows.set(FLOAT, block + LAST, Float.NaN);
            rows.set(FLOAT, block + CHANGE_SUM, 1f);
            rows.set(FLOAT, block + CHANGE_WEIGHT, 1f);
            rows.set(FLOAT, block + LEVEL_SUM, 0f);
            rows.set(FLOAT, block + LEVEL_WEIGHT, 0f);
            for (long cell = PEAK_DAY; cell < HISTORY; cell += 4) {
                rows.set(FLOAT, block + cell, Float.NaN);
            }
            for (int k = 0; k < daySteps; k++) {
                rows.set(FLOAT, block + HISTORY + 4L * k, Float.NaN);
            }
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
        long row = rowOf(slot);
        int features = FeatureSchema.PER_RESOURCE.size();
        writeResource(slot, row, FeatureSchema.MEMORY, memoryPercent, 0);
        writeResource(slot, row, FeatureSchema.CPU, cpuPercent, features);
        int shared = FeatureSchema.RESOURCE_COUNT * features;
        System.arraycopy(clock, 0, featureRow, shared, clock.length);
        MemorySegment.copy(featureRow, 0, inputs, FLOAT, offset, FeatureSchema.FEATURE_COUNT);
    }

    /**
     * Takes the step into the slot's history. Call it after {@link #write} of the same step.
     *
     * @param slot index of the VM
     * @param memoryPercent mean use over the step, percent of capacity, NaN when missing
     * @param cpuPercent likewise for CPU
     */
    public void commit(int slot, float memoryPercent, float cpuPercent) {
        long row = rowOf(slot);
        int steps = rows.get(INT, row);
        commitResource(row + HEADER, steps, memoryPercent);
        commitResource(row + HEADER + blockBytes, steps, cpuPercent);
        rows.set(INT, row, steps + 1);
    }

    /**
     * Steps committed since the slot was reset.
     *
     * @param slot index of the VM
     * @return the count
     */
    public int steps(int slot) {
        return rows.get(INT, rowOf(slot));
    }

    /**
     * The use x that the outputs of the slot's last {@link #write} are relative to.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity; NaN when the resource was never seen
     */
    public float originPercent(int slot, int resource) {
        return origins.get(FLOAT, originOffset(slot, resource));
    }

    /**
     * The scale s that the outputs of the slot's last {@link #write} are multiples of.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @return percent of capacity, at least .05
     */
    public float originScale(int slot, int resource) {
        return origins.get(FLOAT, originOffset(slot, resource) + 4);
    }

    private void writeResource(int slot, long row, int resource, float given, int at) {
        long block = row + HEADER + resource * blockBytes;
        float last = rows.get(FLOAT, block + LAST);
        boolean observed = !Float.isNaN(given);
        float x = observed ? clipPercent(given) : last;
        float change = observed && !Float.isNaN(last) ? x - last : 0f;
        double changeSum = rows.get(FLOAT, block + CHANGE_SUM);
        double changeWeight = rows.get(FLOAT, block + CHANGE_WEIGHT);
        if (observed && !Float.isNaN(last)) {
            changeSum = (float) (changeSum * SCALE_KEEP + Math.abs(change));
            changeWeight = (float) (changeWeight * SCALE_KEEP + 1);
        }
        float scale = FLOOR + (float) (changeSum / changeWeight);
        long origin = originOffset(slot, resource);
        origins.set(FLOAT, origin, x);
        origins.set(FLOAT, origin + 4, scale);
        if (Float.isNaN(x)) {
            Arrays.fill(featureRow, at, at + FeatureSchema.PER_RESOURCE.size(), 0f);
            return;
        }
        double levelSum = rows.get(FLOAT, block + LEVEL_SUM);
        double levelWeight = rows.get(FLOAT, block + LEVEL_WEIGHT);
        if (observed) {
            levelSum = levelSum * LEVEL_KEEP + x;
            levelWeight = levelWeight * LEVEL_KEEP + 1;
        }
        float level = (float) (levelSum / levelWeight);
        float yesterday = rows.get(FLOAT, block + YESTERDAY);
        float yesterdayPeak = rows.get(FLOAT, block + YESTERDAY_PEAK);
        float peakHour = max(rows.get(FLOAT, block + PEAK_HOUR), x);
        float troughHour = min(rows.get(FLOAT, block + TROUGH_HOUR), x);
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
        put(at + 9, (max(rows.get(FLOAT, block + PEAK_DAY), x) - x) / triple);
        put(at + 10, (rows.get(FLOAT, block + HOUR_AGO) - x) / triple);
        put(at + 11, observed ? 1f : 0f);
    }

    private void commitResource(long block, int steps, float given) {
        if (!Float.isNaN(given)) {
            float x = clipPercent(given);
            float last = rows.get(FLOAT, block + LAST);
            if (!Float.isNaN(last)) {
                double changeSum = rows.get(FLOAT, block + CHANGE_SUM);
                double changeWeight = rows.get(FLOAT, block + CHANGE_WEIGHT);
                rows.set(
                        FLOAT,
                        block + CHANGE_SUM,
                        (float) (changeSum * SCALE_KEEP + Math.abs(x - last)));
                rows.set(FLOAT, block + CHANGE_WEIGHT, (float) (changeWeight * SCALE_KEEP + 1));
            }
            rows.set(FLOAT, block + LAST, x);
            double levelSum = rows.get(FLOAT, block + LEVEL_SUM);
            double levelWeight = rows.get(FLOAT, block + LEVEL_WEIGHT);
            rows.set(FLOAT, block + LEVEL_SUM, (float) (levelSum * LEVEL_KEEP + x));
            rows.set(FLOAT, block + LEVEL_WEIGHT, (float) (levelWeight * LEVEL_KEEP + 1));
        }
        // A missing step stays unknown in the history: a carried value would pose as yesterday's.
        long cell = block + HISTORY + 4L * Math.floorMod(steps, daySteps);
        rows.set(FLOAT, cell, Float.isNaN(given) ? Float.NaN : clipPercent(given));
        prepareNext(block, steps + 1);
    }

    /** Computes what the next candidate needs of the committed steps. */
    private void prepareNext(long block, int next) {
        float peakDay = Float.NaN;
        for (int back = 1; back < daySteps; back++) {
            peakDay = max(peakDay, history(block, next, back));
        }
        float peakHour = Float.NaN;
        float troughHour = Float.NaN;
        for (int back = 1; back < HOUR_STEPS; back++) {
            float value = history(block, next, back);
            peakHour = max(peakHour, value);
            troughHour = min(troughHour, value);
        }
        float yesterday = history(block, next, daySteps - 1);
        float later = max(history(block, next, daySteps - 2), history(block, next, daySteps - 3));
        rows.set(FLOAT, block + PEAK_DAY, peakDay);
        rows.set(FLOAT, block + PEAK_HOUR, peakHour);
        rows.set(FLOAT, block + TROUGH_HOUR, troughHour);
        rows.set(FLOAT, block + YESTERDAY, yesterday);
        rows.set(FLOAT, block + YESTERDAY_PEAK, max(yesterday, later));
        rows.set(FLOAT, block + HOUR_AGO, history(block, next, HOUR_STEPS - 1));
    }

    /** The value so many steps before the candidate, NaN when unknown; 1 is the last commit. */
    private float history(long block, int candidate, int back) {
        // Cells that were never written are NaN, so a short history needs no other check.
        return rows.get(FLOAT, block + HISTORY + 4L * Math.floorMod(candidate - back, daySteps));
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

    private long rowOf(int slot) {
        assert slot >= 0 && slot < slotCount : slot;
        return slot * rowBytes;
    }

    private static long originOffset(int slot, int resource) {
        return 16L * slot + 8L * resource;
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
