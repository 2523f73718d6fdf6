package org.foreshape.nativebindings.linux;

/** Maps a file, shared, at an address that is a multiple of more than the page size. */
final class SharedMapping {
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;

    private SharedMapping() {}

    /**
     * Reserves enough to hold an aligned address, maps over it, and gives the rest back.
     *
     * @return the address, or the negated error number of mmap(2)
     */
    static long map(long sizeBytes, long alignmentBytes, int fd) {
        long reservedBytes = Math.addExact(sizeBytes, alignmentBytes);
        long start =
                LinuxCalls.mmap(reservedBytes, PROT_NONE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0);
        if (start < 0) {
            return start;
        }
        long aligned = Math.ceilDiv(start, alignmentBytes) * alignmentBytes;
        // MAP_FIXED replaces a part of what was just reserved, and nothing else can be there.
        long result =
                LinuxCalls.mmap(aligned, sizeBytes, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
        if (result < 0) {
            LinuxCalls.munmap(start, reservedBytes);
            return result;
        }
        if (aligned > start) {
            LinuxCalls.munmap(start, aligned - start);
        }
        long end = aligned + sizeBytes;
        if (end < start + reservedBytes) {
            LinuxCalls.munmap(end, start + reservedBytes - end);
        }
        return result;
    }
}
