package org.foreshape.daemon.engine;

import java.util.concurrent.locks.StampedLock;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;

/**
 * Keeps the latest sample with its forecast and plan where other threads can read it.
 *
 * <p>The engine's thread writes at most every 100 ms and never waits: readers take optimistic
 * stamps only, and read again when a write came between. The copy is made without garbage.
 */
final class SnapshotBoard implements Learner {
    private static final long WRITE_PERIOD_NS = 100_000_000;

    private final StampedLock lock = new StampedLock();
    private final Tick board;
    private long writtenNanoTime;
    private boolean written;

    SnapshotBoard(int vmCountMax) {
        board = new Tick(vmCountMax);
    }

    @Override
    public void learn(Tick tick) {
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        long nowNs = tick.publishedNanoTime;
        if (written && nowNs - writtenNanoTime < WRITE_PERIOD_NS) {
            return;
        }
        long stamp = lock.tryWriteLock();
        if (stamp == 0) {
            return; // Cannot be: there is one writer. The next sample writes.
        }
        try {
            Snapshot.copy(tick, board);
            writtenNanoTime = nowNs;
            written = true;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** The latest sample, as an event of the reader's own; empty before the first one. */
    Tick read() {
        Tick copy = new Tick(board.vmCountMax);
        readInto(copy);
        return copy;
    }

    /** As {@link #read}, into an event that the reader uses again. */
    void readInto(Tick copy) {
        while (true) {
            long stamp = lock.tryOptimisticRead();
            if (stamp != 0) {
                Snapshot.copy(board, copy);
                if (lock.validate(stamp)) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }
}
