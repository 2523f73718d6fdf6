package org.foreshape.prefault;

import java.util.concurrent.atomic.AtomicInteger;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.RemotePages;
import org.foreshape.prefault.PrefaultReport.Stop;

/**
 * Reads one byte at each address of a batch, by all lanes. What failed first is kept for the act's
 * thread. Made once for an act; a batch allocates nothing.
 */
final class TouchWork implements Lanes.Work {
    /** So many shares per lane, so that a lane that lost its CPU does not hold up the others. */
    private static final int SHARES_PER_LANE = 16;

    private final RemotePages[] ofLane;
    private final ActControl control;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failedIndex = new AtomicInteger();
    private long[] addresses = {};
    private int from;
    private int count;
    private int share;
    private volatile int result;
    private volatile Stop stop = Stop.DONE;

    /**
     * Stores whose pages are read.
     *
     * @param ofLane a handle of the process for each lane, as one is for one thread
     */
    TouchWork(RemotePages[] ofLane, ActControl control) {
        this.ofLane = ofLane;
        this.control = control;
    }

    /**
     * Says what the next batch is.
     *
     * @param isEachLong whether one read takes the kernel long, as that of a huge page does: then
     *     lanes take one at a time, so that they end together
     */
    void set(long[] batch, int first, int size, boolean isEachLong) {
        addresses = batch;
        from = first;
        count = size;
        int even = isEachLong ? 1 : size / (ofLane.length * SHARES_PER_LANE);
        share = ofLane.length == 1 ? size : Math.clamp(even, 1, RemotePages.TOUCH_COUNT_MAX);
        next.set(0);
        calls.set(0);
        failedIndex.set(-1);
        result = 0;
        stop = Stop.DONE;
    }

    @Override
    public void run(int lane) {
        RemotePages pages = ofLane[lane];
        while (true) {
            int at = next.getAndAdd(share);
            if (at >= count) {
                return;
            }
            if (!read(pages, at, Math.min(count, at + share))) {
                // The others find nothing left.
                next.set(count);
                return;
            }
        }
    }

    private boolean read(RemotePages pages, int start, int end) {
        int at = start;
        while (at < end) {
            Stop early = control.during();
            if (early != Stop.DONE) {
                stop = early;
                return false;
            }
            int size = Math.min(RemotePages.TOUCH_COUNT_MAX, end - at);
            int read = pages.touch(addresses, from + at, size);
            calls.incrementAndGet();
            if (read <= 0) {
                if (failedIndex.compareAndSet(-1, from + at)) {
                    // Nothing read and no error cannot be: it is taken for an address not mapped.
                    result = read == 0 ? -Errno.EFAULT : read;
                }
                return false;
            }
            at += read;
        }
        return true;
    }

    int calls() {
        return calls.get();
    }

    /** DONE, or why a lane ended in the middle. */
    Stop stop() {
        return stop;
    }

    /** 0, or the negated error number of the first call that failed. */
    int result() {
        return result;
    }

    /** The address at which it failed. */
    long failedAddress() {
        return addresses[failedIndex.get()];
    }
}
