package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one move_pages(2) call, off-heap and used again and again: filling, asking and
 * moving allocate nothing. Not for several threads at once.
 *
 * <pre>
 *   addresses  8 bytes each | wanted nodes  4 bytes each | status  4 bytes each
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/move_pages.2.html">move_pages(2)</a>
 */
public final class PageBatch implements AutoCloseable {
    /** Most pages of one batch: 4 GiB of small pages. */
    public static final int PAGE_COUNT_MAX = 1 << 20;

    /**
     * Status of a page that the kernel did not get to, since it gave up at one before it. No error
     * number is as small.
     */
    public static final int UNTOLD = 0x8080_8080;

    private static final byte UNTOLD_BYTE = (byte) 0x80;
    private static final int MPOL_MF_MOVE = 2;
    private static final int MPOL_MF_MOVE_ALL = 4;

    private final Arena arena;
    private final int capacity;
    private final MemorySegment addresses;
    private final MemorySegment nodes;
    private final MemorySegment status;
    private int size;

    private PageBatch(Arena arena, int capacity) {
        this.arena = arena;
        this.capacity = capacity;
        this.addresses = arena.allocate(ValueLayout.JAVA_LONG, capacity);
        this.nodes = arena.allocate(ValueLayout.JAVA_INT, capacity);
        this.status = arena.allocate(ValueLayout.JAVA_INT, capacity);
    }

    /**
     * Allocates an empty batch.
     *
     * @param capacity pages that it can hold, 1 to {@value #PAGE_COUNT_MAX}
     * @return the batch; the caller closes it
     */
    @SuppressWarnings("MustBeClosedChecker") // The batch holds the arena and closes it.
    public static PageBatch allocate(int capacity) {
        if (capacity < 1 || capacity > PAGE_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "capacity must be 1 to " + PAGE_COUNT_MAX + ", not " + capacity);
        }
        return new PageBatch(Arena.ofShared(), capacity);
    }

    /**
     * How many pages it can hold.
     *
     * @return as given to {@link #allocate}
     */
    public int capacity() {
        return capacity;
    }

    /**
     * How many pages it holds.
     *
     * @return 0 after {@link #clear}
     */
    public int size() {
        return size;
    }

    /** Forgets its pages. */
    public void clear() {
        size = 0;
    }

    /**
     * Adds a page.
     *
     * @param address any address in it
     * @param node the node wanted for it; a query ignores it
     * @throws IllegalStateException when the batch is full
     */
    public void add(long address, int node) {
        if (size == capacity) {
            throw new IllegalStateException("the batch is full with " + capacity + " pages");
        }
        addresses.setAtIndex(ValueLayout.JAVA_LONG, size, address);
        nodes.setAtIndex(ValueLayout.JAVA_INT, size, node);
        size++;
    }

    /**
     * Replaces its pages by consecutive ones, for a query.
     *
     * @param start address of the first
     * @param pageCount how many, at most {@link #capacity}
     * @param pageBytes distance from one to the next
     */
    public void fill(long start, int pageCount, long pageBytes) {
        if (pageCount < 0 || pageCount > capacity) {
            throw new IllegalArgumentException(
                    "pageCount must be 0 to " + capacity + ", not " + pageCount);
        }
        for (int i = 0; i < pageCount; i++) {
            addresses.setAtIndex(ValueLayout.JAVA_LONG, i, start + i * pageBytes);
        }
        size = pageCount;
    }

    /**
     * Replaces its pages by consecutive ones that shall all go to one node.
     *
     * @param start address of the first
     * @param pageCount how many, at most {@link #capacity}
     * @param pageBytes distance from one to the next
     * @param node the node wanted for each
     */
    public void fill(long start, int pageCount, long pageBytes, int node) {
        fill(start, pageCount, pageBytes);
        for (int i = 0; i < pageCount; i++) {
            nodes.setAtIndex(ValueLayout.JAVA_INT, i, node);
        }
    }

    /**
     * The address of a page.
     *
     * @param index 0 to {@link #size} - 1
     * @return as added
     */
    public long address(int index) {
        return addresses.getAtIndex(ValueLayout.JAVA_LONG, checked(index));
    }

    /**
     * What the last call said of a page.
     *
     * @param index 0 to {@link #size} - 1
     * @return the node it lies on; or a negated error number: ENOENT not present, EFAULT unmapped
     *     or the zero page, EBUSY, EACCES; or {@link #UNTOLD}
     */
    public int status(int index) {
        return status.getAtIndex(ValueLayout.JAVA_INT, checked(index));
    }

    /**
     * Asks where the pages lie.
     *
     * @param process whose pages they are; null is this process
     * @throws LinuxException move_pages(2) failed, or the process ended meanwhile (ESRCH)
     */
    public void query(@Nullable RemoteProcess process) {
        call(process, 0, 0, "query");
    }

    /**
     * Moves each page to the node wanted for it. Blocks while pages are copied.
     *
     * @param process whose pages they are; null is this process
     * @param evenShared moves pages that other processes map too (needs CAP_SYS_NICE)
     * @throws LinuxException move_pages(2) failed, or the process ended meanwhile (ESRCH). ENODEV:
     *     a node is absent
     */
    public void move(@Nullable RemoteProcess process, boolean evenShared) {
        call(
                process,
                nodes.address(),
                evenShared ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE,
                evenShared ? "MOVE_ALL" : "MOVE");
    }

    /** Frees its memory. Idempotent; no call may be under way. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private int checked(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("page " + index + " of " + size);
        }
        return index;
    }

    private void call(@Nullable RemoteProcess process, long nodesAddress, int flags, String what) {
        if (size == 0) {
            return;
        }
        // Writing through the segment also finds out whether the batch was closed, before its
        // address goes to the kernel.
        status.fill(UNTOLD_BYTE);
        long result =
                process == null
                        ? self(nodesAddress, flags)
                        : process.movePages(
                                size, addresses.address(), nodesAddress, status.address(), flags);
        if (result < 0) {
            int pid = process == null ? 0 : process.pid();
            throw LinuxException.of(result, "move_pages", "pid=%d, pages=%d, %s", pid, size, what);
        }
    }

    private long self(long nodesAddress, int flags) {
        return LinuxCalls.syscall(
                SyscallNumbers.ofArchitecture(System.getProperty("os.arch")).movePages(),
                0,
                size,
                addresses.address(),
                nodesAddress,
                status.address(),
                flags);
    }
}
