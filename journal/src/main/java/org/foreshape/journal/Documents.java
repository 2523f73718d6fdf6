package org.foreshape.journal;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.queue.rollcycles.TestRollCycles;
import net.openhft.chronicle.threads.Pauser;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import net.openhft.chronicle.wire.Wires;
import org.agrona.BufferUtil;
import org.foreshape.nativebindings.linux.FileSpace;

/** The few ways in which this room touches Chronicle Queue. */
final class Documents {
    /** Made by Chronicle with the first opening for writing. */
    static final String METADATA_FILE = "metadata.cq4t";

    private Documents() {}

    static SingleChronicleQueue openForWriting(JournalOptions options, Path directory) {
        // Chronicle takes no document above a quarter of the block.
        long recordBytesMax = 4L * RecordEncoder.bytesMax(options.vmCountMax());
        long blockBytes = Math.max(options.blockSizeBytes(), recordBytesMax);
        return SingleChronicleQueueBuilder.binary(directory)
                .blockSize(Long.highestOneBit(2 * blockBytes - 1))
                .rollCycle(cycle(options.rollPeriod()))
                // Chronicle's own syncs would run on the writer's thread: see JournalKeeper.
                .syncMode(SyncMode.NONE)
                .build();
    }

    /**
     * Frees Chronicle's own append lock when a killed writer left it held. Chronicle would wait for
     * it for 10 s, and for ever where the dead writer's process number is in use again, as it is in
     * every container. Only for the holder of the {@link WriterLock}: no other writer can be alive.
     */
    static void freeAppendLock(SingleChronicleQueue queue) {
        try (TableStoreWriteLock lock =
                new TableStoreWriteLock(queue.metaStore(), Pauser::balanced, 0L)) {
            if (lock.locked()) {
                lock.forceUnlock();
            }
        }
    }

    /**
     * Chronicle writes its metadata through a mapping too: a full disk must not hit that either.
     */
    static void reserveMetadata(Path directory) {
        Path file = directory.resolve(METADATA_FILE);
        try (FileSpace space = FileSpace.open(file)) {
            space.reserve(0, Math.max(1, file.toFile().length()));
        }
    }

    /** Where the document that was just written ends in its file. */
    static long end(ExcerptAppender appender) {
        Wire wire = appender.wire();
        return wire == null ? 0 : wire.bytes().writePosition();
    }

    /** The same of an appender that has written nothing yet: it stands before the last document. */
    static long endOfLast(ExcerptAppender appender) {
        long at = end(appender);
        Wire wire = appender.wire();
        return wire == null
                ? 0
                : at + Integer.BYTES + Wires.lengthOf(wire.bytes().readVolatileInt(at));
    }

    private static RollCycle cycle(RollPeriod period) {
        return switch (period) {
            case SECONDLY -> TestRollCycles.TEST_SECONDLY;
            case HOURLY -> RollCycles.FAST_HOURLY;
            case DAILY -> RollCycles.FAST_DAILY;
        };
    }

    static SingleChronicleQueue openForReading(Path directory) {
        if (!Files.isRegularFile(directory.resolve(METADATA_FILE))) {
            throw new JournalException(
                    "there is no journal in "
                            + directory
                            + "; name the directory that `foreshape run` or `foreshape demo` wrote");
        }
        return SingleChronicleQueueBuilder.binary(directory)
                .rollCycle(cycle(rollPeriod(directory)))
                .readOnly(true)
                .build();
    }

    /** How a journal rolls, told by the names of its files; HOURLY while it has none. */
    static RollPeriod rollPeriod(Path directory) {
        String[] names = directory.toFile().list();
        for (String name : names == null ? new String[0] : names) {
            if (name.matches("\\d{8}F\\.cq4")) {
                return RollPeriod.DAILY;
            }
            if (name.matches("\\d{8}-\\d{6}T\\.cq4")) {
                return RollPeriod.SECONDLY;
            }
        }
        return RollPeriod.HOURLY;
    }

    /** Chronicle keeps first and last file in its metadata: readers begin where that says. */
    static void refreshListing(Path directory) {
        try (SingleChronicleQueue queue =
                SingleChronicleQueueBuilder.binary(directory)
                        .rollCycle(cycle(rollPeriod(directory)))
                        .build()) {
            queue.refreshDirectoryListing();
        }
    }

    /** The moment at which the last record of a file can have been written. */
    static Instant endOf(String fileName, RollPeriod period) {
        RollCycle cycle = cycle(period);
        String text =
                fileName.substring(0, fileName.length() - SingleChronicleQueue.SUFFIX.length());
        LocalDateTime start =
                DateTimeFormatter.ofPattern(cycle.format())
                        .parse(
                                text,
                                parsed ->
                                        LocalDate.from(parsed)
                                                .atTime(
                                                        parsed.isSupported(
                                                                        ChronoField.SECOND_OF_DAY)
                                                                ? LocalTime.from(parsed)
                                                                : hourOf(parsed)));
        return start.toInstant(ZoneOffset.UTC).plusMillis(cycle.lengthInMillis());
    }

    private static LocalTime hourOf(TemporalAccessor parsed) {
        return parsed.isSupported(ChronoField.HOUR_OF_DAY)
                ? LocalTime.of(parsed.get(ChronoField.HOUR_OF_DAY), 0)
                : LocalTime.MIDNIGHT;
    }

    /**
     * Copies the next document into the decoder's buffer.
     *
     * @return false when there is none yet
     */
    static boolean read(ExcerptTailer tailer, RecordDecoder decoder) {
        try (DocumentContext document = tailer.readingDocument()) {
            Wire wire = document.isPresent() ? document.wire() : null;
            if (wire == null) {
                return false;
            }
            Bytes<?> from = wire.bytes();
            int lengthBytes = Math.toIntExact(from.readRemaining());
            ByteBuffer to = decoder.bytesFor(lengthBytes);
            // Copies the document's memory at once; read(ByteBuffer) would go byte by byte.
            from.unsafeRead(BufferUtil.address(to), lengthBytes);
            return true;
        }
    }

    /** Name of the file in which the tailer stands. */
    static String fileName(ExcerptTailer tailer) {
        File file = tailer.currentFile();
        return file == null ? "no file" : file.getName();
    }
}
