package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * Counts pages of an open file in the page cache, by cachestat(2) or, on kernels before 6.5, by
 * mincore(2) over a mapping that is never touched.
 *
 * <pre>
 *   struct cachestat_range:  0 u64 off  8 u64 len
 *   struct cachestat:  0 u64 cache  8 u64 dirty  16 u64 writeback  24 u64 evicted  32 u64 recent
 * </pre>
 */
final class CacheCounter {
    private static final int PROT_READ = 1;
    private static final int MAP_SHARED = 1;
    private static final int RANGE_LENGTH = 8;
    private static final int EVICTED = 24;

    /** mincore(2) fills one byte for a page, so that the calling thread's buffer holds so many. */
    private static final long WINDOW_PAGES = Scratch.BUFFER_BYTES;

    private final Path file;
    private final int fd;
    private boolean byCachestat;
    private long evictedPages;

    CacheCounter(Path file, int fd, boolean byCachestat) {
        this.file = file;
        this.fd = fd;
        this.byCachestat = byCachestat;
    }

    /** Cached pages of a range that starts at a page. */
    long cachedPages(long offsetBytes, long lengthBytes) {
        evictedPages = 0;
        if (byCachestat) {
            long pages = cachestat(offsetBytes, lengthBytes);
            if (pages != -Errno.ENOSYS) {
                return LinuxException.check(
                        pages,
                        "cachestat",
                        "path=%s, offset=%d, length=%d",
                        file,
                        offsetBytes,
                        lengthBytes);
            }
            byCachestat = false;
        }
        return mincore(offsetBytes, lengthBytes);
    }

    /** Evicted pages of the range of the last call; 0 where the kernel does not tell. */
    long evictedPages() {
        return evictedPages;
    }

    /** The call in use. */
    boolean isCachestat() {
        return byCachestat;
    }

    private long cachestat(long offsetBytes, long lengthBytes) {
        MemorySegment range = Scratch.buffer();
        range.set(ValueLayout.JAVA_LONG, 0, offsetBytes);
        range.set(ValueLayout.JAVA_LONG, RANGE_LENGTH, lengthBytes);
        MemorySegment counts = Scratch.result();
        long result = FileCalls.cachestat(fd, range, counts);
        if (result < 0) {
            return result;
        }
        evictedPages = counts.get(ValueLayout.JAVA_LONG, EVICTED);
        return counts.get(ValueLayout.JAVA_LONG, 0);
    }

    private long mincore(long offsetBytes, long lengthBytes) {
        requireTruth();
        long pageBytes = LinuxMemory.pageSizeBytes();
        long windowBytes = WINDOW_PAGES * pageBytes;
        long pages = 0;
        for (long done = 0; done < lengthBytes; done += windowBytes) {
            long at = offsetBytes + done;
            long length = Math.min(windowBytes, lengthBytes - done);
            long address = LinuxCalls.mmap(length, PROT_READ, MAP_SHARED, fd, at);
            LinuxException.check(
                    address, "mmap", "path=%s, READ, offset=%d, length=%d", file, at, length);
            try {
                MemorySegment vector = Scratch.buffer();
                LinuxException.check(
                        LinuxCalls.mincore(address, length, vector),
                        "mincore",
                        "path=%s, offset=%d, length=%d",
                        file,
                        at,
                        length);
                for (long page = 0; page < (length + pageBytes - 1) / pageBytes; page++) {
                    pages += vector.get(ValueLayout.JAVA_BYTE, page) & 1;
                }
            } finally {
                LinuxCalls.munmap(address, length);
            }
        }
        return pages;
    }

    /**
     * To a stranger mincore(2) answers that everything is cached, instead of failing, so that it
     * must not be asked then.
     */
    private void requireTruth() {
        MemorySegment statx = Scratch.buffer();
        LinuxException.check(
                LinuxCalls.statx(
                        fd, Statx.EMPTY_PATH, Statx.AT_EMPTY_PATH, CachedFile.STATX_UID, statx),
                "statx",
                "path=%s",
                file);
        int owner = statx.get(ValueLayout.JAVA_INT, CachedFile.UID_OFFSET);
        Privileges own = Privileges.ofThisProcess();
        if (owner != own.uid() && !own.has(Capability.FOWNER) && !Files.isWritable(file)) {
            throw new LinuxException(
                    "mincore",
                    "path=" + file,
                    Errno.EPERM,
                    "The kernel tells what is cached of a file only to its owner and to who may"
                            + " write it: run as uid "
                            + owner
                            + ", or grant CAP_FOWNER.");
        }
    }
}
