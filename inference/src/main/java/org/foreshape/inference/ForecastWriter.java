package org.foreshape.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.foreshape.ring.event.ForecastSection;

/**
 * Turns a model's answers into the forecasts that are handed on: corrected as {@link
 * QuantileTracker#correct} does, within bounds, in a unit of each VM's own. So many rows at a time
 * that all of them stay in the nearest caches.
 *
 * <p>Each pass is one flat loop whose arrays are read at one index, and the bounds are {@link
 * Math#min} and {@link Math#max}: that is what C2 makes vector instructions of. So each answer
 * stands beside its neighbours in arrays of their own. A loop over ten levels, one that looks its
 * neighbour up, or one whose arrays start at different places takes several times as long. All
 * memory is taken at construction; nothing allocates later. One thread.
 */
final class ForecastWriter {
    /** Rows that are taken in at once. */
    static final int ROWS = 32;

    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int LEVELS = FeatureSchema.QUANTILE_COUNT;
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;
    private static final int PER_RESOURCE = ForecastSection.RESOURCE_STRIDE;
    private static final int SIZE = ROWS * OUTPUTS;

    /** Answers of so many rows are looked through at once for those that are not in order. */
    private static final int BLOCK = 4 * OUTPUTS;

    /** Between two series no order is asked for: more than any answer. */
    private static final float ANY_ORDER = 1000f;

    private final int slotCount;
    private final QuantileTracker tracker;
    private final Corrections[] corrections;
    private final float[] given = new float[SIZE];
    private final float[] before = new float[SIZE];
    private final float[] after = new float[SIZE];
    private final float[] order = new float[SIZE];
    private final float[] written = new float[SIZE];
    private final boolean[] worthless = new boolean[ROWS];
    private boolean anyWorthless;
    private int first;
    private int count;

    /** What is done to so many rows, as flat arrays. */
    private static final class Corrections {
        /** 1 where the level lies below the model's own, 0 where above. */
        final float[] down = new float[SIZE];

        final float[] part = new float[SIZE];
        final float[] unit = new float[SIZE];

        /** Outputs whose level lies beyond the neighbours, and between which ones it lies. */
        final int[] far = new int[SIZE];

        final int[] farLow = new int[SIZE];
        int farCount;
        int changed = -1;
        int changes = -1;
    }

    /** A writer of what a tracker corrects, for so many VMs. */
    ForecastWriter(int slotCount, QuantileTracker tracker) {
        this.slotCount = slotCount;
        this.tracker = tracker;
        this.corrections = new Corrections[(slotCount + ROWS - 1) / ROWS];
        Arrays.setAll(corrections, k -> new Corrections());
        for (int k = LEVELS - 1; k < SIZE; k += LEVELS) {
            order[k] = ANY_ORDER;
        }
    }

    /**
     * Sets the units of all VMs' forecasts.
     *
     * @param bySeries what a percent is, by slot and resource
     */
    void measure(float[] bySeries) {
        for (int k = 0; k < corrections.length; k++) {
            spread(bySeries, k * ROWS * RESOURCES, corrections[k].unit);
        }
    }

    /**
     * Makes the forecasts of the next rows.
     *
     * @param outputs the model's answers, percent
     * @param firstSlot the VM of the first row, a multiple of {@link #ROWS}
     * @param rowCount how many, at most {@link #ROWS}
     */
    void take(MemorySegment outputs, int firstSlot, int rowCount) {
        first = firstSlot;
        count = rowCount * OUTPUTS;
        // A copy: single reads of native memory cost several times as much.
        MemorySegment.copy(
                outputs, ValueLayout.JAVA_FLOAT, 4L * firstSlot * OUTPUTS, given, 0, count);
        moveNeighbours();
        Corrections of = corrections[firstSlot / ROWS];
        refresh(of);
        if (anyWorthless) {
            Arrays.fill(worthless, false);
            anyWorthless = false;
        }
        if (!isTidy(given, after, order, 0, count)) {
            repair();
        }
        correct(given, before, after, of.down, of.part, of.unit, written, count);
        correctFar(of);
    }

    /** Whether the model's answers of a row were not all numbers; what came of it is worthless. */
    boolean isWorthless(int slot) {
        return worthless[slot - first];
    }

