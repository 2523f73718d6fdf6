package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * A file or block device opened to look at and to load its part of the page cache. It is opened
 * read-only and, where the kernel allows that, without leaving an access time; no byte of it is
 * ever changed. One thread at a time.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/mm/index.html">cachestat(2), Linux 6.5</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/readahead.2.html">readahead(2)</a>
 */
public final class CachedFile implements AutoCloseable {
    static final int STATX_UID = 0x8;
    static final long UID_OFFSET = 20;

    private static final int STATX_INO_SIZE = 0x100 | 0x200;
    private static final int O_RDONLY_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final int O_NOATIME = 0x40000;

    /** One cachestat(2) that finds nothing, or all, spares as many for its parts. */
    private static final int FAN_OUT = 64;

    private static final int STEP_COUNT_MAX = 1 << 24;

    /**
     * What tells one file from another.
     *
     * @param device number of its file system, major * 2^32 + minor
     * @param inode its number there
     * @param sizeBytes its size; that of the device for a block device
     */
    public record Identity(long device, long inode, long sizeBytes) {}

    private final Path path;
    private final int fd;
    private final CacheCounter counter;
    private final HandleGuard guard;

    private CachedFile(Path path, int fd, boolean byCachestat) {
        this.path = path;
        this.fd = fd;
        this.counter = new CacheCounter(path, fd, byCachestat);
        this.guard = new HandleGuard("file " + path, () -> LinuxCalls.close(fd));
    }

    /**
     * Opens a file.
     *
     * @param file a regular file or a block device
     * @return the open file; the caller closes it
     * @throws LinuxException open(2) failed
     */
    public static CachedFile open(Path file) {
        return open(file, true);
    }

