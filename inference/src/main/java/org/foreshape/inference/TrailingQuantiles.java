package org.foreshape.inference;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Empirical quantiles over the newest values of many series, kept sorted as values come. All memory
 * is taken at construction; nothing allocates later. One thread.
 */
public final class TrailingQuantiles {
    private final int windowSize;
    private final float[] order;
    private final float[] sorted;
    private final int[] next;
    private final int[] known;

    /**
     * Makes empty windows.
     *
     * @param seriesCount number of series
     * @param windowSize values kept per series, missing ones included
     */
    public TrailingQuantiles(int seriesCount, int windowSize) {
        this.windowSize = windowSize;
        this.order = new float[Math.multiplyExact(seriesCount, windowSize)];
        this.sorted = new float[order.length];
        this.next = new int[seriesCount];
        this.known = new int[seriesCount];
        Arrays.fill(order, Float.NaN);
    }

    /**
     * Forgets the values of a series.
     *
     * @param series its index
     */
    public void clear(int series) {
        Arrays.fill(order, series * windowSize, (series + 1) * windowSize, Float.NaN);
        next[series] = 0;
        known[series] = 0;
    }

    /**
     * Takes a value in and drops the oldest.
     *
     * @param series its index
     * @param value the value; NaN for a missing one, which takes up a place but counts for nothing
     */
    public void push(int series, float value) {
        int from = series * windowSize;
        float old = order[from + next[series]];
        order[from + next[series]] = value;
        next[series] = next[series] + 1 == windowSize ? 0 : next[series] + 1;
        int end = from + known[series];
        boolean leaves = !Float.isNaN(old);
        boolean enters = !Float.isNaN(value);
        if (leaves && enters) {
            replace(from, end, old, value);
        } else if (leaves) {
            int at = Arrays.binarySearch(sorted, from, end, old);
            System.arraycopy(sorted, at + 1, sorted, at, end - at - 1);
            known[series]--;
        } else if (enters) {
            int at = placeOf(value, from, end);
            System.arraycopy(sorted, at, sorted, at + 1, end - at);
            sorted[at] = value;
            known[series]++;
        }
    }

    /** Moves only what lies between the value that leaves and the one that enters. */
    private void replace(int from, int end, float old, float value) {
        int gap = Arrays.binarySearch(sorted, from, end, old);
        int at = placeOf(value, from, end);
        if (at > gap) {
            at--;
            System.arraycopy(sorted, gap + 1, sorted, gap, at - gap);
        } else {
            System.arraycopy(sorted, at, sorted, at + 1, gap - at);
        }
        sorted[at] = value;
    }

    private int placeOf(float value, int from, int end) {
        int found = Arrays.binarySearch(sorted, from, end, value);
        return found >= 0 ? found : -found - 1;
    }

    /** Most bytes that {@link #save} writes for a series. */
    public int savedBytesMax() {
        return Short.BYTES + windowSize * Float.BYTES;
    }

    /**
     * Writes the values of a series, oldest first. Missing ones are left out, so that the places
     * they took up are free again after {@link #restore}.
     *
     * @param series its index
     * @param out where to; at its position
     */
    public void save(int series, ByteBuffer out) {
        int from = series * windowSize;
        out.putShort((short) known[series]);
        for (int k = 0; k < windowSize; k++) {
            float value = order[from + (next[series] + k) % windowSize];
            if (!Float.isNaN(value)) {
                out.putFloat(value);
            }
        }
    }

    /**
     * Takes back what {@link #save} wrote, in place of what the series held.
     *
     * @param series its index
     * @param in where from; at its position
     * @throws IllegalArgumentException for more values than there is room for, or one that is not
     *     finite
     */
    public void restore(int series, ByteBuffer in) {
        clear(series);
        int count = in.getShort();
        if (count < 0 || count > windowSize) {
            throw new IllegalArgumentException(count + " values, there is room for " + windowSize);
        }
        for (int k = 0; k < count; k++) {
            float value = in.getFloat();
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("a value is not finite");
            }
            push(series, value);
        }
    }

    /**
     * Values that count.
     *
     * @param series its index
     * @return 0 to the window's size
     */
    public int known(int series) {
        return known[series];
    }

    /**
     * A value by its rank.
     *
     * @param series its index
     * @param rank 0 for the smallest, below {@link #known}
     */
    public float ranked(int series, int rank) {
        return sorted[series * windowSize + rank];
    }

    /**
     * The quantile by linear interpolation at position (n - 1) q of the sorted values.
     *
     * @param series its index
     * @param q level, 0 to 1
     * @return the quantile, NaN when no value is known
     */
    public double quantile(int series, double q) {
        int count = known[series];
        if (count == 0) {
            return Double.NaN;
        }
        int from = series * windowSize;
        double position = (count - 1) * q;
        int low = (int) position;
        int high = Math.min(low + 1, count - 1);
        double below = sorted[from + low];
        return below + (position - low) * (sorted[from + high] - below);
    }
}
