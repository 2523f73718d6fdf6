package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * What is used of {@code struct statx}, 256 bytes, the same on all machines.
 *
 * <pre>
 *   0 u32 mask   4 u32 blksize   8 u64 attributes  ...  40 u64 size   48 u64 blocks
 * </pre>
 */
final class Statx {
    static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BLOCKS = 0x400;
    private static final long BLOCKS_OFFSET = 48;

    /** st_blocks counts in these, whatever the file system's block size. */
    private static final long BLOCK_BYTES = 512;

    static final MemorySegment EMPTY_PATH = Arena.global().allocateFrom("");

    private Statx() {}

    /** What an open file takes of its device, or of memory; throws {@link LinuxException}. */
    static long allocatedBytes(int fd, String name) {
        MemorySegment statx = Scratch.buffer();
        LinuxException.check(
                LinuxCalls.statx(fd, EMPTY_PATH, AT_EMPTY_PATH, STATX_BLOCKS, statx),
                "statx",
                "%s, fd=%d",
                name,
                fd);
        return statx.get(ValueLayout.JAVA_LONG, BLOCKS_OFFSET) * BLOCK_BYTES;
    }
}
