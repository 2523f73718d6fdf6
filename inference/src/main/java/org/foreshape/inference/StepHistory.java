package org.foreshape.inference;

import java.util.Arrays;

/**
 * The newest steps of many series, and the largest and smallest use of a day without a scan of it.
 * A step is told by how long ago it was: 0 is the newest, t. A missing step stays unknown: a
 * carried value would pose as a sample. All memory is taken at construction. One thread.
 */
final class StepHistory {
    private final int ring;
    private final int day;
    private final int blockSize;
    private final int blocks;
    private final float[] steps;

    // Of blocks of steps that begin at multiples of their size.
    private final float[] blockMost;
    private final float[] blockLeast;

    /** Empty series of {@code ring} steps each, at least a day. */
    StepHistory(int seriesCount, int ring, int day) {
        this.ring = ring;
        this.day = day;
        this.blockSize = (int) Math.ceil(Math.sqrt(day));
        this.blocks = day / blockSize + 2;
        this.steps = new float[Math.multiplyExact(seriesCount, ring)];
        this.blockMost = new float[seriesCount * blocks];
        this.blockLeast = new float[seriesCount * blocks];
    }

    void clear(int s) {
        Arrays.fill(steps, s * ring, (s + 1) * ring, Float.NaN);
    }

    /** Takes step t in; NaN when it is missing. Steps come one by one, from 0 on. */
    void put(int s, int t, float x) {
        steps[s * ring + t % ring] = x;
        int block = s * blocks + t / blockSize % blocks;
        boolean begins = t % blockSize == 0;
        blockMost[block] = begins ? x : max(blockMost[block], x);
        blockLeast[block] = begins ? x : min(blockLeast[block], x);
    }

    /** The use so many steps before t; NaN when missing or never known. */
    float at(int s, int t, int ago) {
        // Cells that were never written are NaN; older ones than the ring's are gone.
        return ago > t || ago >= ring ? Float.NaN : steps[s * ring + (t - ago) % ring];
    }

    /** Largest of so many steps up to {@code ago}; NaN when one is missing. */
    float peak(int s, int t, int ago, int count) {
        float peak = at(s, t, ago);
        for (int k = 1; k < count; k++) {
            peak = Math.max(peak, at(s, t, ago + k)); // Math.max hands NaN on.
        }
        return peak;
    }

    /** The same over those that are known; NaN when none is. */
    float peakKnown(int s, int t, int ago, int count) {
        float peak = Float.NaN;
        for (int k = 0; k < count; k++) {
            peak = max(peak, at(s, t, ago + k));
        }
        return peak;
    }

    /** Largest known use of the day up to t; NaN when none is known. */
    float dayMost(int s, int t) {
        int first = Math.max(0, t - day + 1);
        int block = (first + blockSize - 1) / blockSize;
        float most = Float.NaN;
        for (int step = first; step < Math.min(block * blockSize, t + 1); step++) {
            most = max(most, at(s, t, t - step));
        }
        for (; block <= t / blockSize; block++) {
            most = max(most, blockMost[s * blocks + block % blocks]);
        }
        return most;
    }

    /** Smallest known use of the day up to t; NaN when none is known. */
    float dayLeast(int s, int t) {
        int first = Math.max(0, t - day + 1);
        int block = (first + blockSize - 1) / blockSize;
        float least = Float.NaN;
        for (int step = first; step < Math.min(block * blockSize, t + 1); step++) {
            least = min(least, at(s, t, t - step));
        }
        for (; block <= t / blockSize; block++) {
            least = min(least, blockLeast[s * blocks + block % blocks]);
        }
        return least;
    }

    /** Larger of both, ignoring NaN. */
    static float max(float a, float b) {
        return a > b || Float.isNaN(b) ? a : b;
    }

    /** Smaller of both, ignoring NaN. */
    static float min(float a, float b) {
        return a < b || Float.isNaN(b) ? a : b;
    }
}
