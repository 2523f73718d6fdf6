package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.foreshape.nativebindings.internal.HandleGuard;

/**
 * Reserves the blocks of a file before they are written, so that a full disk is an error number
 * here and not a SIGBUS at a store through a mapping. Neither content nor size of the file changes:
 * where nothing was written it reads as zero before and after.
 *
 * <p>It is fallocate(2) and not posix_fallocate(3): where a file system cannot reserve, glibc
 * writes a byte into each block instead, and that would race with whoever writes through a mapping.
 * One thread at a time.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/fallocate.2.html">fallocate(2)</a>
 */
public final class FileSpace implements AutoCloseable {
    private static final int O_WRONLY_CREAT_CLOEXEC = 1 | 0x40 | 0x80000;
    private static final int MODE = 0644;
    private static final int FALLOC_KEEP_SIZE = 1;
    private static final int FALLOC_KEEP_SIZE_PUNCH_HOLE = 3;

    private final Path path;
    private final int fd;
    private final HandleGuard guard;

    private FileSpace(Path path, int fd) {
        this.path = path;
        this.fd = fd;
        this.guard = new HandleGuard("space of " + path, () -> LinuxCalls.close(fd));
    }

    /**
     * Opens a file, making it where it is absent (mode 0644, less the process's umask).
     *
     * @param file a regular file
     * @return the open file; the caller closes it
     * @throws LinuxException open(2) failed
     */
    public static FileSpace open(Path file) {
        try (Arena call = Arena.ofConfined()) {
            long fd =
                    LinuxException.check(
                            LinuxCalls.open(
                                    call.allocateFrom(file.toString()),
                                    O_WRONLY_CREAT_CLOEXEC,
                                    MODE),
                            "open",
                            "path=%s, WRONLY|CREAT",
                            file);
            return new FileSpace(file, (int) fd);
        }
    }

    /**
     * Reserves the blocks of a range. Blocks for as long as the file system takes.
     *
     * @param offsetBytes where, not negative
     * @param lengthBytes how much, positive; beyond the end of the file is no error
     * @return whether the file system can reserve at all (EOPNOTSUPP otherwise)
     * @throws LinuxException fallocate(2) failed: ENOSPC when the disk is full, EDQUOT at a quota
     */
    public boolean reserve(long offsetBytes, long lengthBytes) {
        guard.acquire();
        try {
            long result = LinuxCalls.fallocate(fd, FALLOC_KEEP_SIZE, offsetBytes, lengthBytes);
            if (result == -Errno.EOPNOTSUPP) {
                return false;
            }
            LinuxException.check(
                    result,
                    "fallocate",
                    "path=%s, KEEP_SIZE, offset=%d, length=%d",
                    path,
                    offsetBytes,
                    lengthBytes);
            return true;
        } finally {
            guard.release();
        }
    }

    /**
     * Gives back all blocks from an offset on, also those behind the end of the file; what was
     * written there is lost. Nobody may be making the file longer meanwhile.
     *
     * @param offsetBytes where, not negative
     * @throws LinuxException fallocate(2) or ftruncate(2) failed
     */
    public void release(long offsetBytes) {
        guard.acquire();
        try {
            long sizeBytes =
                    LinuxException.check(
                            FileCalls.lseek(fd, 0, FileCalls.SEEK_END),
                            "lseek",
                            "path=%s, SEEK_END",
                            path);
            if (sizeBytes > offsetBytes) {
                LinuxException.check(
                        LinuxCalls.fallocate(
                                fd,
                                FALLOC_KEEP_SIZE_PUNCH_HOLE,
                                offsetBytes,
                                sizeBytes - offsetBytes),
                        "fallocate",
                        "path=%s, KEEP_SIZE|PUNCH_HOLE, offset=%d, length=%d",
                        path,
                        offsetBytes,
                        sizeBytes - offsetBytes);
            }
            // No hole can be punched behind the end; ext4 gives those blocks back here.
            LinuxException.check(
                    LinuxCalls.ftruncate(fd, sizeBytes),
                    "ftruncate",
                    "path=%s, length=%d",
                    path,
                    sizeBytes);
        } finally {
            guard.release();
        }
    }

    /**
     * What the file takes up on the disk, whatever its size.
     *
     * @return bytes
     * @throws LinuxException statx(2) failed
     */
    public long allocatedBytes() {
        guard.acquire();
        try {
            return Statx.allocatedBytes(fd, path.toString());
        } finally {
            guard.release();
        }
    }

    /** Closes the file, after a call that is under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }
}
