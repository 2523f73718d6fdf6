package org.foreshape.journal;

import java.nio.file.Path;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.TailerDirection;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.foreshape.journal.codec.RecordHeaderDecoder;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal from its first record on, also while a process writes it: at the end {@link
 * #advance} is false and may be called again later. Never changes a file. One thread at a time.
 *
 * <p>What tells about the present record ({@link #recordSequence} to {@link #place}) may be asked
 * only after an {@link #advance} that was true.
 */
public final class JournalReader implements AutoCloseable {
    private final Path directory;
    private final SingleChronicleQueue queue;
    private final ExcerptTailer tailer;
    private final RecordDecoder decoder = new RecordDecoder();

    private long expectedSequence = -1;
    private boolean pending;

    private JournalReader(Path directory, SingleChronicleQueue queue, ExcerptTailer tailer) {
        this.directory = directory;
        this.queue = queue;
        this.tailer = tailer;
    }

    /**
     * Opens a journal before its first record.
     *
     * @throws JournalException when the JVM lacks a flag or there is no journal
     */
    public static JournalReader open(Path directory) {
        LaunchFlags.check();
        SingleChronicleQueue queue = null;
        try {
            queue = Documents.openForReading(directory);
            ExcerptTailer tailer = queue.createTailer();
            tailer.singleThreadedCheckDisabled(true);
            queue.singleThreadedCheckDisabled(true);
            return new JournalReader(directory, queue, tailer);
        } catch (JournalException e) {
            throw e;
        } catch (RuntimeException e) {
            if (queue != null) {
                queue.close();
            }
            throw new JournalException("journal " + directory + " cannot be read: " + e, e);
        }
    }

    /**
     * How many records a journal has, by the numbers of its first and its last sound one.
     *
     * @throws JournalException when the JVM lacks a flag or there is no journal
     */
    public static long recordCount(Path directory) {
        try (JournalReader reader = open(directory)) {
            long last = reader.soundSequence(TailerDirection.BACKWARD);
            return last < 0 ? 0 : last - reader.soundSequence(TailerDirection.FORWARD) + 1;
        }
    }

    /** Number of the first sound record from one end on, or -1. */
    private long soundSequence(TailerDirection direction) {
        tailer.direction(direction);
        if (direction == TailerDirection.BACKWARD) {
            tailer.toEnd();
        } else {
            tailer.toStart();
        }
        while (Documents.read(tailer, decoder)) {
            if (decoder.check() == null) {
                return decoder.version() > RecordHeaderDecoder.SCHEMA_VERSION
                        ? -1
                        : recordSequence();
            }
        }
        return -1;
    }

    /** The journal's directory. */
    public Path directory() {
        return directory;
    }

    /**
     * Goes to the next record and checks it.
     *
     * @return false at the end
     * @throws CorruptRecordException when the record is not what was written, or records are
     *     missing before it. Where the exception is {@link CorruptRecordException#passable}, the
     *     next call goes on behind the damage.
     * @throws UnsupportedVersionException when a newer program wrote the record
     */
    public boolean advance() {
        if (pending) {
            pending = false;
            return true;
        }
        boolean present;
        try {
            present = Documents.read(tailer, decoder);
        } catch (RuntimeException | Error e) {
            throw damaged("its frame cannot be read: " + e, false, e);
        }
        if (!present) {
            return false;
        }
        String fault = decoder.check();
        if (fault != null) {
            CorruptRecordException damage = damaged(fault, true, null);
            if (expectedSequence >= 0) {
                expectedSequence++;
            }
            throw damage;
        }
        if (decoder.version() > RecordHeaderDecoder.SCHEMA_VERSION) {
            throw new UnsupportedVersionException(
                    directory.toString(), decoder.version(), RecordHeaderDecoder.SCHEMA_VERSION);
        }
        long before = expectedSequence;
        expectedSequence = recordSequence() + 1;
        if (before >= 0 && before != recordSequence()) {
            pending = true;
            throw new CorruptRecordException(
                    directory.toString(),
                    place(),
                    "it follows record " + (before - 1) + ", the records between are missing",
                    true,
                    true,
                    null);
        }
        return true;
    }

    /**
     * Goes to the next record and reads it.
     *
     * @param into an event with room for {@link #vmCountMax} VMs; its event, forecast and plan are
     *     set to what was recorded
     * @return false at the end
     */
    public boolean next(Tick into) {
        if (!advance()) {
            return false;
        }
        read(into);
        return true;
    }

    /** Reads the record that was advanced to: the event, its forecast and its plan. */
    public void read(Tick into) {
        checkRoom(into);
        try {
            decoder.decode(into);
        } catch (RuntimeException e) {
            throw damaged("it cannot be taken apart: " + e.getMessage(), true, e);
        }
    }

    /** Reads the event alone, leaving forecast and plan empty, as a producer would publish it. */
    public void readEvent(Tick into) {
        checkRoom(into);
        try {
            decoder.decodeEvent(into);
        } catch (RuntimeException e) {
            throw damaged("it cannot be taken apart: " + e.getMessage(), true, e);
        }
    }

    /** Number of the record in the journal. */
    public long recordSequence() {
        return decoder.record().recordSequence();
    }

    /** Number of the record's run in the journal, from 1. */
    public long runId() {
        return decoder.record().runId();
    }

    /** Number of the event in its run. */
    public long eventSequence() {
        return decoder.record().eventSequence();
    }

    /** Version of the format in which the record was written. */
    public int version() {
        return decoder.version();
    }

    /** Engine time of the event. */
    public long timeNs() {
        return decoder.record().timeNs();
    }

    /** What the event tells. */
    public EventKind kind() {
        return EventKind.of(decoder.record().kind());
    }

    /** Most VMs of the record's run: the room that an event needs to be read into. */
    public int vmCountMax() {
        return decoder.record().vmCountMax();
    }

    /** Where the record lies. */
    public Place place() {
        return new Place(Documents.fileName(tailer), tailer.lastReadIndex(), recordSequence());
    }

    /** The record that was advanced to, as it was written. */
    RecordDecoder decoder() {
        return decoder;
    }

    /** Whether the reader stands in the newest file, where the end of the journal must be. */
    boolean inLastFile() {
        queue.refreshDirectoryListing();
        return tailer.cycle() >= queue.lastCycle();
    }

    /** Place of a record that is missing or unreadable behind the last one read. */
    Place placeBehind() {
        return new Place(Documents.fileName(tailer), tailer.index(), Math.max(expectedSequence, 0));
    }

    @Override
    public void close() {
        tailer.close();
        queue.close();
    }

    private void checkRoom(Tick into) {
        if (into.vmCountMax < vmCountMax()) {
            throw new IllegalArgumentException(
                    "the run was recorded with room for "
                            + vmCountMax()
                            + " VMs, the event to read into has room for "
                            + into.vmCountMax);
        }
    }

    private CorruptRecordException damaged(
            String reason, boolean passable, @Nullable Throwable cause) {
        Place place =
                passable
                        ? new Place(
                                Documents.fileName(tailer),
                                tailer.lastReadIndex(),
                                Math.max(expectedSequence, 0))
                        : placeBehind();
        return new CorruptRecordException(
                directory.toString(), place, reason, passable, false, cause);
    }
}
