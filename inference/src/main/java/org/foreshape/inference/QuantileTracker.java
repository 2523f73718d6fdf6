package org.foreshape.inference;

import java.util.Arrays;

/**
 * Corrects forecasts online, per VM, resource, horizon and quantile, so that the level named is the
 * level met.
 *
 * <p>A quantile that was exceeded too often is asked for at a higher level from then on: its shift,
 * in units of the logit of the level, moves by {@code RATE * (level - covered)} with each target
 * that becomes known. The corrected forecast is read between the model's own quantiles at the
 * shifted level, so it stays in the model's units, follows its spread, and cannot run away where
 * the use stands still. This is the quantile tracker of Angelopoulos, Candes and Tibshirani
 * (https://arxiv.org/abs/2307.16895), on levels in place of values. A target that equals the
 * forecast tells nothing of the level, and moves nothing.
 *
 * <p>The shifts are the whole of the state that outlives a restart: {@link #save}. All memory is
 * taken at construction; nothing allocates later. One thread.
 */
public final class QuantileTracker {
    /** Numbers that {@link #save} gives per VM. */
    public static final int STATE_SIZE = FeatureSchema.OUTPUT_COUNT;

    /** Chosen on validation VMs: docs/measurements/forecast.md. */
    static final float RATE = .03f;

    private static final float SHIFT_MAX = 3f;
    private static final float TIE_PERCENT = 1e-3f;
    private static final float COVER_PERCENT = 1e-4f;
    private static final int LEVELS = FeatureSchema.QUANTILE_COUNT;
    private static final int SERIES = FeatureSchema.RESOURCE_COUNT * FeatureSchema.HORIZON_COUNT;
    private static final float[] LOGIT = logits();

    private final int[] horizon;
    private final float[] shift;
    private final int[] low;
    private final float[] part;
    private final int[] changed;
    private int changes;
    private final int[] remembered;
    private final float[][] given;
    private final float[] row = new float[LEVELS];

    /**
     * A tracker that corrects nothing yet.
     *
     * @param slotCount VMs, at least 1
     * @param gridStepSeconds seconds per step; divides 300
     */
    public QuantileTracker(int slotCount, int gridStepSeconds) {
        if (slotCount < 1 || gridStepSeconds < 1 || 300 % gridStepSeconds != 0) {
            throw new IllegalArgumentException(
                    "slotCount is "
                            + slotCount
                            + ", gridStepSeconds is "
                            + gridStepSeconds
                            + ": give at least 1, and a divisor of 300.");
        }
        this.horizon = new int[] {300 / gridStepSeconds, 900 / gridStepSeconds};
        int outputs = Math.multiplyExact(slotCount, FeatureSchema.OUTPUT_COUNT);
        this.shift = new float[outputs];
        this.low = new int[outputs];
        this.part = new float[outputs];
        this.changed = new int[slotCount];
        this.remembered = new int[slotCount];
        this.given = new float[FeatureSchema.HORIZON_COUNT][];
        for (int h = 0; h < given.length; h++) {
            int cells = slotCount * FeatureSchema.RESOURCE_COUNT * horizon[h];
            given[h] = new float[Math.multiplyExact(cells, LEVELS)];
        }
        for (int slot = 0; slot < slotCount; slot++) {
            reset(slot);
        }
    }

    /**
     * Forgets a slot: the next VM in it starts uncorrected.
     *
     * @param slot index of the VM
     */
    public void reset(int slot) {
        int at = slot * FeatureSchema.OUTPUT_COUNT;
        Arrays.fill(shift, at, at + FeatureSchema.OUTPUT_COUNT, 0f);
        remembered[slot] = 0;
        for (int series = 0; series < SERIES; series++) {
            place(at + series * LEVELS);
        }
    }

    /**
     * Corrects a VM's forecasts in place.
     *
     * @param slot index of the VM
     * @param quantiles the model's, ascending per resource and horizon; ascending afterwards
     * @param at index of the first of {@link FeatureSchema#OUTPUT_COUNT}
     */
    public void correct(int slot, float[] quantiles, int at) {
        int from = slot * FeatureSchema.OUTPUT_COUNT;
        for (int series = 0; series < SERIES; series++) {
            System.arraycopy(quantiles, at, row, 0, LEVELS);
            for (int q = 0; q < LEVELS; q++) {
                float below = row[low[from]];
                quantiles[at++] = below + part[from] * (row[low[from] + 1] - below);
                from++;
            }
        }
    }

    /** Which of its series' quantiles a corrected one lies above: at a VM's output. */
    int low(int output) {
        return low[output];
    }

    /** How far it lies on the way to the next one; below 0 and above 1 at the ends. */
    float part(int output) {
        return part[output];
    }

    /** Another number whenever {@link #low} or {@link #part} of any VM changed. */
    int changes() {
        return changes;
    }

