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
 * @param freeBytesMin least usable space of the file system: below it nothing is written
 */
public record JournalOptions(
        Path directory,
        int vmCountMax,
        SyncPolicy syncPolicy,
        long syncIntervalNs,
        RollPeriod rollPeriod,
        int blockSizeBytes,
        long freeBytesMin) {

    /** Checks the ranges. */
    public JournalOptions {
        if (vmCountMax < 1 || vmCountMax > 32_767) {
            throw new IllegalArgumentException(
                    "vmCountMax is " + vmCountMax + ", must be 1 to 32767");
        }
        if (syncIntervalNs < 0 || blockSizeBytes < 1 || freeBytesMin < 0) {
            throw new IllegalArgumentException(
                    "syncIntervalNs "
                            + syncIntervalNs
                            + ", blockSizeBytes "
                            + blockSizeBytes
                            + " and freeBytesMin "
                            + freeBytesMin
                            + " must not be negative");
        }
    }

    /** The defaults: durable once a second, a file an hour, 64 MiB kept free. */
    public static JournalOptions of(Path directory, int vmCountMax) {
        return new JournalOptions(
                directory,
                vmCountMax,
                SyncPolicy.INTERVAL,
                Duration.ofSeconds(1).toNanos(),
                RollPeriod.HOURLY,
                16 << 20,
                64L << 20);
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
                freeBytesMin);
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
                freeBytesMin);
    }

    /** The same with another mapping size. */
    public JournalOptions withBlockSizeBytes(int bytes) {
        return new JournalOptions(
                directory, vmCountMax, syncPolicy, syncIntervalNs, rollPeriod, bytes, freeBytesMin);
    }

    /** The same with another amount of space to keep free. */
    public JournalOptions withFreeBytesMin(long bytes) {
        return new JournalOptions(
                directory,
                vmCountMax,
                syncPolicy,
                syncIntervalNs,
                rollPeriod,
                blockSizeBytes,
                bytes);
    }
}
