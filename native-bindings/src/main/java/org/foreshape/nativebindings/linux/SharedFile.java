package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * A duplicate of another process's memory file. Populating it allocates pages in the file, so that
 * the other process's next touch finds them; content stays as it is. One thread at a time.
 */
public final class SharedFile implements AutoCloseable {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int STATX_INO_SIZE_BLOCKS = 0x700;
    private static final long INODE_OFFSET = 32;
    private static final long SIZE_OFFSET = 40;
    private static final long DEVICE_MAJOR_OFFSET = 136;
    private static final long DEVICE_MINOR_OFFSET = 140;

    private final int fd;
    private final String name;
    private final long device;
    private final long inode;
    private final long sizeBytes;
    private final HandleGuard guard;

    private SharedFile(int fd, String name, long device, long inode, long sizeBytes) {
        this.fd = fd;
        this.name = name;
        this.device = device;
        this.inode = inode;
        this.sizeBytes = sizeBytes;
        this.guard = new HandleGuard(name, () -> LinuxCalls.close(fd));
    }

    /** Takes over a descriptor of this process; closes it when it cannot be described. */
    static SharedFile own(int fd, String name) {
        MemorySegment statx = Scratch.buffer();
        long result =
                LinuxCalls.statx(
                        fd, Statx.EMPTY_PATH, Statx.AT_EMPTY_PATH, STATX_INO_SIZE_BLOCKS, statx);
        if (result < 0) {
            LinuxCalls.close(fd);
            throw LinuxException.of(result, "statx", "%s", name);
        }
        return new SharedFile(
                fd,
                name,
                deviceOf(
                        statx.get(ValueLayout.JAVA_INT, DEVICE_MAJOR_OFFSET),
                        statx.get(ValueLayout.JAVA_INT, DEVICE_MINOR_OFFSET)),
                statx.get(ValueLayout.JAVA_LONG, INODE_OFFSET),
                statx.get(ValueLayout.JAVA_LONG, SIZE_OFFSET));
    }

    /**
     * A device's number as one figure.
     *
     * @param major its major number, as the first of {@code MM:mm} in {@code /proc/PID/maps}
     * @param minor its minor number
     * @return both, comparable with {@link #device}
     */
    public static long deviceOf(int major, int minor) {
        return (long) major << 32 | (minor & 0xffffffffL);
    }

    /**
     * The device it lies on.
     *
     * @return as {@link #deviceOf} gives it
     */
    public long device() {
        return device;
    }

    /**
     * Its number on the device: with it the identity of the file.
     *
     * @return the inode
     */
    public long inode() {
        return inode;
    }

    /**
     * Its size when it was duplicated.
     *
     * @return bytes
     */
    public long sizeBytes() {
        return sizeBytes;
    }

    /**
     * Allocates the pages of a range by a mapping that lives only in this call, so that this
     * process's own size stays what it was. Blocks for as long as allocating takes. Does not
     * allocate in Java.
     *
     * @param offsetBytes where in the file, a multiple of the page size
     * @param lengthBytes how much, a positive multiple of the page size
     * @return 0, or the negated error number: ENOMEM no memory, EPERM a file sealed against writes,
     *     EFAULT beyond its end
     */
    public int populate(long offsetBytes, long lengthBytes) {
        guard.acquire();
        try {
            long address =
                    LinuxCalls.mmap(lengthBytes, PROT_READ_WRITE, MAP_SHARED, fd, offsetBytes);
            if (address < 0) {
                return (int) address;
            }
            long result =
                    LinuxCalls.madvise(address, lengthBytes, MemoryAdvice.POPULATE_WRITE.number());
            long unmapped = LinuxCalls.munmap(address, lengthBytes);
            return (int) (result < 0 ? result : unmapped);
        } finally {
            guard.release();
        }
    }

    /**
     * The exception of a negative result of {@link #populate}.
     *
     * @param result what it returned
     * @param offsetBytes where
     * @return to be thrown, or for its text
     */
    public LinuxException failure(int result, long offsetBytes) {
        return LinuxException.of(result, "populate", "%s, offset=%d", name, offsetBytes);
    }

    /** Closes the duplicate, after a call that is under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }
}
