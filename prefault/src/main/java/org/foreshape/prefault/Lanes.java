package org.foreshape.prefault;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share the batches of one act: the act's own, which is lane 0, and helpers that wait
 * between batches. Where there is no helper nothing is started. A batch allocates nothing.
 */
final class Lanes implements AutoCloseable {
    /** One batch, cut by whoever runs it. */
    interface Work {
        /** Does a share of the batch; returns when none is left. */
        void run(int lane);
    }

    private final Thread[] helpers;
    private final Thread owner = Thread.currentThread();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private @Nullable Work work;
    private final AtomicInteger round = new AtomicInteger();
    private volatile boolean isClosed;

    /**
     * Starts the helpers.
     *
     * @param count lanes, 1 or more
     */
    Lanes(int count) {
        helpers = new Thread[count - 1];
        for (int i = 0; i < helpers.length; i++) {
            int lane = i + 1;
            helpers[i] =
                    Thread.ofPlatform()
                            .name("prefault-lane-" + lane)
                            .daemon()
                            .start(() -> help(lane));
        }
    }

    /** How many lanes there are. */
    int count() {
        return helpers.length + 1;
    }

    /** Runs a batch on all lanes and waits for them. Only for the thread that made this. */
    void run(Work batch) {
        if (helpers.length == 0) {
            batch.run(0);
            return;
        }
        work = batch;
        running.set(helpers.length);
        round.incrementAndGet();
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        try {
            batch.run(0);
        } finally {
            boolean isInterrupted = false;
            while (running.get() > 0) {
                LockSupport.park(this);
                // An interrupted thread does not park; the act sees the flag after the batch.
                isInterrupted |= Thread.interrupted();
            }
            if (isInterrupted) {
                owner.interrupt();
            }
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("a helper of the act failed", failed);
        }
    }

    private void help(int lane) {
        int seen = 0;
        while (!isClosed) {
            if (round.get() == seen) {
                LockSupport.park(this);
                continue;
            }
            seen = round.get();
            try {
                Work batch = work;
                if (batch != null) {
                    batch.run(lane);
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                if (running.decrementAndGet() == 0) {
                    LockSupport.unpark(owner);
                }
            }
        }
    }

    /** Ends the helpers and waits for them. */
    @Override
    public void close() {
        isClosed = true;
        boolean isInterrupted = false;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
