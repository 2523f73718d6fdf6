package org.foreshape.journal;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
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
import org.agrona.BufferUtil;

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