    /** Another number whenever {@link #low} or {@link #part} of the VM changed. */
    int changed(int slot) {
        return changed[slot];
    }

    /**
     * Keeps what was forecast at the end of a step, until its targets are known.
     *
     * @param slot index of the VM
     * @param quantiles the corrected forecasts; NaN for a series without
     * @param at index of the first
     */
    public void remember(int slot, float[] quantiles, int at) {
        for (int series = 0; series < SERIES; series++) {
            int h = series % FeatureSchema.HORIZON_COUNT;
            System.arraycopy(
                    quantiles,
                    at + series * LEVELS,
                    given[h],
                    givenAt(slot, series, remembered[slot]),
                    LEVELS);
        }
        remembered[slot]++;
    }

    /**
     * Learns from the targets that became known with a step. Call it once a step, before {@link
     * #remember} of the same step, and with {@link DemandFeatures#peakPercent}.
     *
     * @param slot index of the VM
     * @param resource {@link FeatureSchema#MEMORY} or {@link FeatureSchema#CPU}
     * @param h index of the horizon
     * @param peakPercent the target; NaN when it is not known
     * @return whether anything was learnt
     */
    public boolean learn(int slot, int resource, int h, float peakPercent) {
        if (Float.isNaN(peakPercent) || remembered[slot] < horizon[h]) {
            return false;
        }
        int series = resource * FeatureSchema.HORIZON_COUNT + h;
        int at = givenAt(slot, series, remembered[slot] - horizon[h]);
        if (Float.isNaN(given[h][at])) {
            return false;
        }
        int from = slot * FeatureSchema.OUTPUT_COUNT + series * LEVELS;
        boolean moved = false;
        for (int q = 0; q < LEVELS; q++) {
            float above = peakPercent - given[h][at + q];
            if (Math.abs(above) > TIE_PERCENT) {
                float covered = above <= COVER_PERCENT ? 1f : 0f;
                float level = (float) FeatureSchema.QUANTILES[q];
                shift[from + q] =
                        Math.clamp(
                                shift[from + q] + RATE * (level - covered), -SHIFT_MAX, SHIFT_MAX);
                moved = true;
            }
        }
        place(from);
        return moved;
    }

    /**
     * Copies a VM's state out, for a journal.
     *
     * @param slot index of the VM
     * @param out where {@link #STATE_SIZE} numbers go
     * @param at index of the first
     */
    public void save(int slot, float[] out, int at) {
        System.arraycopy(shift, slot * STATE_SIZE, out, at, STATE_SIZE);
    }

    /**
     * Takes a VM's state back. Forecasts that were given before are not part of it, so the first
     * targets after it teach nothing.
     *
     * @param slot index of the VM
     * @param state as {@link #save} gave it
     * @param at index of the first number
     * @throws IllegalArgumentException when a number is not finite
     */
    public void restore(int slot, float[] state, int at) {
        for (int k = 0; k < STATE_SIZE; k++) {
            if (!Float.isFinite(state[at + k])) {
                throw new IllegalArgumentException(
                        "A saved calibration has a number that is not finite: start without it.");
            }
        }
        reset(slot);
        for (int k = 0; k < STATE_SIZE; k++) {
            shift[slot * STATE_SIZE + k] = Math.clamp(state[at + k], -SHIFT_MAX, SHIFT_MAX);
        }
        for (int series = 0; series < SERIES; series++) {
            place(slot * STATE_SIZE + series * LEVELS);
        }
    }

    private int givenAt(int slot, int series, int step) {
        int h = series % FeatureSchema.HORIZON_COUNT;
        int resource = series / FeatureSchema.HORIZON_COUNT;
        int ring = (slot * FeatureSchema.RESOURCE_COUNT + resource) * horizon[h];
        return (ring + Math.floorMod(step, horizon[h])) * LEVELS;
    }

    /** Finds between which of the model's quantiles each shifted level lies. */
    private void place(int from) {
        changed[from / FeatureSchema.OUTPUT_COUNT]++;
        changes++;
        float most = Float.NEGATIVE_INFINITY;
        for (int q = 0; q < LEVELS; q++) {
            // Levels that crossed would make quantiles cross.
            most = Math.max(most, LOGIT[q] + shift[from + q]);
            int below = 0;
            while (below < LEVELS - 2 && most > LOGIT[below + 1]) {
                below++;
            }
            low[from + q] = below;
            part[from + q] =
                    Math.clamp((most - LOGIT[below]) / (LOGIT[below + 1] - LOGIT[below]), -1f, 2f);
        }
    }

    private static float[] logits() {
        float[] logits = new float[LEVELS];
        for (int q = 0; q < LEVELS; q++) {
            double level = FeatureSchema.QUANTILES[q];
            logits[q] = (float) StrictMath.log(level / (1 - level));
        }
        return logits;
    }
}
