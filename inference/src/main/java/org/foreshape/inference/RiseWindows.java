package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;

/**
 * How far each VM's use rose above where it stood, within each horizon, of late: what the fallback
 * forecasts from. Time is cut into parts of 15 s, whatever the grid step of a model; a part's rise
 * is known one horizon later.
 *
 * <p>A new VM starts with rises that are given, which its own push out within an hour. Nothing
 * allocates after construction. One thread.
 *
 * <p>A part that ends is put aside, and counts from the next {@link #settle} on: sorting its rise
 * in is work that a decision need not wait for.
 */
final class RiseWindows {
    /** Length of a part: 15 s. */
    static final long PART_NS = 15_000_000_000L;

    /** Rises kept: one hour. */
    static final int WINDOW_SIZE = (int) (3_600_000_000_000L / PART_NS);

    // Each value lies in its place and once more RING places on, so that the newest of them are one
    // stretch wherever the ring stands.
    private static final int RING = 64;

    /**
     * Rises of memory within 15 min over the training VMs, percent of capacity, at levels (k + .5)
     * / 24; the last is the .99 quantile, so that a new VM is not given too little.
     */
    static final float[] MEMORY_PRIOR = {
        -5.07f, -2.18f, -1.2f, -.72f, -.39f, -.15f, 0, 0, .14f, .31f, .45f, .61f, .78f, .97f, 1.16f,
        1.41f, 1.68f, 2.04f, 2.5f, 3.07f, 3.88f, 5.07f, 7.1f, 20.89f
    };

    /**
     * What is taken for the rises of a new VM's storage: that it does not grow, of little weight.
     */
    static final float[] STORAGE_PRIOR = {0};

    private static final Horizon[] HORIZONS = Horizon.values();
    private static final int PER_SERIES = ForecastSection.RESOURCE_STRIDE;

    private final float[] prior;
    private final long[] part;
    private final float[] peakNow;
    private final float[] lastNow;
    private final int[] closed;
    private final float[] peaks;
    private final float[] lasts;
    private final TrailingQuantiles rises;
    private final float[] quantiles;
    private final int[] changed;
    private final int[] ended;
    private final long[] endedParts;
    private final float[] endedPeak;
    private final float[] endedLast;
    private int endedCount;

    /** Windows of so many series, each with the rises that it starts with. */
    RiseWindows(int series, float[] prior) {
        this.prior = prior;
        part = new long[series];
        peakNow = new float[series];
        lastNow = new float[series];
        closed = new int[series];
        peaks = new float[series * 2 * RING];
        lasts = new float[series * RING];
        rises = new TrailingQuantiles(series * FeatureSchema.HORIZON_COUNT, WINDOW_SIZE);
        quantiles = new float[series * PER_SERIES];
        changed = new int[series];
        ended = new int[series];
        endedParts = new long[series];
        endedPeak = new float[series];
        endedLast = new float[series];
        for (int k = 0; k < series; k++) {
            reset(k);
        }
    }

    /** Starts a series for a new VM. */
    void reset(int series) {
        changed[series]++;
        part[series] = Long.MIN_VALUE;
        peakNow[series] = Float.NaN;
        lastNow[series] = Float.NaN;
        closed[series] = 0;
        Arrays.fill(peaks, series * 2 * RING, (series + 1) * 2 * RING, Float.NaN);
        Arrays.fill(lasts, series * RING, (series + 1) * RING, Float.NaN);
        for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
            int window = series * FeatureSchema.HORIZON_COUNT + h;
            rises.clear(window);
            for (float rise : prior) {
                rises.push(window, rise);
            }
            keepQuantiles(window);
        }
    }

    /** Takes a sample in; each series at most once between two calls of {@link #settle}. */
    void observe(int series, long newPart, float value) {
        long behind = newPart - part[series];
        if (part[series] == Long.MIN_VALUE || behind > RING) {
            // Too long ago to say what happened in between: keep the rises, start the parts anew.
            closed[series] = 0;
            part[series] = newPart;
            peakNow[series] = value;
        } else if (behind > 0) {
            ended[endedCount] = series;
            endedParts[endedCount] = behind;
            endedPeak[endedCount] = peakNow[series];
            endedLast[endedCount] = lastNow[series];
            endedCount++;
            part[series] = newPart;
            peakNow[series] = value;
        } else {
            peakNow[series] = Math.max(peakNow[series], value);
        }
        lastNow[series] = value;
    }

    /** Takes the parts in that have ended; without any, it does nothing. */
    void settle() {
        for (int k = 0; k < endedCount; k++) {
            int series = ended[k];
            changed[series]++;
            close(series, endedPeak[k], endedLast[k]);
            for (long part = 1; part < endedParts[k]; part++) {
                close(series, endedLast[k], endedLast[k]);
            }
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                keepQuantiles(series * FeatureSchema.HORIZON_COUNT + h);
            }
        }
        endedCount = 0;
    }

    /**
     * Writes the quantiles of the peak within a horizon.
     *
     * @param now where the use stands, percent of capacity
     * @param unit what a percent is, in the unit of the quantiles
     */
    void write(int series, int horizon, float now, float unit, float[] out, int at) {
        int window = series * FeatureSchema.HORIZON_COUNT + horizon;
        lift(window * Quantiles.COUNT, Quantiles.COUNT, now, unit, out, at);
    }

    /** Writes those within both horizons, one after the other. */
    void write(int series, float now, float unit, float[] out, int at) {
        lift(series * PER_SERIES, PER_SERIES, now, unit, out, at);
    }

    private void lift(int from, int count, float now, float unit, float[] out, int at) {
        for (int k = 0; k < count; k++) {
            out[at + k] = unit * Math.max(Math.min(now + quantiles[from + k], 100f), 0f);
        }
    }

    /**
     * Writes the quantiles of the peak within both horizons of what is counted in its own unit.
     *
     * @param now where it stands
     * @param most what it can reach
     */
    void writeAmounts(int series, float now, float most, float[] out, int at) {
        int from = series * PER_SERIES;
        for (int k = 0; k < PER_SERIES; k++) {
            out[at + k] = Math.min(most, Math.max(0f, now + quantiles[from + k]));
        }
    }

    /** Another number whenever the rises of a series changed. */
    int changed(int series) {
        return changed[series];
    }

    /** Keeps what is asked on every sample, but changes with an ended part only. */
    private void keepQuantiles(int window) {
        for (int q = 0; q < Quantiles.COUNT; q++) {
            quantiles[window * Quantiles.COUNT + q] =
                    (float) rises.quantile(window, Quantiles.level(q));
        }
    }

    private void close(int series, float peak, float last) {
        int base = series * RING;
        int now = closed[series];
        int place = now & (RING - 1);
        int newest = 2 * base + RING + place;
        peaks[newest - RING] = peak;
        peaks[newest] = peak;
        lasts[base + place] = last;
        closed[series] = now + 1;
        float most = peak;
        int seen = 1;
        for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
            int parts = (int) (HORIZONS[h].durationNs() / PART_NS);
            if (now < parts) {
                return; // The horizons that follow are longer.
            }
            for (; seen < parts; seen++) {
                most = Math.max(most, peaks[newest - seen]);
            }
            rises.push(
                    series * FeatureSchema.HORIZON_COUNT + h,
                    most - lasts[base + ((now - parts) & (RING - 1))]);
        }
    }
}
