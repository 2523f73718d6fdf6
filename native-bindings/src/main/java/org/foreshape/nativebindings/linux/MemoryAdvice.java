package org.foreshape.nativebindings.linux;

/**
 * What the kernel can be told about a range of memory.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/madvise.2.html">madvise(2)</a>
 */
public enum MemoryAdvice {
    /** Will be read soon: read it from its file or swap ahead. */
    WILLNEED(3),
    /** Not needed: anonymous content is lost, file content stays in the file. */
    DONTNEED(4),
    /** May be made of huge pages. */
    HUGEPAGE(14),
    /** Shall not be made of huge pages. */
    NOHUGEPAGE(15),
    /** First to go under memory pressure; content stays. */
    COLD(20),
    /** Reclaim now; content stays. */
    PAGEOUT(21),
    /** Fill the page table by reading. Linux 5.14. */
    POPULATE_READ(22),
    /** Allocate and fill the page table by a write that changes nothing. Linux 5.14. */
    POPULATE_WRITE(23),
    /** Gather into huge pages now. Linux 6.1. */
    COLLAPSE(25);

    private final int number;

    MemoryAdvice(int number) {
        this.number = number;
    }

    /**
     * The constant of C.
     *
     * @return the number of {@code MADV_*}
     */
    public int number() {
        return number;
    }
}
