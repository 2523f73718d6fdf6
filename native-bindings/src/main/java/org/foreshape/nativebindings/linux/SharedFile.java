package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * A duplicate of another process's memory file. Populating it allocates pages in the file, so that
 * the other process's next touch finds them; content stays as it is. Any thread, several at once.
 */
public final class SharedFile implements AutoCloseable {
    /** Of the largest page that a file may get, so that our mapping forbids none. */
    private static final long ALIGNMENT_BYTES = 2 << 20;

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

    /** Where all of it is mapped from the first populating on; 0 before. */
    private final AtomicLong mapping = new AtomicLong();

    private SharedFile(int fd, String name, long device, long inode, long sizeBytes) {
        this.fd = fd;
        this.name = name;
        this.device = device;
        this.inode = inode;
        this.sizeBytes = sizeBytes;
        this.guard = new HandleGuard(name, this::free);
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
     * What it takes of the host's memory now, in its own page cache or in swap.
     *
     * @return bytes
     * @throws LinuxException statx(2) failed
     */
    public long allocatedBytes() {
        guard.acquire();
        try {
            return Statx.allocatedBytes(fd, name);
        } finally {
            guard.release();
        }
    }

    /**
     * Allocates the pages of a range through a mapping of the file, and takes them out of this
     * process's page table again, so that its own size stays what it was. The mapping is kept until
     * {@link #close}: mapping and unmapping exclude all faults of the process, and so every other
     * thread that populates. Blocks for as long as allocating takes. Does not allocate in Java.
     *
     * @param offsetBytes where in the file, a multiple of the page size
     * @param lengthBytes how much, a positive multiple of the page size
     * @return 0, or the negated error number: ENOMEM no memory, EPERM a file sealed against writes,
     *     EFAULT beyond its end, as it was or is
     */
    public int populate(long offsetBytes, long lengthBytes) {
        guard.acquire();
        try {
            if (offsetBytes + lengthBytes > sizeBytes) {
                return -Errno.EFAULT;
            }
            long start = map();
            if (start < 0) {
                return (int) start;
            }
            long address = start + offsetBytes;
            long result =
                    LinuxCalls.madvise(address, lengthBytes, MemoryAdvice.POPULATE_WRITE.number());
            long dropped = LinuxCalls.madvise(address, lengthBytes, MemoryAdvice.DONTNEED.number());
            return (int) (result < 0 ? result : dropped);
        } finally {
            guard.release();
        }
    }

    /**
     * Has the kernel allocate larger pages than 4 KiB in {@link #populate} from now on, in sizes
     * for which its switch {@code shmem_enabled} is at {@code advise} or above at that time. Only
     * where no page of such a larger one is there yet.
     *
     * @return 0, or the negated error number: EINVAL a kernel without huge pages
     */
    public int preferLarge() {
        guard.acquire();
        try {
            long start = map();
            return start < 0
                    ? (int) start
                    : (int) LinuxCalls.madvise(start, sizeBytes, MemoryAdvice.HUGEPAGE.number());
        } finally {
            guard.release();
        }
    }

    /** Where the file is mapped, or the negated error number. */
    private long map() {
        long known = mapping.get();
        if (known != 0) {
            return known;
        }
        long address = SharedMapping.map(sizeBytes, ALIGNMENT_BYTES, fd);
        if (address > 0 && !mapping.compareAndSet(0, address)) {
            // Another thread was first.
            LinuxCalls.munmap(address, sizeBytes);
            return mapping.get();
        }
        return address;
    }

    private void free() {
        long address = mapping.get();
        if (address != 0) {
            LinuxCalls.munmap(address, sizeBytes);
        }
        LinuxCalls.close(fd);
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
