package org.foreshape.journal;

import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.openhft.chronicle.bytes.MappedBytes;
import net.openhft.chronicle.bytes.MappedBytesStore;
import net.openhft.chronicle.bytes.MappedFile;
import net.openhft.chronicle.core.io.ReferenceOwner;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueStore;
import org.jspecify.annotations.Nullable;

/**
 * Does beside the writer's thread what would make it wait or allocate: reserves room on the disk,
 * maps the next block of the journal's file before the writer gets there, unmaps those it has left,
 * and makes records durable at an interval.
 *
 * <p>Chronicle shares the mappings of a file between all users of a queue. A block that this class
 * holds is therefore found by the writer without a system call and without a new object; the last
 * to let go of it unmaps it, and that is this class too.
 */
final class JournalKeeper implements AutoCloseable {
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long CLOSE_LIMIT_MS = 5_000;
    private static final int NO_CYCLE = Integer.MIN_VALUE;

    private final ReferenceOwner owner = ReferenceOwner.temporary("journal keeper");
    private final SingleChronicleQueue queue;
    private final FileSync fileSync;
    private final JournalRoom room;
    private final long syncIntervalNs;
    private final Thread thread;

    private volatile int writtenCycle = NO_CYCLE;
    private volatile @Nullable File writtenFile;
    private volatile long writtenCount;
    private volatile long writtenEnd;
    private volatile long syncCount;
    private volatile @Nullable IOException failure;
    private volatile boolean closed;

    private int heldCycle = NO_CYCLE;
    private @Nullable SingleChronicleQueueStore store;
    private @Nullable MappedBytes bytes;
    private final @Nullable MappedBytesStore[] blocks = new @Nullable MappedBytesStore[2];
    private @Nullable File syncedFile;
    private long syncedCount;
    private long syncNanoTime = System.nanoTime();

    /**
     * Starts at {@link #start}.
     *
     * @param room is kept ahead of the writer
     * @param syncIntervalNs between two syncs; 0 when this class shall not sync
     */
    JournalKeeper(
            SingleChronicleQueue queue, FileSync fileSync, JournalRoom room, long syncIntervalNs) {
        this.queue = queue;
        this.fileSync = fileSync;
        this.room = room;
        this.syncIntervalNs = syncIntervalNs;
        this.thread = Thread.ofPlatform().daemon().name("journal-keeper").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Tells in which file the next records lie. Writer only. */
    void rolled(int cycle, @Nullable File file) {
        writtenFile = file;
        writtenCycle = cycle;
    }

    /** Tells that a record was written, and where in its file it ends. Writer only. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One writer; it has only to be seen.
    void written(long endBytes) {
        writtenEnd = endBytes;
        writtenCount++;
    }

    /**
     * Why records cannot be made durable now, or null while all is well. After a failure it is
     * tried again with each look, and forgotten with the first success.
     */
    @Nullable IOException failure() {
        return failure;
    }

    long syncCount() {
        return syncCount;
    }

    /** Ends the thread and lets go of the mappings. Syncs nothing: the writer does that. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        try {
            thread.join(CLOSE_LIMIT_MS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed) {
                long countBefore = writtenCount;
                int cycle = writtenCycle;
                if (cycle != NO_CYCLE) {
                    room.keep(cycle, writtenEnd);
                    keepAhead(cycle);
                    syncWhenDue(countBefore);
                }
                LockSupport.parkNanos(this, LOOK_NS);
            }
        } finally {
            release();
            closeFile();
        }
    }

    private void closeFile() {
        try {
            fileSync.close();
        } catch (IOException e) {
            failure = e;
        }
    }

    /** A failure here costs the writer its head start and no more: it maps for itself then. */
    private void keepAhead(int cycle) {
        try {
            if (cycle != heldCycle) {
                hold(cycle);
            }
            SingleChronicleQueueStore current = store;
            MappedBytes from = bytes;
            if (current == null || from == null) {
                return;
            }
            MappedFile file = from.mappedFile();
            long block = current.writePosition() / file.chunkSize();
            long next = (block + 1) * file.chunkSize();
            MappedBytesStore ahead = blocks[1];
            if (ahead == null || ahead.start() != next) {
                MappedBytesStore mapped = file.acquireByteStore(owner, next);
                letGo(0);
                blocks[0] = ahead;
                blocks[1] = mapped;
            }
        } catch (IOException | RuntimeException e) {
            release();
        }
    }

    private void hold(int cycle) {
        release();
        SingleChronicleQueueStore opened = queue.storeForCycle(cycle, queue.epoch(), false, null);
        if (opened != null) {
            store = opened;
            bytes = opened.bytes();
            heldCycle = cycle;
        }
    }

    private void syncWhenDue(long count) {
        File file = writtenFile;
        if (syncIntervalNs <= 0 || file == null || count == syncedCount) {
            return;
        }
        long nowNs = System.nanoTime();
        if (nowNs - syncNanoTime < syncIntervalNs) {
            return;
        }
        try {
            File before = syncedFile;
            if (before != null && !before.equals(file)) {
                // The writer has left that file since: nobody would sync it again.
                fileSync.force(before);
            }
            fileSync.force(file);
            syncedFile = file;
            syncedCount = count;
            syncNanoTime = nowNs;
            failure = null;
            counted();
        } catch (IOException e) {
            failure = e;
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // This thread is the only one that counts.
    private void counted() {
        syncCount++;
    }

    private void letGo(int index) {
        MappedBytesStore held = blocks[index];
        blocks[index] = null;
        if (held != null) {
            held.release(owner);
        }
    }

    private void release() {
        letGo(0);
        letGo(1);
        MappedBytes openBytes = bytes;
        bytes = null;
        if (openBytes != null) {
            openBytes.releaseLast();
        }
        SingleChronicleQueueStore openStore = store;
        store = null;
        heldCycle = NO_CYCLE;
        if (openStore != null) {
            queue.closeStore(openStore);
        }
    }
}
