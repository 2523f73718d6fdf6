package org.foreshape.hypervisor.libvirt;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.foreshape.ring.DistinctErrors;
import org.jspecify.annotations.Nullable;

/**
 * Runs rounds, each on its own schedule and never two of the same entry at once, on a few platform
 * threads (libvirt keeps its last error per native thread).
 *
 * <p>A round may hang in a libvirt call for minutes. {@link #supervise} then gives it up: its
 * thread no longer counts and another takes its place, up to a bound. When the call returns after
 * all, the thread serves again or ends if it is one too many. Any thread may call the methods; none
 * waits for a round.
 */
final class RoundPool implements AutoCloseable {
    /** A due time that never comes: the entry rests until it is hastened. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long CLOSE_WAIT_NS = 700_000_000;
    private static final long AFTER_FAULT_NS = 1_000_000_000;

    private final int workerCount;
    private final int workerCountMax;
    private final long deadlineNs;
    private final DistinctErrors errors;
    private final long originNs = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private @Nullable Worker timekeeper;
    private long timekeeperDueNs;
    private int startedCount;
    private boolean closed;

    /** What is done again and again. */
    @FunctionalInterface
    interface Round {
        /**
         * Does it once.
         *
         * @return time of this pool at which it is due again, or {@link #NEVER}
         */
        long run();
    }

    /** A round in its schedule. */
    static final class Entry {
        private final Round round;
        private long dueNs;
        private long hastenedNs = NEVER;
        private boolean busy;

        private Entry(Round round, long dueNs) {
            this.round = round;
            this.dueNs = dueNs;
        }
    }

    /**
     * A pool without threads; {@link #start} starts them.
     *
     * @param workerCount threads that serve
     * @param workerCountMax threads at most, those that hang included
     * @param deadlineNs time after which a round counts as hung
     * @param errors takes what a round throws; the round is tried again after a second
     */
    RoundPool(int workerCount, int workerCountMax, long deadlineNs, DistinctErrors errors) {
        this.workerCount = workerCount;
        this.workerCountMax = workerCountMax;
        this.deadlineNs = deadlineNs;
        this.errors = errors;
    }

    /** Time of this pool, from 0 at its making. */
    long nowNs() {
        return System.nanoTime() - originNs;
    }

    void start() {
        lock.lock();
        try {
            while (!closed && workers.size() < workerCount) {
                startWorker();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds a round that is due at a time of this pool. */
    Entry add(Round round, long dueNs) {
        Entry entry = new Entry(round, dueNs);
        lock.lock();
        try {
            entries.add(entry);
            changed.signal();
            wakeTimekeeper();
        } finally {
            lock.unlock();
        }
        return entry;
    }

    /** Never starts this round again. One that is under way goes on. */
    void remove(Entry entry) {
        lock.lock();
        try {
            entries.remove(entry);
        } finally {
            lock.unlock();
        }
    }

    /** Makes a round due at a time unless it is due before that. */
    void hasten(Entry entry, long dueNs) {
        lock.lock();
        try {
            if (entry.busy) {
                entry.hastenedNs = Math.min(entry.hastenedNs, dueNs);
            } else if (dueNs < entry.dueNs) {
                entry.dueNs = dueNs;
                wakeTimekeeper();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives up on rounds that are over their deadline. Call it a few times a second. */
    void supervise() {
        lock.lock();
        try {
            long nowNs = nowNs();
            for (Worker worker : workers) {
                if (worker.entry != null && nowNs - worker.startNs > deadlineNs) {
                    worker.hung = true;
                }
            }
            while (!closed && servingCount() < workerCount && workers.size() < workerCountMax) {
                startWorker();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Rounds that hang now. */
    int hungCount() {
        lock.lock();
        try {
            return workers.size() - servingCount();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the threads. Idempotent, takes about a second at most; a round that hangs is left behind
     * on its daemon thread, which ends with it.
     */
    @Override
    public void close() {
        List<Worker> ending;
        lock.lock();
        try {
            closed = true;
            entries.clear();
            changed.signalAll();
            ending = List.copyOf(workers);
        } finally {
            lock.unlock();
        }
        long endNs = System.nanoTime() + CLOSE_WAIT_NS;
        for (Worker worker : ending) {
            try {
                worker.thread.join(Math.max(1, (endNs - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private int servingCount() {
        int count = 0;
        for (Worker worker : workers) {
            if (!worker.hung) {
                count++;
            }
        }
        return count;
    }

    private void startWorker() {
        Worker worker = new Worker(startedCount++);
        workers.add(worker);
        worker.thread.start();
    }

    private void wakeTimekeeper() {
        if (timekeeper != null) {
            timekeeper = null;
            changed.signalAll();
        }
    }

    /** Waits for a round to be due; null: the thread is to end. Holds the lock. */
    private @Nullable Entry take(Worker self) throws InterruptedException {
        while (!closed) {
            Entry next = null;
            for (Entry entry : entries) {
                if (!entry.busy && (next == null || entry.dueNs < next.dueNs)) {
                    next = entry;
                }
            }
            long waitNs = next == null ? NEVER : next.dueNs - nowNs();
            if (next != null && waitNs <= 0) {
                next.busy = true;
                changed.signal();
                return next;
            }
            if (next == null
                    || next.dueNs == NEVER
                    || (timekeeper != null && next.dueNs >= timekeeperDueNs)) {
                changed.await();
            } else {
                // One thread watches the clock for all, so that a due time wakes one and not
                // eight. Who knows of an earlier time takes over.
                timekeeper = self;
                timekeeperDueNs = next.dueNs;
                try {
                    changed.await(waitNs, TimeUnit.NANOSECONDS);
                } finally {
                    if (timekeeper == self) {
                        timekeeper = null;
                    }
                }
            }
        }
        return null;
    }

    private final class Worker implements Runnable {
        private final Thread thread;
        private @Nullable Entry entry;
        private long startNs;
        private boolean hung;

        Worker(int number) {
            this.thread =
                    Thread.ofPlatform()
                            .daemon()
                            .name("foreshape-libvirt-" + number)
                            .unstarted(this);
        }

        @Override
        public void run() {
            lock.lock();
            try {
                Entry next = take(this);
                while (next != null) {
                    serve(next);
                    if (servingCount() > workerCount) {
                        break;
                    }
                    next = take(this);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                workers.remove(this);
                changed.signal();
                lock.unlock();
            }
        }

        private void serve(Entry next) {
            entry = next;
            startNs = nowNs();
            lock.unlock();
            long dueNs = NEVER;
            try {
                dueNs = next.round.run();
            } catch (RuntimeException e) {
                errors.record("libvirt round", e);
                dueNs = nowNs() + AFTER_FAULT_NS;
            } finally {
                lock.lock();
                entry = null;
                hung = false;
                next.dueNs = Math.min(dueNs, next.hastenedNs);
                next.hastenedNs = NEVER;
                next.busy = false;
            }
        }
    }
}
