package org.foreshape.prefault.warm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.foreshape.nativebindings.linux.CachedFile;
import org.foreshape.nativebindings.linux.IoPriority;
import org.foreshape.nativebindings.linux.LinuxException;

/**
 * Loads ranges of a file into the host's page cache by readahead(2), 1 MiB at a time, at idle disk
 * priority, on the caller's thread (a platform thread). The file is opened read-only. Any thread
 * may call, each call is on its own.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/readahead.2.html">readahead(2)</a>
 */
public final class Warmer {
    /** posix_fadvise on a whole file loads 8 MiB of it; readahead in pieces of this size, all. */
    static final long STEP_BYTES = 1 << 20;

    private static final long NS_PER_S = 1_000_000_000L;

    /** Queued reads are waited for while some still arrive within this time. */
    private static final long QUIET_NS = 2_000_000_000L;

    private static final long POLL_NS = 2_000_000L;

    private final LongSupplier hostAvailableBytes;

    /** Bounded by MemAvailable of this host. */
    public Warmer() {
        this(new HostMemory());
    }

    Warmer(LongSupplier hostAvailableBytes) {
        this.hostAvailableBytes = hostAvailableBytes;
    }

    /**
     * Loads ranges. Blocks until they are loaded or a limit is reached. Never throws for what the
     * file or the kernel does: the report says it.
     *
     * @param image a regular file or a block device
     * @param ranges what to load, in this order; parts beyond the end of the file are left out
     * @param limits how much it may take
     * @param cancelled asked before each step; true ends the warming
     * @return what came of it
     * @throws IllegalStateException the calling thread is a virtual one, which has no disk priority
     */
    public WarmReport warm(
            Path image, List<ByteRange> ranges, WarmLimits limits, BooleanSupplier cancelled) {
        var pass = new Pass(limits, cancelled);
        try (CachedFile file = CachedFile.open(image)) {
            IoPriority idle = IoPriority.idle();
            try {
                pass.run(file, ranges);
            } finally {
                idle.close();
            }
        } catch (LinuxException e) {
            pass.fail(e);
        }
        return pass.report();
    }

    /** One call's figures. */
    private final class Pass {
        private final WarmLimits limits;
        private final BooleanSupplier cancelled;
        private final long startNs = System.nanoTime();
        private final List<String> remarks = new ArrayList<>();
        private WarmEnd end = WarmEnd.DONE;
        private long wantedBytes;
        private long askedBytes;
        private long beforeBytes;
        private long afterBytes;
        private int errno;

        private Pass(WarmLimits limits, BooleanSupplier cancelled) {
            this.limits = limits;
            this.cancelled = cancelled;
        }

        private void run(CachedFile file, List<ByteRange> ranges) {
            long sizeBytes = file.identity().sizeBytes();
            List<ByteRange> within = within(ranges, sizeBytes);
            beforeBytes = residentBytes(file, within);
            afterBytes = beforeBytes;
            long availableBytes = hostAvailableBytes.getAsLong();
            for (ByteRange range : within) {
                long endBytes = range.offsetBytes() + range.lengthBytes();
                for (long at = range.offsetBytes(); at < endBytes; at += STEP_BYTES) {
                    long length = Math.min(STEP_BYTES, endBytes - at);
                    if (file.cachedBytes(at, length) >= length) {
                        continue;
                    }
                    if (!mayGoOn(length, availableBytes)) {
                        settle(file, within);
                        return;
                    }
                    file.readAhead(at, length);
                    askedBytes += length;
                }
            }
            settle(file, within);
            long lostBytes = sizeBytes - file.identity().sizeBytes();
            if (lostBytes > 0) {
                remarks.add("the image shrank by " + lostBytes + " bytes meanwhile");
            }
        }

        private List<ByteRange> within(List<ByteRange> ranges, long sizeBytes) {
            List<ByteRange> within = new ArrayList<>();
            long beyondBytes = 0;
            for (ByteRange range : ranges) {
                long length = Math.clamp(sizeBytes - range.offsetBytes(), 0, range.lengthBytes());
                beyondBytes += range.lengthBytes() - length;
                if (length > 0) {
                    within.add(new ByteRange(range.offsetBytes(), length));
                    wantedBytes += length;
                }
            }
            if (beyondBytes > 0) {
                remarks.add(beyondBytes + " bytes lie beyond the end of the image");
            }
            return within;
        }

