package org.foreshape.prefault.pages;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link PageServer} serves the restores of one snapshot.
 *
 * @param socket where VMMs connect; made with permissions for this user only
 * @param memoryFile the snapshot's memory file; it must not change while it is served
 * @param keeperSocket where the keeper listens, one per server; null for none, which makes a killed
 *     server a lost guest
 * @param workingSetFile where the working set is recorded; null only with {@link
 *     WorkingSetUse#NONE}
 * @param workingSetUse what is done with it
 * @param recordMs how long after its restore a guest's touches are recorded, in ms
 * @param windowPages pages of 4096 bytes installed per fault, a power of two up to 512; hugetlbfs
 *     gets at least one of its pages
 * @param batchPages pages installed ahead per call, 1 to 8192; a fault waits for one such call
 * @param fillRest whether all other pages are installed as well, after the working set
 * @param handshakeMs how long a VMM may take to send its message, in ms
 */
public record PageServerSettings(
        Path socket,
        Path memoryFile,
        @Nullable Path keeperSocket,
        @Nullable Path workingSetFile,
        WorkingSetUse workingSetUse,
        long recordMs,
        int windowPages,
        int batchPages,
        boolean fillRest,
        int handshakeMs) {
    /** Checks every value. */
    public PageServerSettings {
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(memoryFile, "memoryFile");
        if (workingSetUse != WorkingSetUse.NONE && workingSetFile == null) {
            throw new IllegalArgumentException(
                    "workingSetUse " + workingSetUse + " needs a workingSetFile");
        }
        if (windowPages < 1 || windowPages > 512 || Integer.bitCount(windowPages) != 1) {
            throw new IllegalArgumentException(
                    "windowPages must be a power of two from 1 to 512, not " + windowPages);
        }
        if (batchPages < 1 || batchPages > 8192) {
            throw new IllegalArgumentException(
                    "batchPages must be from 1 to 8192, not " + batchPages);
        }
        if (recordMs <= 0 || handshakeMs <= 0) {
            throw new IllegalArgumentException("recordMs and handshakeMs must be positive");
        }
    }

    /**
     * The defaults: no keeper, no working set, 16 pages per fault, 256 per batch.
     *
     * @param socket where VMMs connect
     * @param memoryFile the snapshot's memory file
     * @return settings to refine
     */
    public static PageServerSettings of(Path socket, Path memoryFile) {
        return new PageServerSettings(
                socket, memoryFile, null, null, WorkingSetUse.NONE, 60_000, 16, 256, false, 5_000);
    }

    /**
     * With a keeper, which is started when none listens.
     *
     * @param keeper its socket
     * @return changed settings
     */
    public PageServerSettings withKeeper(Path keeper) {
        return new PageServerSettings(
                socket,
                memoryFile,
                keeper,
                workingSetFile,
                workingSetUse,
                recordMs,
                windowPages,
                batchPages,
                fillRest,
                handshakeMs);
    }

    /**
     * With a working set.
     *
     * @param file where it is
     * @param use what is done with it
     * @return changed settings
     */
    public PageServerSettings withWorkingSet(Path file, WorkingSetUse use) {
        return new PageServerSettings(
                socket,
                memoryFile,
                keeperSocket,
                file,
                use,
                recordMs,
                windowPages,
                batchPages,
                fillRest,
                handshakeMs);
    }

    /**
     * With other sizes.
     *
     * @param pagesPerFault as windowPages
     * @param pagesPerBatch as batchPages
     * @return changed settings
     */
    public PageServerSettings withPages(int pagesPerFault, int pagesPerBatch) {
        return new PageServerSettings(
                socket,
                memoryFile,
                keeperSocket,
                workingSetFile,
                workingSetUse,
                recordMs,
                pagesPerFault,
                pagesPerBatch,
                fillRest,
                handshakeMs);
    }

    /**
     * With the rest of the memory installed as well.
     *
     * @param fill whether
     * @return changed settings
     */
    public PageServerSettings withFillRest(boolean fill) {
        return new PageServerSettings(
                socket,
                memoryFile,
                keeperSocket,
                workingSetFile,
                workingSetUse,
                recordMs,
                windowPages,
                batchPages,
                fill,
                handshakeMs);
    }

    /**
     * With other limits of time.
     *
     * @param recordLimitMs as recordMs
     * @param handshakeLimitMs as handshakeMs
     * @return changed settings
     */
    public PageServerSettings withLimits(long recordLimitMs, int handshakeLimitMs) {
        return new PageServerSettings(
                socket,
                memoryFile,
                keeperSocket,
                workingSetFile,
                workingSetUse,
                recordLimitMs,
                windowPages,
                batchPages,
                fillRest,
                handshakeLimitMs);
    }
}
