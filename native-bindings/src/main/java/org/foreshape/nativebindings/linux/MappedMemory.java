package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.foreshape.nativebindings.internal.HandleGuard;

/**
 * A memory file (memfd) mapped shared into this process: what a guest's RAM is to QEMU. Pages cost
 * nothing until they are touched, and a punched hole gives them back to the host at once.
 *
 * <p>Any thread may use it. Punching a hole under a running writer is safe: the writer gets fresh
 * zero pages. {@link #close} unmaps; the segment then throws instead of crashing the process.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/fallocate.2.html">fallocate(2)</a>
 */
public final class MappedMemory implements AutoCloseable {
    private static final int MFD_CLOEXEC = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int FALLOC_KEEP_SIZE_PUNCH_HOLE = 3;
    private static final int NAME_LENGTH_MAX = 249;

    private final String name;
    private final int fd;
    private final Arena arena;
    private final MemorySegment segment;
    private final HandleGuard guard;

    @SuppressWarnings(
            "MustBeClosedChecker") // The arena lives as long as this object; close() ends both.
    private MappedMemory(String name, int fd, long address, long sizeBytes) {
        this.name = name;
        this.fd = fd;
        this.arena = Arena.ofShared();
        this.segment = MemorySegment.ofAddress(address).reinterpret(sizeBytes, arena, null);
        this.guard = new HandleGuard("memory " + name, () -> free(address, sizeBytes, fd));
    }

    /**
     * Creates a memory file of a size and maps it. No page is allocated yet.
     *
     * @param name shown in {@code /proc/PID/maps}; at most 249 ASCII characters, no NUL
     * @param sizeBytes a positive multiple of the page size
     * @return the mapping; the caller closes it
     * @throws LinuxException memfd_create(2), ftruncate(2) or mmap(2) failed
     */
    public static MappedMemory create(String name, long sizeBytes) {
        return create(name, sizeBytes, LinuxMemory.pageSizeBytes());
    }

    /**
     * As {@link #create(String, long)}, at an address that is a multiple of an alignment: the
     * kernel can map a file in huge pages only where address and file offset agree modulo their
     * size.
     *
     * @param name shown in {@code /proc/PID/maps}; at most 249 ASCII characters, no NUL
     * @param sizeBytes a positive multiple of the page size
     * @param alignmentBytes a power of two, at least the page size
     * @return the mapping; the caller closes it
     * @throws LinuxException memfd_create(2), ftruncate(2) or mmap(2) failed
     */
    public static MappedMemory create(String name, long sizeBytes, long alignmentBytes) {
        if (Long.bitCount(alignmentBytes) != 1 || alignmentBytes < LinuxMemory.pageSizeBytes()) {
            throw new IllegalArgumentException(
                    "alignmentBytes must be a power of two and at least the page size, not "
                            + alignmentBytes);
        }
        if (name.length() > NAME_LENGTH_MAX || !name.chars().allMatch(c -> c > 0 && c < 128)) {
            throw new IllegalArgumentException(
                    "name must have at most 249 ASCII characters: " + name);
        }
        if (sizeBytes <= 0 || sizeBytes % LinuxMemory.pageSizeBytes() != 0) {
            throw new IllegalArgumentException(
                    "sizeBytes must be a positive multiple of the page size, not " + sizeBytes);
        }
        int fd;
        try (Arena call = Arena.ofConfined()) {
            fd =
                    (int)
                            LinuxException.check(
                                    LinuxCalls.memfdCreate(call.allocateFrom(name), MFD_CLOEXEC),
                                    "memfd_create",
                                    "name=%s, flags=MFD_CLOEXEC",
                                    name);
        }
        long result = LinuxCalls.ftruncate(fd, sizeBytes);
        if (result < 0) {
            LinuxCalls.close(fd);
            throw LinuxException.of(result, "ftruncate", "fd=%d, length=%d", fd, sizeBytes);
        }
        long address =
                alignmentBytes == LinuxMemory.pageSizeBytes()
                        ? LinuxCalls.mmap(sizeBytes, PROT_READ_WRITE, MAP_SHARED, fd, 0)
                        : SharedMapping.map(sizeBytes, alignmentBytes, fd);
        if (address < 0) {
            LinuxCalls.close(fd);
            throw LinuxException.of(
                    address, "mmap", "length=%d, READ|WRITE, SHARED, fd=%d", sizeBytes, fd);
        }
        return new MappedMemory(name, fd, address, sizeBytes);
    }

    /**
     * The mapped memory, zero where never written.
     *
     * @return usable by any thread until {@link #close}
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * The size given at creation.
     *
     * @return bytes
     */
    public long sizeBytes() {
        return segment.byteSize();
    }

    /**
     * The name given at creation.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The memory file, for handing to another process. It stays this object's: do not close it.
     *
     * @return the file descriptor
     */
    public int fd() {
        return fd;
    }