        private boolean mayGoOn(long lengthBytes, long availableAtStartBytes) {
            long elapsedNs = System.nanoTime() - startNs;
            if (askedBytes + lengthBytes > limits.bytesMax()) {
                stop(WarmEnd.BYTE_LIMIT, "the limit is " + limits.bytesMax() + " bytes");
            } else if (elapsedNs >= limits.durationMax().toNanos()) {
                stop(WarmEnd.TIME_LIMIT, "the limit is " + limits.durationMax());
            } else if (isCancelled()) {
                stop(WarmEnd.CANCELLED, "it was withdrawn");
            } else {
                // Loaded cache counts as available, so that what was asked is deducted as well.
                long leftBytes =
                        Math.min(
                                availableAtStartBytes - askedBytes, hostAvailableBytes.getAsLong());
                if (leftBytes - lengthBytes < limits.hostFreeBytesMin()) {
                    stop(
                            WarmEnd.HOST_MEMORY,
                            "the host has %d bytes to spare and keeps %d"
                                    .formatted(Math.max(0, leftBytes), limits.hostFreeBytesMin()));
                }
            }
            return end == WarmEnd.DONE && keepPace();
        }

        /** Sleeps as long as it is ahead of its pace; false when it was withdrawn meanwhile. */
        private boolean keepPace() {
            double dueNs = (double) askedBytes / limits.bytesPerSecondMax() * NS_PER_S;
            long dueAtNs = startNs + (long) dueNs;
            for (long left = dueAtNs - System.nanoTime();
                    left > 0;
                    left = dueAtNs - System.nanoTime()) {
                if (isCancelled()) {
                    stop(WarmEnd.CANCELLED, "it was withdrawn");
                    return false;
                }
                if (System.nanoTime() - startNs >= limits.durationMax().toNanos()) {
                    stop(WarmEnd.TIME_LIMIT, "the limit is " + limits.durationMax());
                    return false;
                }
                LockSupport.parkNanos(Math.min(left, POLL_NS * 10));
            }
            return true;
        }

        private boolean isCancelled() {
            return cancelled.getAsBoolean() || Thread.currentThread().isInterrupted();
        }

        /** readahead(2) queues; what it has queued is counted only when it is there. */
        private void settle(CachedFile file, List<ByteRange> within) {
            afterBytes = residentBytes(file, within);
            long lastGrowthNs = System.nanoTime();
            long hopedBytes = Math.min(wantedBytes, beforeBytes + askedBytes);
            while (afterBytes < hopedBytes
                    && System.nanoTime() - lastGrowthNs < QUIET_NS
                    && !isCancelled()) {
                LockSupport.parkNanos(POLL_NS);
                long now = residentBytes(file, within);
                lastGrowthNs = now > afterBytes ? System.nanoTime() : lastGrowthNs;
                afterBytes = now;
            }
            if (afterBytes < wantedBytes && end == WarmEnd.DONE) {
                remarks.add(
                        "%d of %d bytes are not resident, they were evicted or not read"
                                .formatted(wantedBytes - afterBytes, wantedBytes));
            }
        }

        private static long residentBytes(CachedFile file, List<ByteRange> ranges) {
            long resident = 0;
            for (ByteRange range : ranges) {
                // A last page counts whole though the file ends within it.
                resident +=
                        Math.min(
                                range.lengthBytes(),
                                file.cachedBytes(range.offsetBytes(), range.lengthBytes()));
            }
            return resident;
        }

        private void stop(WarmEnd why, String remark) {
            end = why;
            remarks.add(remark);
        }

        private void fail(LinuxException failure) {
            errno = failure.errno();
            stop(WarmEnd.FAILED, String.valueOf(failure.getMessage()));
        }

        private WarmReport report() {
            return new WarmReport(
                    end,
                    wantedBytes,
                    askedBytes,
                    beforeBytes,
                    afterBytes,
                    System.nanoTime() - startNs,
                    errno,
                    String.join("; ", remarks));
        }
    }
}
