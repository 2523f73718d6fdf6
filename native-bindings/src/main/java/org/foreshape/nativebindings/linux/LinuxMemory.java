package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;
import org.foreshape.nativebindings.internal.Scratch;

/** Calls on the memory of this process, and small facts about it. Any thread. */
public final class LinuxMemory {
    private static final int PAGE_BYTES = LinuxCalls.getpagesize();

    private LinuxMemory() {}

    /**
     * The size of a base page.
     *
     * @return bytes, 4096 on x86_64
     */
    public static int pageSizeBytes() {
        return PAGE_BYTES;
    }

    /**
     * This process.
     *
     * @return its id
     */
    public static int processId() {
        return LinuxCalls.getpid();
    }

    /**
     * Sets the mask of permissions that new files of this process do not get. It is one per
     * process.
     *
     * @param mask permission bits, for instance {@code 0077}
     * @return the mask before
     */
    public static int setFileCreationMask(int mask) {
        if ((mask & ~0777) != 0) {
            throw new IllegalArgumentException(
                    "mask must be within 0777, not " + Integer.toOctalString(mask));
        }
        return LinuxCalls.umask(mask);
    }

    /**
     * Advises the kernel about a mapped range. Blocks while pages are populated.
     *
     * @param region native, starting at a page
     * @param advice what to tell
     * @throws LinuxException madvise(2) failed
     */
    public static void advise(MemorySegment region, MemoryAdvice advice) {
        Objects.requireNonNull(advice, "advice");
        requirePages(region);
        try {
            long result = LinuxCalls.madvise(region.address(), region.byteSize(), advice.number());
            if (result < 0) {
                throw LinuxException.of(
                        result,
                        "madvise",
                        "address=0x%x, length=%d, advice=%s",
                        region.address(),
                        region.byteSize(),
                        advice);
            }
        } finally {
            Reference.reachabilityFence(region);
        }
    }

    /**
     * How much of a mapped range is in memory, by mincore(2). For memory files and files that is
     * what the page cache holds, whoever touched it.
     *
     * @param region native, starting at a page
     * @return bytes, a multiple of the page size
     * @throws LinuxException mincore(2) failed
     */
    public static long residentBytes(MemorySegment region) {
        requirePages(region);
        try {
            return residentPages(region.address(), region.byteSize()) * PAGE_BYTES;
        } finally {
            Reference.reachabilityFence(region);
        }
    }

    private static long residentPages(long address, long sizeBytes) {
        MemorySegment vector = Scratch.buffer();
        long stepBytes = (long) Scratch.BUFFER_BYTES * PAGE_BYTES;
        long residentPages = 0;
        for (long done = 0; done < sizeBytes; done += stepBytes) {
            long lengthBytes = Math.min(stepBytes, sizeBytes - done);
            long result = LinuxCalls.mincore(address + done, lengthBytes, vector);
            if (result < 0) {
                throw LinuxException.of(
                        result, "mincore", "address=0x%x, length=%d", address + done, lengthBytes);
            }
            long pages = (lengthBytes + PAGE_BYTES - 1) / PAGE_BYTES;
            for (long page = 0; page < pages; page++) {
                residentPages += vector.get(ValueLayout.JAVA_BYTE, page) & 1;
            }
        }
        return residentPages;
    }

    private static void requirePages(MemorySegment region) {
        if (!region.isNative() || region.byteSize() == 0) {
            throw new IllegalArgumentException("region must be native and not empty: " + region);
        }
        if (!region.scope().isAlive()) {
            throw new IllegalStateException("region is freed: " + region);
        }
        if (region.address() % PAGE_BYTES != 0) {
            throw new IllegalArgumentException(
                    "region must start at a page of " + PAGE_BYTES + " bytes: " + region);
        }
    }
}
