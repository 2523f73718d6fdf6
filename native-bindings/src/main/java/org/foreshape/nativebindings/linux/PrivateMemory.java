package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.foreshape.nativebindings.internal.HandleGuard;

/**
 * Private anonymous memory of this process, aligned to huge pages: what a guest's RAM is without a
 * memory file. Pages cost nothing until they are touched. Any thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/mmap.2.html">mmap(2)</a>
 */
public final class PrivateMemory implements AutoCloseable {
    /** Huge pages, and the alignment of the memory. */
    public static final long ALIGNMENT_BYTES = 2L << 20;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private final Arena arena;
    private final MemorySegment segment;
    private final HandleGuard guard;

    @SuppressWarnings("MustBeClosedChecker") // The arena lives as long as this; close() ends both.
    private PrivateMemory(long mapped, long mappedBytes, long sizeBytes) {
        long start = (mapped + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
        this.arena = Arena.ofShared();
        this.segment = MemorySegment.ofAddress(start).reinterpret(sizeBytes, arena, null);
        this.guard =
                new HandleGuard("private memory", () -> LinuxCalls.munmap(mapped, mappedBytes));
    }

    /**
     * Maps memory. No page is allocated yet.
     *
     * @param sizeBytes a positive multiple of the page size
     * @return zeros; the caller closes it
     * @throws LinuxException mmap(2) failed
     */
    public static PrivateMemory create(long sizeBytes) {
        if (sizeBytes <= 0 || sizeBytes % LinuxMemory.pageSizeBytes() != 0) {
            throw new IllegalArgumentException(
                    "sizeBytes must be a positive multiple of the page size, not " + sizeBytes);
        }
        long mappedBytes = sizeBytes + ALIGNMENT_BYTES;
        long mapped =
                LinuxException.check(
                        LinuxCalls.mmap(mappedBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0),
                        "mmap",
                        "length=%d, READ|WRITE, PRIVATE|ANONYMOUS",
                        mappedBytes);
        return new PrivateMemory(mapped, mappedBytes, sizeBytes);
    }

    /**
     * The memory.
     *
     * @return usable by any thread until {@link #close}
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Unmaps it. Idempotent.
     *
     * @throws IllegalStateException a native call holds the segment right now; close again later
     */
    @Override
    public synchronized void close() {
        if (!guard.isClosed()) {
            arena.close();
            guard.close();
        }
    }
}