    /** Copies what was made for a VM. */
    void copy(int slot, float[] out, int at) {
        System.arraycopy(written, (slot - first) * OUTPUTS, out, at, OUTPUTS);
    }

    private void moveNeighbours() {
        System.arraycopy(given, 0, before, 1, count - 1);
        System.arraycopy(given, 1, after, 0, count - 1);
        after[count - 1] = 0f;
    }

    /** Puts rows in order that are not. */
    private void repair() {
        for (int from = 0; from < count; from += OUTPUTS) {
            if (from % BLOCK == 0
                    && isTidy(given, after, order, from, Math.min(from + BLOCK, count))) {
                from += BLOCK - OUTPUTS;
                continue;
            }
            if (isTidy(given, from)) {
                continue;
            }
            if (!ForecastRow.tidy(given, from)) {
                worthless[from / OUTPUTS] = true;
                anyWorthless = true;
                // The rows beside it must not be multiplied by what is no number.
                Arrays.fill(given, from, from + OUTPUTS, 0f);
            }
        }
        moveNeighbours();
    }

    /** Whether each series of a row ascends within 0 and 100; NaN makes it false. */
    private static boolean isTidy(float[] row, int from) {
        for (int series = from; series < from + OUTPUTS; series += LEVELS) {
            float last = 0f;
            for (int k = series; k < series + LEVELS; k++) {
                if (!(row[k] >= last)) {
                    return false;
                }
                last = row[k];
            }
            if (last > 100f) {
                return false;
            }
        }
        return true;
    }

    /** Takes what the tracker learnt over into flat arrays. */
    private void refresh(Corrections of) {
        if (of.changes == tracker.changes()) {
            return; // As on nearly every tick.
        }
        of.changes = tracker.changes();
        int end = Math.min(first + ROWS, slotCount);
        int changed = 0;
        for (int slot = first; slot < end; slot++) {
            changed += tracker.changed(slot);
        }
        if (changed == of.changed) {
            return;
        }
        of.changed = changed;
        of.farCount = 0;
        for (int k = 0; k < (end - first) * OUTPUTS; k++) {
            int output = first * OUTPUTS + k;
            int low = tracker.low(output);
            int level = k % LEVELS;
            of.part[k] = tracker.part(output);
            of.down[k] = low == level - 1 ? 1f : 0f;
            if (low != level - 1 && low != level) {
                of.far[of.farCount] = k;
                of.farLow[of.farCount++] = k - level + low;
            }
        }
    }

    /** Repeats each figure of a series for all its quantiles. */
    private static void spread(float[] bySeries, int from, float[] out) {
        int series = Math.min(ROWS * RESOURCES, bySeries.length - from);
        for (int k = 0; k < series; k++) {
            Arrays.fill(out, k * PER_RESOURCE, (k + 1) * PER_RESOURCE, bySeries[from + k]);
        }
    }

    /** Whether all are within 0 and 100 and each series ascends; NaN makes it false. */
    private static boolean isTidy(float[] given, float[] after, float[] order, int from, int end) {
        float least = 0f;
        for (int k = from; k < end; k++) {
            float value = given[k];
            float rise = after[k] - value + order[k];
            least = Math.min(least, Math.min(rise, value * (100f - value)));
        }
        return least >= 0f;
    }

    /** Corrects and bounds. Of two neighbours one counts 1 and the other 0, which is exact. */
    private static void correct(
            float[] given,
            float[] before,
            float[] after,
            float[] down,
            float[] part,
            float[] unit,
            float[] out,
            int count) {
        for (int k = 0; k < count; k++) {
            float up = 1f - down[k];
            float low = down[k] * before[k] + up * given[k];
            float high = down[k] * given[k] + up * after[k];
            float value = low + part[k] * (high - low);
            out[k] = unit[k] * Math.max(Math.min(value, 100f), 0f);
        }
    }

    private void correctFar(Corrections of) {
        for (int f = 0; f < of.farCount; f++) {
            int k = of.far[f];
            float low = given[of.farLow[f]];
            float high = given[of.farLow[f] + 1];
            float value = low + of.part[k] * (high - low);
            written[k] = of.unit[k] * Math.max(Math.min(value, 100f), 0f);
        }
    }
}