    /**
     * Allocates the pages of a range and fills the page table. Content is unchanged. Blocks for as
     * long as allocating takes.
     *
     * @param offsetBytes where, a multiple of the page size
     * @param lengthBytes how much, a positive multiple of the page size
     * @throws LinuxException madvise(2) failed, ENOMEM for instance
     */
    public void populate(long offsetBytes, long lengthBytes) {
        advise(offsetBytes, lengthBytes, MemoryAdvice.POPULATE_WRITE);
    }

    /**
     * Advises the kernel about a range.
     *
     * @param offsetBytes where, a multiple of the page size
     * @param lengthBytes how much, a positive multiple of the page size
     * @param advice what to tell
     * @throws LinuxException madvise(2) failed
     */
    public void advise(long offsetBytes, long lengthBytes, MemoryAdvice advice) {
        requireRange(offsetBytes, lengthBytes);
        guard.acquire();
        try {
            long result =
                    LinuxCalls.madvise(
                            segment.address() + offsetBytes, lengthBytes, advice.number());
            if (result < 0) {
                throw LinuxException.of(
                        result,
                        "madvise",
                        "memory=%s, offset=%d, length=%d, advice=%s",
                        name,
                        offsetBytes,
                        lengthBytes,
                        advice);
            }
        } finally {
            guard.release();
        }
    }

    /**
     * Allocates the pages of a range in the file, without touching the page table.
     *
     * @param offsetBytes where, a multiple of the page size
     * @param lengthBytes how much, a positive multiple of the page size
     * @throws LinuxException posix_fallocate(3) failed, ENOSPC for instance
     */
    public void allocate(long offsetBytes, long lengthBytes) {
        requireRange(offsetBytes, lengthBytes);
        guard.acquire();
        try {
            long result = LinuxCalls.posixFallocate(fd, offsetBytes, lengthBytes);
            if (result < 0) {
                throw LinuxException.of(
                        result,
                        "posix_fallocate",
                        "memory=%s, fd=%d, offset=%d, length=%d",
                        name,
                        fd,
                        offsetBytes,
                        lengthBytes);
            }
        } finally {
            guard.release();
        }
    }

    /**
     * Frees the pages of a range: content is lost, the range reads as zero, the host has the memory
     * back when this returns.
     *
     * @param offsetBytes where, a multiple of the page size
     * @param lengthBytes how much, a positive multiple of the page size
     * @throws LinuxException fallocate(2) failed
     */
    public void punchHole(long offsetBytes, long lengthBytes) {
        requireRange(offsetBytes, lengthBytes);
        guard.acquire();
        try {
            long result =
                    LinuxCalls.fallocate(fd, FALLOC_KEEP_SIZE_PUNCH_HOLE, offsetBytes, lengthBytes);
            if (result < 0) {
                throw LinuxException.of(
                        result,
                        "fallocate",
                        "memory=%s, fd=%d, KEEP_SIZE|PUNCH_HOLE, offset=%d, length=%d",
                        name,
                        fd,
                        offsetBytes,
                        lengthBytes);
            }
        } finally {
            guard.release();
        }
    }

    /**
     * Memory that the host spends on this file, by its block count; swapped pages are included.
     * Does not allocate.
     *
     * @return bytes
     * @throws LinuxException statx(2) failed
     */
    public long residentBytes() {
        guard.acquire();
        try {
            return Statx.allocatedBytes(fd, name);
        } finally {
            guard.release();
        }
    }

    /**
     * Unmaps and frees the memory, after calls that are under way. Idempotent.
     *
     * @throws IllegalStateException another native call holds the segment right now; close again
     *     later
     */
    @Override
    public synchronized void close() {
        if (!guard.isClosed()) {
            arena.close();
            guard.close();
        }
    }

    private void requireRange(long offsetBytes, long lengthBytes) {
        int pageBytes = LinuxMemory.pageSizeBytes();
        if (offsetBytes < 0
                || lengthBytes <= 0
                || offsetBytes % pageBytes != 0
                || lengthBytes % pageBytes != 0
                || offsetBytes > sizeBytes() - lengthBytes) {
            throw new IllegalArgumentException(
                    "range must be whole pages within "
                            + sizeBytes()
                            + " bytes: offset "
                            + offsetBytes
                            + ", length "
                            + lengthBytes);
        }
    }

    private static void free(long address, long sizeBytes, int fd) {
        // Both can only fail on arguments that this class never passes; the fd is closed either
        // way.
        long unmapped = LinuxCalls.munmap(address, sizeBytes);
        LinuxCalls.close(fd);
        if (unmapped < 0) {
            throw LinuxException.of(
                    unmapped, "munmap", "address=0x%x, length=%d", address, sizeBytes);
        }
    }
}
