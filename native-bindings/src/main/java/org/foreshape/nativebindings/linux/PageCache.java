package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/** The kernel's cache of file pages. */
public final class PageCache {
    private static final int O_RDONLY_CLOEXEC = 0x80000;

    /**
     * posix_fadvise on a whole file loads 8 MiB of it; readahead in pieces of this size loads all.
     */
    private static final long STEP_BYTES = 1 << 20;

    private PageCache() {}

    /**
     * Reads a range of a file into the page cache. Blocks until the reads are queued or done.
     *
     * @param file a regular file or a block device
     * @param offsetBytes where, not negative
     * @param lengthBytes how much, not negative; beyond the end of the file is no error
     * @throws LinuxException open(2) or readahead(2) failed
     * @see <a href="https://man7.org/linux/man-pages/man2/readahead.2.html">readahead(2)</a>
     */
    public static void readAhead(Path file, long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0) {
            throw new IllegalArgumentException(
                    "offset and length must not be negative: " + offsetBytes + ", " + lengthBytes);
        }
        long fd;
        try (Arena call = Arena.ofConfined()) {
            fd =
                    LinuxException.check(
                            LinuxCalls.open(
                                    call.allocateFrom(file.toString()), O_RDONLY_CLOEXEC, 0),
                            "open",
                            "path=%s, RDONLY",
                            file);
        }
        try {
            for (long done = 0; done < lengthBytes; done += STEP_BYTES) {
                long result =
                        LinuxCalls.readahead(
                                (int) fd,
                                offsetBytes + done,
                                Math.min(STEP_BYTES, lengthBytes - done));
                if (result < 0) {
                    throw LinuxException.of(
                            result, "readahead", "path=%s, offset=%d", file, offsetBytes + done);
                }
            }
        } finally {
            LinuxCalls.close((int) fd);
        }
    }
}
