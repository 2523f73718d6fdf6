package org.foreshape.prefault;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.prefault.PrefaultReport.Stop;

/**
 * Says before each batch whether to go on, and after it waits for the pace. Allocates nothing. One
 * thread, but for {@link #during}.
 */
final class ActControl implements AutoCloseable {
    private static final long MIB = 1 << 20;

    /** A wait is cut into these, so that a cancel is seen soon. */
    private static final long WAIT_NS = 10_000_000;

    private final PrefaultRequest request;
    private final PrefaultCancel cancel;
    private final HostMemory host;
    private final int laneCount;
    private final long startNs = System.nanoTime();
    private long batchStartNs = startNs;
    private long doneBytes;
    private long waitUntilNs = startNs;

    ActControl(PrefaultRequest request, PrefaultCancel cancel, HostMemory host) {
        this.request = request;
        this.cancel = cancel;
        this.host = host;
        this.laneCount =
                (int)
                        Math.min(
                                Math.ceil(request.cpuShareMax()),
                                Runtime.getRuntime().availableProcessors());
    }

    /** How many threads the act may use, 1 or more. */
    int laneCount() {
        return laneCount;
    }

    /**
     * Waits for the pace and checks all limits.
     *
     * @param chargeBytes what the next batch takes of the host's memory at most
     * @return DONE: go on; else why not
     */
    Stop before(long chargeBytes) throws IOException {
        for (long left = waitUntilNs - System.nanoTime();
                left > 0 && !isCancelled();
                left = waitUntilNs - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, WAIT_NS));
        }
        if (isCancelled()) {
            return Stop.CANCELLED;
        }
        batchStartNs = System.nanoTime();
        if (request.withinNs() > 0 && batchStartNs - startNs >= request.withinNs()) {
            return Stop.DEADLINE;
        }
        host.refresh();
        return host.availableBytes() - chargeBytes < request.hostReserveBytes()
                ? Stop.HOST_MEMORY
                : Stop.DONE;
    }

    /**
     * Whether the act must end in the middle of a batch. Any thread of the act.
     *
     * @return DONE: go on; else CANCELLED or DEADLINE
     */
    Stop during() {
        if (isCancelled()) {
            return Stop.CANCELLED;
        }
        return request.withinNs() > 0 && System.nanoTime() - startNs >= request.withinNs()
                ? Stop.DEADLINE
                : Stop.DONE;
    }

    /** The same for memory that comes from the pool of huge pages and not from the host's rest. */
    Stop beforePool(long chargeBytes) throws IOException {
        Stop stop = before(0);
        return stop == Stop.DONE && host.poolFreeBytes() < chargeBytes ? Stop.HOST_MEMORY : stop;
    }

    /** Counts a batch and decides when the next may begin. */
    void after(long bytes) {
        doneBytes += bytes;
        long nowNs = System.nanoTime();
        // The time of the batch stands for the CPU of each of its threads: it is never less.
        double excess = Math.max(0, laneCount / request.cpuShareMax() - 1);
        long shareNs = (long) ((nowNs - batchStartNs) * excess);
        long paceNs =
                request.mibPerSecondMax() == 0
                        ? startNs
                        : startNs
                                + (long)
                                        ((double) doneBytes
                                                / MIB
                                                / request.mibPerSecondMax()
                                                * 1e9);
        waitUntilNs = Math.max(nowNs + shareNs, paceNs);
    }

    /** What the host has available, as of the last check. */
    long availableBytes() {
        return host.availableBytes();
    }

    /** Bytes per batch: at most so many, and at a slow pace no more than a quarter second's. */
    long batchBytes(long bytesMax, long bytesMin) {
        long paced =
                request.mibPerSecondMax() == 0 ? bytesMax : request.mibPerSecondMax() * MIB / 4;
        return Math.clamp(paced, bytesMin, bytesMax) / bytesMin * bytesMin;
    }

    private boolean isCancelled() {
        return cancel.isCancelled() || Thread.currentThread().isInterrupted();
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
