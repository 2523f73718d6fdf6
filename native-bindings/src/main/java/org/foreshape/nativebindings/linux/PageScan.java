package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.internal.HandleGuard;

/**
 * Which pages of a process's memory are there, from {@code /proc/PID/pagemap}: by the PAGEMAP_SCAN
 * ioctl (Linux 6.7), else by reading the entries. One thread at a time.
 *
 * <pre>
 *   struct pm_scan_arg, 96 bytes, all u64:
 *    0 size    8 flags    16 start     24 end       32 walk_end  40 vec  48 vec_len
 *   56 max_pages  64 category_inverted  72 category_mask  80 category_anyof  88 return_mask
 *   struct page_region, 24 bytes: 0 start  8 end  16 categories
 *   pagemap entry, u64: bit 63 present, bit 62 swapped
 * </pre>
 *
 * @see <a href="https://docs.kernel.org/admin-guide/mm/pagemap.html">pagemap</a>
 */
public final class PageScan implements AutoCloseable {
    /** The page is in memory, or is the shared page of zeros. */
    public static final int PRESENT = 8;

    /** The page is in swap. */
    public static final int SWAPPED = 16;

    /** The page is the shared page of zeros; never told by the older way. */
    public static final int ZERO = 32;

    /** The page is part of a huge one; never told by the older way. */
    public static final int HUGE = 64;

    /** Told each run of pages that have the same categories. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * A run of pages.
         *
         * @param start its address
         * @param end the address after it
         * @param categories of {@link #PRESENT}, {@link #SWAPPED}, {@link #ZERO}, {@link #HUGE}
         */
        void run(long start, long end, int categories);
    }

    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final long PAGEMAP_SCAN = 0xC0606610L;
    private static final int ARGUMENT_BYTES = 96;
    private static final int REGION_BYTES = 24;
    private static final int REGION_COUNT = 1024;
    private static final int ENTRY_BYTES = 8;

    private final int pid;
    private final int fd;
    private final boolean byIoctl;
    private final MemorySegment argument;
    private final MemorySegment buffer;
    private final HandleGuard guard;

    private PageScan(int pid, int fd, boolean byIoctl, Arena arena) {
        this.pid = pid;
        this.fd = fd;
        this.byIoctl = byIoctl;
        this.argument = arena.allocate(ARGUMENT_BYTES, 8);
        this.buffer = arena.allocate((long) REGION_COUNT * REGION_BYTES, 8);
        this.guard = new HandleGuard("pagemap of process " + pid, () -> LinuxCalls.close(fd));
    }

    /**
     * Opens the page map of a process.
     *
     * @param pid its number
     * @return the map; the caller closes it
     * @throws LinuxException ENOENT no such process, EACCES not allowed
     */
    public static PageScan open(int pid) {
        return open(pid, true);
    }

    static PageScan open(int pid, boolean preferIoctl) {
        long fd;
        try (Arena call = Arena.ofConfined()) {
            fd =
                    LinuxException.check(
                            LinuxCalls.open(
                                    call.allocateFrom("/proc/" + pid + "/pagemap"),
                                    O_RDONLY_CLOEXEC,
                                    0),
                            "open",
                            "path=/proc/%d/pagemap, RDONLY",
                            pid);
        }
        // Left to the collector, as that of RemotePages is.
        return new PageScan(pid, (int) fd, preferIoctl && canScan((int) fd), Arena.ofAuto());
    }

    /**
     * Whether pages of zeros and huge pages can be told.
     *
     * @return true from Linux 6.7 on
     */
    public boolean tellsZeroAndHuge() {
        return byIoctl;
    }

    /**
     * Visits the pages of a range that are present or swapped, in order of address. What is not
     * visited is not there.
     *
     * @param start where, a multiple of the page size
     * @param end the address after the range
     * @param visitor told each run
     * @throws LinuxException the ioctl or pread(2) failed; ESRCH when the process is gone
     */
    public void visit(long start, long end, Visitor visitor) {
        guard.acquire();
        try {
            if (byIoctl) {
                scan(start, end, visitor);
            } else {
                read(start, end, visitor);
            }
        } finally {
            guard.release();
        }
    }

    /** Closes the map, after a call that is under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }

    /** Older kernels know no such ioctl and answer ENOTTY. */
    private static boolean canScan(int fd) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment empty = call.allocate(ARGUMENT_BYTES, 8);
            empty.set(ValueLayout.JAVA_LONG, 0, ARGUMENT_BYTES);
            empty.set(ValueLayout.JAVA_LONG, 88, PRESENT);
            return PopulateCalls.ioctl(fd, PAGEMAP_SCAN, empty.address()) >= 0;
        }
    }

    private void scan(long start, long end, Visitor visitor) {
        long at = start;
        while (at < end) {
            argument.fill((byte) 0);
            argument.set(ValueLayout.JAVA_LONG, 0, ARGUMENT_BYTES);
            argument.set(ValueLayout.JAVA_LONG, 16, at);
            argument.set(ValueLayout.JAVA_LONG, 24, end);
            argument.set(ValueLayout.JAVA_LONG, 40, buffer.address());
            argument.set(ValueLayout.JAVA_LONG, 48, REGION_COUNT);
            argument.set(ValueLayout.JAVA_LONG, 80, PRESENT | SWAPPED);
            argument.set(ValueLayout.JAVA_LONG, 88, PRESENT | SWAPPED | ZERO | HUGE);
            long found = PopulateCalls.ioctl(fd, PAGEMAP_SCAN, argument.address());
            if (found < 0) {
                throw LinuxException.of(
                        found, "ioctl", "PAGEMAP_SCAN, pid=%d, start=0x%x", pid, at);
            }
            for (long i = 0; i < found; i++) {
                visitor.run(
                        buffer.get(ValueLayout.JAVA_LONG, i * REGION_BYTES),
                        buffer.get(ValueLayout.JAVA_LONG, i * REGION_BYTES + 8),
                        (int) buffer.get(ValueLayout.JAVA_LONG, i * REGION_BYTES + 16));
            }
            long walked = argument.get(ValueLayout.JAVA_LONG, 32);
            if (walked <= at) {
                return;
            }
            at = walked;
        }
    }

    private void read(long start, long end, Visitor visitor) {
        int pageBytes = LinuxMemory.pageSizeBytes();
        long runStart = start;
        int runCategories = 0;
        for (long at = start; at < end; ) {
            long wantedBytes =
                    Math.min(buffer.byteSize(), (end - at) / pageBytes * (long) ENTRY_BYTES);
            long got = PopulateCalls.pread(fd, buffer, wantedBytes, at / pageBytes * ENTRY_BYTES);
            if (got < 0) {
                throw LinuxException.of(got, "pread", "pagemap of pid=%d, address=0x%x", pid, at);
            }
            if (got == 0) {
                throw LinuxException.of(
                        -Errno.ESRCH, "pread", "pagemap of pid=%d, address=0x%x", pid, at);
            }
            for (long i = 0; i < got; i += ENTRY_BYTES, at += pageBytes) {
                // Bits 63 and 62 of an entry become the categories PRESENT and SWAPPED.
                long entry = buffer.get(ValueLayout.JAVA_LONG, i);
                int categories = (entry < 0 ? PRESENT : 0) | ((entry << 1) < 0 ? SWAPPED : 0);
                if (categories != runCategories) {
                    if (runCategories != 0) {
                        visitor.run(runStart, at, runCategories);
                    }
                    runStart = at;
                    runCategories = categories;
                }
            }
        }
        if (runCategories != 0) {
            visitor.run(runStart, end, runCategories);
        }
    }
}
