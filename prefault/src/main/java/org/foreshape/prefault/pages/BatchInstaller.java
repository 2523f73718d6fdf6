package org.foreshape.prefault.pages;

import org.foreshape.nativebindings.linux.Errno;

/**
 * Installs runs of pages ahead of faults, one batch a step, so that faults are served in between.
 * Skips what is there or was removed. Of the restore's thread; allocates nothing.
 */
final class BatchInstaller {
    private static final int PAGE = GuestMapping.BASE_PAGE_BYTES;

    private final RegionTable regions;
    private final PageLedger ledger;
    private final PageInstaller installer;
    private final RestoreCounters counters;
    private final long batchBytes;
    private WorkingSet runs;
    private int run;
    private long nextOffset;
    private long endOffset;
    private int lastErrno;
    private long beganNs;

    BatchInstaller(
            RegionTable regions,
            PageLedger ledger,
            PageInstaller installer,
            RestoreCounters counters,
            int batchPages) {
        this.regions = regions;
        this.ledger = ledger;
        this.installer = installer;
        this.counters = counters;
        this.batchBytes = (long) batchPages * PAGE;
        this.runs = new WorkingSet(new int[0], new int[0]);
    }

    /** {@link System#nanoTime} of when the present runs were begun. */
    long beganNs() {
        return beganNs;
    }

    /** Begins with other runs. */
    void begin(WorkingSet next) {
        beganNs = System.nanoTime();
        runs = next;
        run = 0;
        nextOffset = 0;
        endOffset = 0;
    }

    boolean isDone() {
        return nextOffset >= endOffset && run >= runs.firstPage().length;
    }

    /** The error number of the last batch that failed; 0 for none. */
    int lastErrno() {
        return lastErrno;
    }

    /**
     * Installs one batch.
     *
     * @return bytes installed; 0 when there was nothing to do or the kernel put it off; else the
     *     negated error number, after which the page is passed over and left to its fault
     */
    long step() {
        while (!isDone()) {
            if (nextOffset >= endOffset) {
                nextOffset = (long) runs.firstPage()[run] * PAGE;
                endOffset = nextOffset + (long) runs.pages()[run] * PAGE;
                run++;
            }
            int region = regions.findFile(nextOffset);
            if (region < 0) {
                nextOffset += PAGE;
            } else {
                long pageBytes = regions.pageBytes(region);
                long inRegion = nextOffset - regions.fileOffset(region);
                nextOffset -= inRegion % pageBytes;
                if (ledger.state(nextOffset / PAGE) == PageLedger.FRESH) {
                    return install(region, pageBytes);
                }
                nextOffset += pageBytes;
            }
        }
        return 0;
    }

    private long install(int region, long pageBytes) {
        long regionEnd = regions.fileOffset(region) + regions.end(region) - regions.start(region);
        long limit = Math.min(nextOffset + Math.max(batchBytes, pageBytes), regionEnd);
        long end = Math.max(endOffset, nextOffset + pageBytes);
        long to = nextOffset + pageBytes;
        while (to < limit && to < end && ledger.state(to / PAGE) == PageLedger.FRESH) {
            to += pageBytes;
        }
        long done =
                installer.install(
                        regions.toAddress(region, nextOffset), nextOffset, to - nextOffset);
        if (done > 0) {
            ledger.mark(nextOffset / PAGE, done / PAGE, PageLedger.INSTALLED);
            nextOffset += done;
            counters.add(PageCounter.BATCHES, 1);
            counters.add(PageCounter.BATCH_PAGES, done / PAGE);
            return done;
        }
        if (done == -Errno.EAGAIN) {
            counters.add(PageCounter.PUT_OFF, 1);
            return 0;
        }
        if (done == -Errno.EEXIST) {
            ledger.mark(nextOffset / PAGE, pageBytes / PAGE, PageLedger.INSTALLED);
            nextOffset += pageBytes;
            return 0;
        }
        counters.add(PageCounter.FAILED_CALLS, 1);
        lastErrno = (int) -done;
        nextOffset += pageBytes;
        return done;
    }
}
