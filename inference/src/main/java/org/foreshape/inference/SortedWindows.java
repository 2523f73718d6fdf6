package org.foreshape.inference;

import java.util.Arrays;

/**
 * Empirical quantiles over the newest values of many series, without keeping the values in the
 * order in which they came: whoever pushes a value also says which one leaves. All memory is taken
 * at construction. One thread.
 */
final class SortedWindows {
    private final int windowSize;
    private final float[] sorted;
    private final int[] known;

    /** Empty windows of so many values. */
    SortedWindows(int seriesCount, int windowSize) {
        this.windowSize = windowSize;
        this.sorted = new float[Math.multiplyExact(seriesCount, windowSize)];
        this.known = new int[seriesCount];
    }

    void clear(int series) {
        known[series] = 0;
    }

    /** Takes {@code old} out and {@code value} in; NaN stands for none. */
    void push(int series, float old, float value) {
        int from = series * windowSize;
        int end = from + known[series];
        boolean leaves = !Float.isNaN(old);
        boolean enters = !Float.isNaN(value);
        if (leaves && enters) {
            int gap = Arrays.binarySearch(sorted, from, end, old);
            assert gap >= 0 : "a value leaves that never came";
            int at = placeOf(value, from, end);
            if (at > gap) {
                at--;
                System.arraycopy(sorted, gap + 1, sorted, gap, at - gap);
            } else {
                System.arraycopy(sorted, at, sorted, at + 1, gap - at);
            }
            sorted[at] = value;
        } else if (leaves) {
            int gap = Arrays.binarySearch(sorted, from, end, old);
            assert gap >= 0 : "a value leaves that never came";
            System.arraycopy(sorted, gap + 1, sorted, gap, end - gap - 1);
            known[series]--;
        } else if (enters) {
            int at = placeOf(value, from, end);
            System.arraycopy(sorted, at, sorted, at + 1, end - at);
            sorted[at] = value;
            known[series]++;
        }
    }

    private int placeOf(float value, int from, int end) {
        int found = Arrays.binarySearch(sorted, from, end, value);
        return found >= 0 ? found : -found - 1;
    }

    int known(int series) {
        return known[series];
    }

    /** The quantile at position (n - 1) q of the sorted values, NaN when none is known. */
    float quantile(int series, float q) {
        return known[series] == 0
                ? Float.NaN
                : quantileOf(sorted, series * windowSize, known[series], q);
    }

    /** Linear interpolation at position (n - 1) q of {@code count} sorted values, at least one. */
    static float quantileOf(float[] sorted, int from, int count, float q) {
        float position = (count - 1) * q;
        int low = (int) position;
        float below = sorted[from + low];
        float above = sorted[from + Math.min(low + 1, count - 1)];
        return below + (position - low) * (above - below);
    }
}
