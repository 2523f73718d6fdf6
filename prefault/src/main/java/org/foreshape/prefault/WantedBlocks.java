package org.foreshape.prefault;

import java.util.Arrays;

/** The blocks of 2 MiB that may be made whole. */
final class WantedBlocks {
    private static final long BLOCK = RamRange.BLOCK_BYTES;

    private final long[] addresses;
    private int count;
    private int heldCount;
    private long bytes;
    private long untouchedBytes;

    WantedBlocks(RamRange range, RangeState state, PrefaultRequest request, PageRanges allowed) {
        this.addresses = new long[(int) (range.sizeBytes() / BLOCK)];
        PageRanges wanted = state.absent().and(allowed);
        long first = Math.ceilDiv(range.start(), BLOCK) * BLOCK;
        for (long at = first; at + BLOCK <= range.end() && bytes < request.moreBytes(); ) {
            add(at, state, request, wanted);
            at += BLOCK;
        }
    }

    private void add(long at, RangeState state, PrefaultRequest request, PageRanges wanted) {
        long absent = state.absent().bytesWithin(at, at + BLOCK);
        if (absent == 0
                && (!request.isHugeRestored()
                        || state.huge().bytesWithin(at, at + BLOCK) == BLOCK)) {
            return;
        }
        boolean isLost = state.hugeZero().bytesWithin(at, at + BLOCK) > 0;
        // A page that is absent and not allowed may be the balloon's: the block stays as it is.
        boolean isHeld = wanted.bytesWithin(at, at + BLOCK) < absent;
        if (isLost || isHeld) {
            heldCount += isHeld && wanted.bytesWithin(at, at + BLOCK) > 0 ? 1 : 0;
            return;
        }
        addresses[count++] = at;
        bytes += absent;
        if (state.tabled().bytesWithin(at, at + BLOCK) == 0) {
            untouchedBytes += absent;
        }
    }

    long[] toArray() {
        return Arrays.copyOf(addresses, count);
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Blocks that are left out, though some of their pages are wanted. */
    int heldCount() {
        return heldCount;
    }

    /** What becomes resident by them. */
    long bytes() {
        return bytes;
    }

    /** Of that, in blocks where nothing ever was. */
    long untouchedBytes() {
        return untouchedBytes;
    }
}
