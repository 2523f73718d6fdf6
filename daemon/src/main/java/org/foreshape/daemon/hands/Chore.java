package org.foreshape.daemon.hands;

import java.util.concurrent.locks.LockSupport;
import org.foreshape.ring.DistinctErrors;
import org.jspecify.annotations.Nullable;

/**
 * A thread that does one thing again and again, at low rate, beside the engine. What it throws is
 * recorded and the next turn comes as usual.
 */
public final class Chore implements AutoCloseable {
    private static final long CLOSE_WAIT_MS = 1_000;

    private final String name;
    private final long periodNs;
    private final Runnable turn;
    private final DistinctErrors errors;
    private volatile boolean ended;
    private volatile boolean hastened;
    private @Nullable Thread thread;

    /**
     * A thread that is not started yet.
     *
     * @param name of the thread
     * @param periodNs from the start of one turn to the next
     * @param turn what it does
     * @param errors takes what a turn throws
     */
    public Chore(String name, long periodNs, Runnable turn, DistinctErrors errors) {
        this.name = name;
        this.periodNs = periodNs;
        this.turn = turn;
        this.errors = errors;
    }

    /** Starts the thread, once. A platform thread: libvirt keeps its last error per native one. */
    public synchronized void start() {
        if (thread == null && !ended) {
            thread = Thread.ofPlatform().daemon().name(name).start(this::run);
        }
    }

    /** Lets the next turn come at once. Any thread; takes no lock. */
    public void hasten() {
        hastened = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!ended) {
            hastened = false;
            long dueNs = System.nanoTime() + periodNs;
            try {
                turn.run();
            } catch (RuntimeException e) {
                errors.record(name, e);
            }
            for (long left = dueNs - System.nanoTime();
                    left > 0 && !hastened && !ended;
                    left = dueNs - System.nanoTime()) {
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    break;
                }
            }
        }
    }

    /** Ends it, interrupts what is under way and waits up to a second. Idempotent. */
    @Override
    public void close() {
        Thread ending;
        synchronized (this) {
            ended = true;
            ending = thread;
        }
        if (ending == null) {
            return;
        }
        ending.interrupt();
        try {
            ending.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