    /** As {@link #open(Path)}; without cachestat(2) it counts as on a kernel before 6.5. */
    static CachedFile open(Path file, boolean byCachestat) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment name = call.allocateFrom(file.toString());
            // Only a file's owner may ask for no access time; to others the kernel says EPERM.
            long fd = LinuxCalls.open(name, O_RDONLY_NONBLOCK_CLOEXEC | O_NOATIME, 0);
            if (fd == -Errno.EPERM) {
                fd = LinuxCalls.open(name, O_RDONLY_NONBLOCK_CLOEXEC, 0);
            }
            LinuxException.check(fd, "open", "path=%s, RDONLY", file);
            return new CachedFile(file, (int) fd, byCachestat);
        }
    }

    /**
     * The path it was opened by.
     *
     * @return as given to {@link #open}
     */
    public Path path() {
        return path;
    }

    /**
     * What the open file is, now.
     *
     * @return its identity; the size may differ from one call to the next
     * @throws LinuxException statx(2) failed
     */
    public Identity identity() {
        guard.acquire();
        try {
            MemorySegment statx = Scratch.buffer();
            LinuxException.check(
                    LinuxCalls.statx(
                            fd, Statx.EMPTY_PATH, Statx.AT_EMPTY_PATH, STATX_INO_SIZE, statx),
                    "statx",
                    "path=%s",
                    path);
            long inode = statx.get(ValueLayout.JAVA_LONG, 32);
            long sizeBytes = statx.get(ValueLayout.JAVA_LONG, 40);
            long device =
                    ((long) statx.get(ValueLayout.JAVA_INT, 136) << 32)
                            | statx.get(ValueLayout.JAVA_INT, 140);
            if (sizeBytes == 0) {
                // A block device has no size as a file; its end can be sought. An empty file's end
                // is 0.
                sizeBytes =
                        LinuxException.check(
                                FileCalls.lseek(fd, 0, FileCalls.SEEK_END),
                                "lseek",
                                "path=%s, SEEK_END",
                                path);
            }
            return new Identity(device, inode, sizeBytes);
        } finally {
            guard.release();
        }
    }

    /**
     * How much of a range is in the page cache.
     *
     * @param offsetBytes where, a multiple of the page size
     * @param lengthBytes how much; beyond the end of the file nothing is cached
     * @return bytes, a multiple of the page size
     * @throws LinuxException cachestat(2), or mincore(2) where there is none, failed; EPERM when
     *     the file is neither this user's nor may be written by it
     */
    public long cachedBytes(long offsetBytes, long lengthBytes) {
        requireRange(offsetBytes, lengthBytes);
        guard.acquire();
        try {
            return lengthBytes == 0
                    ? 0
                    : counter.cachedPages(offsetBytes, lengthBytes) * LinuxMemory.pageSizeBytes();
        } finally {
            guard.release();
        }
    }

    /**
     * Asks the kernel to read a range into the page cache. Returns when the reads are queued, or
     * later when the disk's queue is full. No more than 1 MiB should be asked for at once: of a
     * larger range the kernel may load only the first part.
     *
     * @param offsetBytes where, not negative
     * @param lengthBytes how much; beyond the end of the file is no error
     * @throws LinuxException readahead(2) failed
     */
    public void readAhead(long offsetBytes, long lengthBytes) {
        requireRange(offsetBytes, lengthBytes);
        guard.acquire();
        try {
            LinuxException.check(
                    LinuxCalls.readahead(fd, offsetBytes, lengthBytes),
                    "readahead",
                    "path=%s, offset=%d, length=%d",
                    path,
                    offsetBytes,
                    lengthBytes);
        } finally {
            guard.release();
        }
    }

    /**
     * Lets the kernel forget the clean, unmapped pages of a range. Content stays in the file.
     *
     * @param offsetBytes where, a multiple of the page size
     * @param lengthBytes how much; 0: to the end of the file
     * @throws LinuxException posix_fadvise(2) failed
     */
    public void drop(long offsetBytes, long lengthBytes) {
        requireRange(offsetBytes, lengthBytes);
        guard.acquire();
        try {
            LinuxException.check(
                    FileCalls.posixFadvise(fd, offsetBytes, lengthBytes, FileCalls.FADV_DONTNEED),
                    "posix_fadvise",
                    "path=%s, offset=%d, length=%d, DONTNEED",
                    path,
                    offsetBytes,
                    lengthBytes);
        } finally {
            guard.release();
        }
    }

    /**
     * Which steps of the file are cached. Parts that hold nothing or everything cost one call, so
     * that a large image is looked at fast.
     *
     * @param stepBytes a positive multiple of the page size; the file must have at most 2^24 steps
     * @return the map
     * @throws LinuxException as {@link #cachedBytes}
     */
    public Residency residency(long stepBytes) {
        int pageBytes = LinuxMemory.pageSizeBytes();
        if (stepBytes <= 0 || stepBytes % pageBytes != 0) {
            throw new IllegalArgumentException(
                    "stepBytes must be a positive multiple of the page size, not " + stepBytes);
        }
        long sizeBytes = identity().sizeBytes();
        long stepCount = (sizeBytes + stepBytes - 1) / stepBytes;
        if (stepCount > STEP_COUNT_MAX) {
            throw new IllegalArgumentException(
                    path + " has " + stepCount + " steps of " + stepBytes + "; use larger ones");
        }
        int[] cached = new int[(int) stepCount];
        int[] evicted = new int[(int) stepCount];
        guard.acquire();
        try {
            long block = 1;
            while (block < stepCount && counter.isCachestat()) {
                block *= FAN_OUT;
            }
            Look look = new Look(sizeBytes, stepBytes, cached, evicted);
            for (long step = 0; step < stepCount; step += block) {
                look.at(step, block);
            }
        } finally {
            guard.release();
        }
        return new Residency(sizeBytes, stepBytes, cached, evicted);
    }

    /**
     * Whether the kernel counts by cachestat(2), which it does from Linux 6.5.
     *
     * @return false: mincore(2) is used; known after the first count
     */
    public boolean isCachestat() {
        return counter.isCachestat();
    }

    /** Closes the file, after a call that is under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }

    private static long pagesOf(long lengthBytes) {
        int pageBytes = LinuxMemory.pageSizeBytes();
        return (lengthBytes + pageBytes - 1) / pageBytes;
    }

    private static void requireRange(long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0) {
            throw new IllegalArgumentException(
                    "offset and length must not be negative: " + offsetBytes + ", " + lengthBytes);
        }
    }

    /** One pass over the file, from coarse to fine. */
    private final class Look {
        private final long sizeBytes;
        private final long stepBytes;
        private final int[] cached;
        private final int[] evicted;

        private Look(long sizeBytes, long stepBytes, int[] cached, int[] evicted) {
            this.sizeBytes = sizeBytes;
            this.stepBytes = stepBytes;
            this.cached = cached;
            this.evicted = evicted;
        }

        private void at(long first, long count) {
            long from = first * stepBytes;
            long length = Math.min(count * stepBytes, sizeBytes - from);
            if (length <= 0) {
                return;
            }
            long pages = counter.cachedPages(from, length);
            long gone = counter.evictedPages();
            if (count == 1) {
                cached[(int) first] = (int) pages;
                evicted[(int) first] = (int) gone;
            } else if (gone == 0 && pages == pagesOf(length)) {
                for (long step = first; step * stepBytes < from + length; step++) {
                    cached[(int) step] =
                            (int) pagesOf(Math.min(stepBytes, sizeBytes - step * stepBytes));
                }
            } else if (pages != 0 || gone != 0) {
                long part = count / FAN_OUT;
                for (long step = first; step < first + count; step += part) {
                    at(step, part);
                }
            }
        }
    }
}
