package org.foreshape.prefault;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.foreshape.nativebindings.linux.SharedFile;

/**
 * Allocates pieces of a memory file, by all lanes. What failed first is kept for the act's thread.
 * Made once for an act; a batch allocates nothing.
 */
final class PopulateWork implements Lanes.Work {
    private final SharedFile file;
    private final ActControl control;
    private final long[] offsets;
    private final long[] lengths;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failedPiece = new AtomicInteger();
    private final AtomicLong doneBytes = new AtomicLong();
    private int count;
    private volatile int result;

    PopulateWork(SharedFile file, ActControl control, int piecesMax) {
        this.file = file;
        this.control = control;
        this.offsets = new long[piecesMax];
        this.lengths = new long[piecesMax];
    }

    /** Begins a batch. */
    void clear() {
        count = 0;
        next.set(0);
        calls.set(0);
        failedPiece.set(-1);
        doneBytes.set(0);
        result = 0;
    }

    /** Adds a piece, which one lane does in one call. */
    void add(long offset, long length) {
        offsets[count] = offset;
        lengths[count++] = length;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == offsets.length;
    }

    @Override
    public void run(int lane) {
        while (control.during() == PrefaultReport.Stop.DONE) {
            int piece = next.getAndIncrement();
            if (piece >= count) {
                return;
            }
            int failed = file.populate(offsets[piece], lengths[piece]);
            calls.incrementAndGet();
            if (failed < 0) {
                if (failedPiece.compareAndSet(-1, piece)) {
                    result = failed;
                }
                next.set(count);
                return;
            }
            doneBytes.addAndGet(lengths[piece]);
        }
    }

    int calls() {
        return calls.get();
    }

    /** What is allocated now. */
    long doneBytes() {
        return doneBytes.get();
    }

    /** 0, or the negated error number of the first call that failed. */
    int result() {
        return result;
    }

    /** Where that was in the file. */
    long failedOffset() {
        return offsets[failedPiece.get()];
    }
}
