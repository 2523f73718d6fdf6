package org.foreshape.journal;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.TailerDirection;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.foreshape.journal.codec.RecordHeaderDecoder;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Writes the journal: one record per event, with all that was decided on it. A record is built
 * whole outside the file and appended in one call, so that no failure leaves half of one behind.
 *
 * <p>One writer per directory. {@link #record} and {@link #endOfBatch} belong to one thread at a
 * time and allocate nothing once warm; {@link #close} may come from another thread after that.
 */
public final class JournalWriter implements Recorder, AutoCloseable {
    /** Room is reserved for at least so many of the longest records. */
    private static final int RECORDS_AHEAD_MIN = 16;

    private final JournalOptions options;
    private final Path directory;
    private final WriterLock lock;
    private final @Nullable String durabilityFault;
    private final RecordEncoder encoder;
    private final Bytes<ByteBuffer> view;

    private @Nullable SingleChronicleQueue queue;
    private @Nullable ExcerptAppender appender;
    private long runId;
    private long nextRecordSequence;
    private long writtenBytes;
    private @Nullable JournalKeeper keeper;
    private volatile @Nullable JournalRoom room;
    private final FileSync fileSync = new FileSync();
    private final IndexHold indexHold = new IndexHold();
    private boolean unsynced;
    private int cycle;
    private long endBytes;
    private @Nullable File file;
    private @Nullable File fileBefore;
    private long syncCount;
    private volatile boolean closed;

    private JournalWriter(
            JournalOptions options,
            Path directory,
            WriterLock lock,
            @Nullable String durabilityFault) {
        this.durabilityFault = durabilityFault;
        this.options = options;
        this.directory = directory;
        this.lock = lock;
        this.encoder = new RecordEncoder(options.vmCountMax());
        this.view = Bytes.wrapForRead(encoder.bytes());
        // Opened by one thread, used by the engine's: with assertions on, Bytes would refuse that.
        view.singleThreadedCheckDisabled(true);
    }

    /**
     * Opens a journal for a new run, making the directory where it is absent.
     *
     * @throws JournalException when the JVM lacks a flag, the directory cannot be written, another
     *     process writes it, or a newer program wrote it
     */
    public static JournalWriter open(JournalOptions options) {
        LaunchFlags.check();
        try {
            Path directory = Files.createDirectories(options.directory()).toRealPath();
            WriterLock lock = WriterLock.take(directory);
            try {
                String fault =
                        options.syncPolicy() == SyncPolicy.NONE ? null : SyncProbe.fault(directory);
                JournalWriter writer = new JournalWriter(options, directory, lock, fault);
                writer.openQueue();
                writer.runId++;
                return writer;
            } catch (RuntimeException | Error e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new JournalException(
                    "journal directory "
                            + options.directory()
                            + " cannot be written ("
                            + e
                            + "); make it writable for this user, or name another one",
                    e);
        }
    }

    /** Number of this run in the journal, from 1. */
    public long runId() {
        return runId;
    }

    /** Number that the next record gets. */
    public long nextRecordSequence() {
        return nextRecordSequence;
    }

    /**
     * Why no record survives a loss of power though the policy wants it, as found when the journal
     * was opened; null when it does, or when the policy is NONE.
     */
    public @Nullable String durabilityFault() {
        return durabilityFault;
    }

    /** Bytes of all records that were written since the journal was opened. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** How many times records were made durable. */
    public long syncCount() {
        JournalKeeper beside = keeper;
        return syncCount + (beside == null ? 0 : beside.syncCount());
    }

    /**
     * Appends the event. When it throws, nothing of the event is in the journal, and the next call
     * tries again from a sound state.
     *
     * @throws JournalException when the disk is full or the record cannot be written
     */
    @Override
    public void record(Tick tick) {
        if (tick.vmCountMax > options.vmCountMax()) {
            throw new JournalException(
                    "the event has room for "
                            + tick.vmCountMax
                            + " VMs, the journal was opened for "
                            + options.vmCountMax());
        }
        ExcerptAppender to = appender == null ? openQueue() : appender;
        JournalKeeper beside = Objects.requireNonNull(keeper, "the queue is open");
        IOException failure = beside.failure();
        if (failure != null) {
            throw notDurable(failure);
        }
        int lengthBytes = encoder.encode(tick, nextRecordSequence, runId, options.vmCountMax());
        makeRoom(to, lengthBytes);
        view.readPositionRemaining(0, lengthBytes);
        try {
            to.writeBytes(view);
        } catch (RuntimeException | Error e) {
            // HotSpot turns a SIGBUS on a full disk into an InternalError. What state the appender
            // is in after any failure is unknown: it is thrown away, and the next call looks for
            // the end of the journal afresh.
            closeQueue();
            throw new JournalException(
                    "journal "
                            + directory
                            + ": record "
                            + nextRecordSequence
                            + " could not be written ("
                            + e
                            + "); see whether the disk is full or gone",
                    e);
        }
        nextRecordSequence++;
        writtenBytes += lengthBytes;
        unsynced = true;
        endBytes = Documents.end(to);
        if (file == null || to.cycle() != cycle) {
            fileBefore = file;
            cycle = to.cycle();
            file = to.currentFile();
            beside.rolled(cycle, file);
            indexHold.release();
        }
        if (!indexHold.isComplete()) {
            indexHold.take(to);
        }
        beside.written(endBytes);
    }

    @Override
    public void endOfBatch() {
        if (options.syncPolicy() == SyncPolicy.BATCH) {
            sync();
        }
    }

    /** Makes all records durable, unless the policy is NONE, and gives the journal up. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (lock;
                fileSync) {
            if (options.syncPolicy() != SyncPolicy.NONE) {
                sync();
            }
            JournalRoom reserved = room;
            if (reserved != null) {
                reserved.leave(endBytes);
            }
        } catch (IOException e) {
            throw new JournalException("journal " + directory + " could not be closed: " + e, e);
        } finally {
            closeQueue();
            view.releaseLast();
        }
    }

    /** Syncs the file that is written, and the one before it where that was left since. */
    private void sync() {
        File current = file;
        if (!unsynced || current == null) {
            return;
        }
        try {
            File before = fileBefore;
            if (before != null) {
                fileSync.force(before);
                fileBefore = null;
            }
            fileSync.force(current);
        } catch (IOException e) {
            throw notDurable(e);
        }
        unsynced = false;
        syncCount++;
    }

    private JournalException notDurable(IOException cause) {
        return new JournalException(
                "journal "
                        + directory
                        + ": records cannot be made durable ("
                        + cause
                        + "); see whether the disk is full or gone",
                cause);
    }

    /** Nothing is written where no room is reserved: see {@link JournalRoom}. */
    private void makeRoom(ExcerptAppender to, int lengthBytes) {
        JournalRoom reserved = Objects.requireNonNull(room, "the queue is open");
        int inCycle = Objects.requireNonNull(queue, "the queue is open").cycle();
        long from = inCycle == to.cycle() ? endBytes : 0;
        long end = from + lengthBytes + JournalRoom.SLACK_BYTES;
        if (reserved.covers(inCycle, end)) {
            return;
        }
        try {
            if (inCycle != to.cycle()) {
                reserved.leave(endBytes);
            }
            reserved.enter(inCycle, from, end);
        } catch (IOException e) {
            throw new JournalException(
                    "journal "
                            + directory
                            + ": record "
                            + nextRecordSequence
                            + " has no room: "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * Why records that may be shed should be, or null while there is room: the disk is full, and
     * what is reserved is left to those that must not be lost. Ends by itself. Any thread.
     */
    public @Nullable String shortage() {
        JournalRoom reserved = room;
        if (reserved != null) {
            return reserved.shortage();
        }
        long usableBytes = directory.toFile().getUsableSpace();
        return closed || usableBytes >= options.freeBytesMin() + options.aheadBytes()
                ? null
                : "disk full: the file system of journal "
                        + directory
                        + " has "
                        + (usableBytes >> 20)
                        + " MiB left";
    }

    @Override
    public boolean hasRoom() {
        return shortage() == null;
    }

    private ExcerptAppender openQueue() {
        if (closed) {
            throw new JournalException("journal " + directory + " is closed");
        }
        try {
            JournalRoom.checkFloor(directory, options.freeBytesMin(), 0);
            SingleChronicleQueue opened = Documents.openForWriting(options, directory);
            queue = opened;
            opened.singleThreadedCheckDisabled(true);
            Documents.reserveMetadata(directory);
            Documents.freeAppendLock(opened);
            findEnd(opened);
            ExcerptAppender to = opened.createAppender();
            to.singleThreadedCheckDisabled(true);
            appender = to;
            endBytes = Documents.endOfLast(to);
            file = null;
            fileBefore = null;
            int longestBytes = RecordEncoder.bytesMax(options.vmCountMax());
            JournalRoom reserved =
                    new JournalRoom(
                            directory,
                            opened.rollCycle(),
                            options.freeBytesMin(),
                            Math.max(
                                    options.aheadBytes(), RECORDS_AHEAD_MIN * (long) longestBytes));
            room = reserved;
            makeRoom(to, longestBytes);
            boolean interval = options.syncPolicy() == SyncPolicy.INTERVAL;
            JournalKeeper beside =
                    new JournalKeeper(
                            opened,
                            new FileSync(),
                            reserved,
                            interval ? options.syncIntervalNs() : 0);
            beside.start();
            keeper = beside;
            return to;
        } catch (JournalException e) {
            closeQueue();
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            closeQueue();
            throw new JournalException(
                    "journal "
                            + directory
                            + " cannot be opened for writing ("
                            + e
                            + "); run `foreshape journal verify`, or use another directory",
                    e);
        }
    }

    /** Finds number and run of the last sound record; damaged ones behind it keep their numbers. */
    private void findEnd(SingleChronicleQueue opened) {
        RecordDecoder decoder = new RecordDecoder();
        try (ExcerptTailer tailer = opened.createTailer()) {
            tailer.direction(TailerDirection.BACKWARD).toEnd();
            for (long damaged = 0; Documents.read(tailer, decoder); damaged++) {
                if (decoder.check() != null) {
                    continue;
                }
                if (decoder.version() > RecordHeaderDecoder.SCHEMA_VERSION) {
                    throw new UnsupportedVersionException(
                            directory.toString(),
                            decoder.version(),
                            RecordHeaderDecoder.SCHEMA_VERSION);
                }
                nextRecordSequence = decoder.record().recordSequence() + 1 + damaged;
                runId = decoder.record().runId();
                return;
            }
        }
    }

    private void closeQueue() {
        appender = null;
        JournalKeeper beside = keeper;
        keeper = null;
        if (beside != null) {
            beside.close();
            syncCount += beside.syncCount();
        }
        SingleChronicleQueue open = queue;
        queue = null;
        if (open != null) {
            open.close();
        }
        JournalRoom reserved = room;
        room = null;
        if (reserved != null) {
            reserved.close();
        }
    }
}
