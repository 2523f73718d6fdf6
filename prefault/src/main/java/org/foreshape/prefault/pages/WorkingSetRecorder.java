package org.foreshape.prefault.pages;

/**
 * Notes which pages faults brought in, in their order. Written by the restore's thread; read by
 * another once it is stopped. Full means stopped.
 */
final class WorkingSetRecorder {
    private final int[] firstPage;
    private final int[] pages;
    private final long endNs;
    private int count;
    private volatile boolean stopped;

    /**
     * Allocates the room.
     *
     * @param runsMax how many faults are noted
     * @param endNs {@link System#nanoTime} after which nothing more is noted
     */
    WorkingSetRecorder(int runsMax, long endNs) {
        this.firstPage = new int[runsMax];
        this.pages = new int[runsMax];
        this.endNs = endNs;
    }

    void note(long page, long pageCount, long nowNs) {
        if (stopped) {
            return;
        }
        if (count == firstPage.length || nowNs - endNs > 0) {
            stopped = true;
            return;
        }
        firstPage[count] = (int) page;
        pages[count] = (int) pageCount;
        count++;
    }

    /** Ends the recording; by the restore's thread. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /** What was recorded; only once stopped. */
    WorkingSet toWorkingSet() {
        if (!stopped) {
            throw new IllegalStateException("the recording is still under way");
        }
        return WorkingSet.of(firstPage, pages, count);
    }
}
