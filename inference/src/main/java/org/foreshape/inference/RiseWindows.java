package org.foreshape.inference;

import java.util.Arrays;

/**
 * How far each VM's use rose above where it stood, within each horizon, of late: what the fallback
 * forecasts from. Time is cut into parts of a grid step; a part's rise is known one horizon later.
 *
 * <p>A new VM starts with the rises of other VMs, which its own push out within an hour. Series are
 * {@code slot * resources + resource}. Nothing allocates after construction. One thread.
 */
final class RiseWindows {
    /** Parts of a grid step: 15 s of 5 min. */
    static final int PARTS_PER_STEP = 20;

    /** Rises kept: one hour. */
    static final int WINDOW_SIZE = 12 * PARTS_PER_STEP;

    // Each value lies in its place and once more RING places on, so that the newest of them are one
    // stretch wherever the ring stands.
    private static final int RING = 64;

    /**
     * Rises of memory within 15 min over the training VMs, percent of capacity, at levels (k + .5)
     * / 24; the last is the .99 quantile, so that a new VM is not given too little.
     */
    private static final float[] PRIOR = {
        -5.07f, -2.18f, -1.2f, -.72f, -.39f, -.15f, 0, 0, .14f, .31f, .45f, .61f, .78f, .97f, 1.16f,
        1.41f, 1.68f, 2.04f, 2.5f, 3.07f, 3.88f, 5.07f, 7.1f, 20.89f
    };

    private final long[] part;
    private final float[] peakNow;
    private final float[] lastNow;
    private final int[] closed;
    private final float[] peaks;
    private final float[] lasts;
    private final TrailingQuantiles rises;

    RiseWindows(int slotCount) {
        int series = slotCount * FeatureSchema.RESOURCE_COUNT;
        part = new long[series];
        peakNow = new float[series];
        lastNow = new float[series];
        closed = new int[series];
        peaks = new float[series * 2 * RING];
        lasts = new float[series * RING];
        rises = new TrailingQuantiles(series * FeatureSchema.HORIZON_COUNT, WINDOW_SIZE);
        for (int k = 0; k < series; k++) {
            reset(k);
        }
    }

    /** Starts a series for a new VM. */
    void reset(int series) {
        part[series] = Long.MIN_VALUE;
        peakNow[series] = Float.NaN;
        lastNow[series] = Float.NaN;
        closed[series] = 0;
        Arrays.fill(peaks, series * 2 * RING, (series + 1) * 2 * RING, Float.NaN);
        Arrays.fill(lasts, series * RING, (series + 1) * RING, Float.NaN);
        for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
            int window = series * FeatureSchema.HORIZON_COUNT + h;
            rises.clear(window);
            for (float rise : PRIOR) {
                rises.push(window, rise);
            }
        }
    }

    /** Takes a sample in. */
    void observe(int series, long newPart, float value) {
        long behind = newPart - part[series];
        if (part[series] == Long.MIN_VALUE || behind > RING) {
            // Too long ago to say what happened in between: keep the rises, start the parts anew.
            closed[series] = 0;
            part[series] = newPart;
            peakNow[series] = value;
        } else if (behind > 0) {
            close(series, peakNow[series]);
            for (long k = 1; k < behind; k++) {
                close(series, lastNow[series]);
            }
            part[series] = newPart;
            peakNow[series] = value;
        } else {
            peakNow[series] = Math.max(peakNow[series], value);
        }
        lastNow[series] = value;
    }

    /** Quantile of the rise within a horizon, percent of capacity. */
    float quantile(int series, int horizon, double level) {
        return (float) rises.quantile(series * FeatureSchema.HORIZON_COUNT + horizon, level);
    }

    private void close(int series, float peak) {
        int base = series * RING;
        int now = closed[series];
        int place = now & (RING - 1);
        int newest = 2 * base + RING + place;
        peaks[newest - RING] = peak;
        peaks[newest] = peak;
        lasts[base + place] = lastNow[series];
        closed[series] = now + 1;
        float most = peak;
        int seen = 1;
        for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
            int parts = FeatureSchema.HORIZON_STEPS[h] * PARTS_PER_STEP;
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
