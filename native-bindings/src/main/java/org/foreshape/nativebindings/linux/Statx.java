package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What is used of {@code struct statx}, 256 bytes, the same on all machines.
 *
 * <pre>
 *   0 u32 mask   4 u32 blksize   8 u64 attributes  ...  40 u64 size   48 u64 blocks
 * </pre>
 */
final class Statx {
    static final int AT_EMPTY_PATH = 0x1000;
    static final int STATX_BLOCKS = 0x400;
    static final long BLOCKS_OFFSET = 48;

    /** st_blocks counts in these, whatever the file system's block size. */
    static final long BLOCK_BYTES = 512;

    static final MemorySegment EMPTY_PATH = Arena.global().allocateFrom("");

    private Statx() {}
}
