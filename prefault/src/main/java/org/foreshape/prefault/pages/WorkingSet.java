package org.foreshape.prefault.pages;

import java.util.Arrays;

/**
 * The pages that a guest touched first, as runs of pages of the memory file, in the order of their
 * first touch.
 *
 * @param firstPage first page of each run
 * @param pages how many pages each run has
 */
// Arrays, since they go to the install loop as they are; nobody else sees the record.
@SuppressWarnings("ArrayRecordComponent")
record WorkingSet(int[] firstPage, int[] pages) {
    static WorkingSet of(int[] firstPage, int[] pages, int count) {
        return new WorkingSet(Arrays.copyOf(firstPage, count), Arrays.copyOf(pages, count));
    }

    long pageCount() {
        return Arrays.stream(pages).asLongStream().sum();
    }

    /**
     * Joins runs that touch each other, so that they can be installed by few calls. A joined run
     * stands where its earliest part stood.
     */
    WorkingSet merged() {
        Integer[] byPage = new Integer[firstPage.length];
        Arrays.setAll(byPage, i -> i);
        Arrays.sort(byPage, (a, b) -> Integer.compare(firstPage[a], firstPage[b]));
        long[][] runs = new long[byPage.length][];
        int count = 0;
        for (int i : byPage) {
            long start = firstPage[i];
            long end = start + pages[i];
            if (count > 0 && start <= runs[count - 1][1]) {
                long[] last = runs[count - 1];
                last[1] = Math.max(last[1], end);
                last[2] = Math.min(last[2], i);
            } else {
                runs[count++] = new long[] {start, end, i};
            }
        }
        long[][] joined = Arrays.copyOf(runs, count);
        Arrays.sort(joined, (a, b) -> Long.compare(a[2], b[2]));
        int[] first = new int[count];
        int[] length = new int[count];
        for (int i = 0; i < count; i++) {
            first[i] = (int) joined[i][0];
            length[i] = (int) (joined[i][1] - joined[i][0]);
        }
        return new WorkingSet(first, length);
    }
}
