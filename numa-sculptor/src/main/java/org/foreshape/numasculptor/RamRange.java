package org.foreshape.numasculptor;

/**
 * A range of a process's memory that is a guest's RAM.
 *
 * @param start address of its first byte, at a page
 * @param end address behind its last byte
 * @param fileOffset where in its file it starts; 0 for anonymous memory
 * @param anonymous whether it is private memory without a file
 */
public record RamRange(long start, long end, long fileOffset, boolean anonymous) {
    /** What a huge page holds. */
    public static final long HUGE_PAGE_BYTES = 2L << 20;

    /** What a page holds. */
    public static final long PAGE_BYTES = 4096;

    /** Checks its bounds. */
    public RamRange {
        if (start < 0 || end <= start || start % PAGE_BYTES != 0 || end % PAGE_BYTES != 0) {
            throw new IllegalArgumentException(
                    "a range must be whole pages and not empty: 0x%x to 0x%x"
                            .formatted(start, end));
        }
    }

    /**
     * Its size.
     *
     * @return bytes
     */
    public long sizeBytes() {
        return end - start;
    }

    /**
     * Whether huge pages can exist in it: its addresses and its file's must agree modulo 2 MiB.
     * QEMU's memfd RAM on x86 never does.
     *
     * @return true for anonymous memory
     */
    public boolean canBeHuge() {
        return anonymous || (start - fileOffset) % HUGE_PAGE_BYTES == 0;
    }
}
