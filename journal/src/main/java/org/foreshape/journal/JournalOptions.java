package org.foreshape.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a journal is written.
 *
 * @param directory where it lies; made when absent
 * @param vmCountMax most VMs of the run
 * @param syncPolicy when records are made durable
 * @param syncIntervalNs for {@link SyncPolicy#INTERVAL}
 * @param rollPeriod time that goes into one file; a journal keeps the one it was made with
 * @param blockSizeBytes size of one mapping; raised when a record would not fit
 * @param freeBytesMin usable space of the file system that the journal leaves to others
 * @param aheadBytes space that it reserves ahead for itself; raised for large records
 * @param retention what is kept of it; the writer itself removes nothing
 */
public record JournalOptions(
        Path directory,
        int vmCountMax,
        SyncPolicy syncPolicy,
        long syncIntervalNs,
        RollPeriod rollPeriod,
        int blockSizeBytes,
        long freeBytesMin,
        long aheadBytes,
        Retention retention) {

    /** Checks the ranges. */
    public JournalOptions {
        if (vmCountMax < 1 || vmCountMax > 32_767) {
            throw new IllegalArgumentException(
                    "vmCountMax is " + vmCountMax + ", must be 1 to 32767");
        }
        if (syncIntervalNs < 0 || blockSizeBytes < 1 || freeBytesMin < 0 || aheadBytes < 0) {
            throw new IllegalArgumentException(
                    "syncIntervalNs "
                            + syncIntervalNs
                            + ", blockSizeBytes "
                            + blockSizeBytes
                            + ", freeBytesMin "
                            + freeBytesMin
                            + " and aheadBytes "
                            + aheadBytes
                            + " must not be negative");
        }
    }

    /**
     * The defaults: durable once a second, a file an hour, 64 MiB left free, 16 MiB ahead, and
     * nothing is ever removed.
     */
    public static JournalOptions of(Path directory, int vmCountMax) {
        return new JournalOptions(
                directory,
                vmCountMax,
                SyncPolicy.INTERVAL,
                Duration.ofSeconds(1).toNanos(),
                RollPeriod.HOURLY,
                16 << 20,
                64L << 20,
                16L << 20,
                Retention.EVERYTHING);
    }

    /** The same with another sync policy; the interval counts for {@link SyncPolicy#INTERVAL}. */
    public JournalOptions withSync(SyncPolicy policy, long intervalNs) {
        return new JournalOptions(
                directory,
                vmCountMax,
                policy,
                intervalNs,
                rollPeriod,
                blockSizeBytes,
                freeBytesMin,
                aheadBytes,
                retention);
    }

    /** The same with another time per file. */
    public JournalOptions withRollPeriod(RollPeriod period) {
        return new JournalOptions(
                directory,
                vmCountMax,
                syncPolicy,
                syncIntervalNs,
                period,
                blockSizeBytes,
                freeBytesMin,
                aheadBytes,
                retention);
    }

    /** The same with another mapping size. */
    public JournalOptions withBlockSizeBytes(int bytes) {
        return new JournalOptions(
                directory,
                vmCountMax,
                syncPolicy,
                syncIntervalNs,
                rollPeriod,
                bytes,
                freeBytesMin,
                aheadBytes,
                retention);
    }

    /** The same with another amount of space to leave to others. */
    public JournalOptions withFreeBytesMin(long bytes) {
        return new JournalOptions(
                directory,
                vmCountMax,
                syncPolicy,
                syncIntervalNs,
                rollPeriod,
                blockSizeBytes,
                bytes,
                aheadBytes,
                retention);
    }

    /** The same with another amount of space reserved ahead. */
    public JournalOptions withAheadBytes(long bytes) {
        return new JournalOptions(
                directory,
                vmCountMax,
                syncPolicy,
                syncIntervalNs,
                rollPeriod,
                blockSizeBytes,
                freeBytesMin,
                bytes,
                retention);
    }

    /** The same with another retention. */
    public JournalOptions withRetention(Retention kept) {
        return new JournalOptions(
                directory,
                vmCountMax,
                syncPolicy,
                syncIntervalNs,
                rollPeriod,
                blockSizeBytes,
                freeBytesMin,
                aheadBytes,
                kept);
    }
}
