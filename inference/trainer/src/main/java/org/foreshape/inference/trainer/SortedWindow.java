package org.foreshape.inference.trainer;

import java.util.Arrays;

/** The newest values of a series, kept sorted for quantiles; missing values hold their place. */
final class SortedWindow {
    private final float[] ring;
    private final float[] sorted;
    private int next;
    private int known;

    SortedWindow(int size) {
        ring = new float[size];
        Arrays.fill(ring, Float.NaN);
        sorted = new float[size];
    }

    /** Pushes a value, or NaN for a missing one, and drops the oldest. */
    void push(float value) {
        float old = ring[next];
        ring[next] = value;
        next = (next + 1) % ring.length;
        if (!Float.isNaN(old)) {
            int at = Arrays.binarySearch(sorted, 0, known, old);
            System.arraycopy(sorted, at + 1, sorted, at, known - at - 1);
            known--;
        }
        if (!Float.isNaN(value)) {
            int found = Arrays.binarySearch(sorted, 0, known, value);
            int at = found >= 0 ? found : -found - 1;
            System.arraycopy(sorted, at, sorted, at + 1, known - at);
            sorted[at] = value;
            known++;
        }
    }

    int known() {
        return known;
    }

    /** Quantile by linear interpolation at (n - 1) q; NaN when nothing is known. */
    double quantile(double q) {
        if (known == 0) {
            return Double.NaN;
        }
        double position = (known - 1) * q;
        int low = (int) position;
        int high = Math.min(low + 1, known - 1);
        return sorted[low] + (position - low) * ((double) sorted[high] - sorted[low]);
    }
}
