package org.foreshape.prefault;

import org.foreshape.nativebindings.linux.SharedFile;

/**
 * Where the memory of one guest lies in its process. The process is named by number and start time,
 * so that a recycled number is noticed.
 *
 * @param pid the process
 * @param processStartTicks its start time, field 22 of {@code /proc/PID/stat}
 * @param start the address in the process, a multiple of 4 KiB
 * @param sizeBytes how much, a multiple of 4 KiB
 * @param kind what it is made of
 * @param fileOffsetBytes where in its file it starts; 0 for anonymous memory
 * @param device of its file, as {@link SharedFile#deviceOf} gives it; 0 for anonymous memory
 * @param inode of its file; 0 for anonymous memory
 * @param name as in {@code /proc/PID/maps}; empty for anonymous memory
 */
public record RamRange(
        int pid,
        long processStartTicks,
        long start,
        long sizeBytes,
        MemoryKind kind,
        long fileOffsetBytes,
        long device,
        long inode,
        String name) {
    /** The size of a huge page that the range is planned in. */
    static final long BLOCK_BYTES = 2 << 20;

    /**
     * The address after it.
     *
     * @return start plus size
     */
    public long end() {
        return start + sizeBytes;
    }

    /**
     * Whether huge pages can be mapped here: address and file offset must agree modulo 2 MiB. For
     * memory files of QEMU up to 7.2 they do not.
     *
     * @return true for all anonymous memory
     */
    public boolean isAligned() {
        return inode == 0 || Math.floorMod(start - fileOffsetBytes, BLOCK_BYTES) == 0;
    }
}
