package org.foreshape.prefault;

import java.util.Arrays;

/** Ranges of addresses, ascending and disjoint; neighbours are joined. Not for several threads. */
final class PageRanges {
    private long[] starts = new long[16];
    private long[] ends = new long[16];
    private int count;
    private long bytes;

    /** Everything from start to end. */
    static PageRanges of(long start, long end) {
        PageRanges ranges = new PageRanges();
        ranges.add(start, end);
        return ranges;
    }

    /** Adds a range behind all others; an empty one is nothing. */
    void add(long start, long end) {
        if (start >= end) {
            return;
        }
        if (count > 0 && start < ends[count - 1]) {
            throw new IllegalArgumentException("ranges must be added in order");
        }
        bytes += end - start;
        if (count > 0 && ends[count - 1] == start) {
            ends[count - 1] = end;
            return;
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
        }
        starts[count] = start;
        ends[count] = end;
        count++;
    }

    /**
     * Adds what of a range lies behind all others: a page map that changes while it is read may
     * tell a run again that has grown meanwhile.
     */
    void addNext(long start, long end) {
        add(count == 0 ? start : Math.max(start, ends[count - 1]), end);
    }

    int count() {
        return count;
    }

    long start(int i) {
        return starts[i];
    }

    long end(int i) {
        return ends[i];
    }

    long bytes() {
        return bytes;
    }

    /** What is in both. */
    PageRanges and(PageRanges other) {
        PageRanges both = new PageRanges();
        int i = 0;
        int j = 0;
        while (i < count && j < other.count) {
            both.add(Math.max(starts[i], other.starts[j]), Math.min(ends[i], other.ends[j]));
            if (ends[i] < other.ends[j]) {
                i++;
            } else {
                j++;
            }
        }
        return both;
    }

    /** What is in this and not in the other. */
    PageRanges without(PageRanges other) {
        PageRanges rest = new PageRanges();
        int j = 0;
        for (int i = 0; i < count; i++) {
            long at = starts[i];
            while (j < other.count && other.ends[j] <= at) {
                j++;
            }
            int k = j;
            while (k < other.count && other.starts[k] < ends[i]) {
                rest.add(at, other.starts[k]);
                at = Math.max(at, other.ends[k]);
                k++;
            }
            rest.add(at, ends[i]);
        }
        return rest;
    }

    /** What is in either. */
    PageRanges or(PageRanges other) {
        PageRanges all = new PageRanges();
        int i = 0;
        int j = 0;
        while (i < count || j < other.count) {
            boolean mine = j == other.count || (i < count && starts[i] <= other.starts[j]);
            long start = mine ? starts[i] : other.starts[j];
            long end = mine ? ends[i++] : other.ends[j++];
            long done = all.count == 0 ? start : Math.max(start, all.ends[all.count - 1]);
            all.add(done, end);
        }
        return all;
    }

    /** The first so many bytes of it. */
    PageRanges first(long bytesMax) {
        PageRanges head = new PageRanges();
        for (int i = 0; i < count && head.bytes < bytesMax; i++) {
            head.add(starts[i], Math.min(ends[i], starts[i] + bytesMax - head.bytes));
        }
        return head;
    }

    /** How much of it lies between two addresses; looks from the range of that index on. */
    long bytesWithin(long start, long end) {
        int i = Arrays.binarySearch(starts, 0, count, start);
        i = i >= 0 ? i : Math.max(0, -i - 2);
        long within = 0;
        for (; i < count && starts[i] < end; i++) {
            within += Math.max(0, Math.min(end, ends[i]) - Math.max(start, starts[i]));
        }
        return within;
    }
}
