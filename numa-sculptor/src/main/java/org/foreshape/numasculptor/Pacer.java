package org.foreshape.numasculptor;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Keeps an act at its pace and within its time. One thread; allocates nothing. */
final class Pacer {
    private static final long NAP_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final StopToken stop;
    private final long deadlineNs;
    private final long bytesPerSecond;
    private long startNs;
    private long bytes;
    private long pausedNs;

    /** A pacer; 0 bytes per second means no limit. */
    Pacer(StopToken stop, long deadlineNs, long bytesPerSecond) {
        this.stop = stop;
        this.deadlineNs = deadlineNs;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Starts the account of a step. */
    void begin() {
        startNs = System.nanoTime();
        bytes = 0;
        pausedNs = 0;
    }

    boolean isOver() {
        return stop.isStopped()
                || Thread.currentThread().isInterrupted()
                || System.nanoTime() - deadlineNs >= 0;
    }

    /** Notes work done and sleeps until it is within the pace, or the act is over. */
    void worked(long workedBytes) {
        bytes += workedBytes;
        if (bytesPerSecond == 0) {
            return;
        }
        long dueNs = startNs + (long) (bytes * 1e9 / bytesPerSecond);
        long fromNs = System.nanoTime();
        for (long leftNs = dueNs - fromNs; leftNs > 0 && !isOver(); ) {
            LockSupport.parkNanos(Math.min(leftNs, NAP_NS));
            leftNs = dueNs - System.nanoTime();
        }
        pausedNs += System.nanoTime() - fromNs;
    }

    long elapsedNs() {
        return System.nanoTime() - startNs;
    }

    long pausedNs() {
        return pausedNs;
    }
}
