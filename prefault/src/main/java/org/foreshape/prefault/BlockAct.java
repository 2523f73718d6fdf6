package org.foreshape.prefault;

import java.io.IOException;
import java.util.function.Supplier;
import org.foreshape.prefault.PrefaultReport.Stop;

/**
 * Makes blocks of 2 MiB resident by giving each a page table where it has none and collapsing it.
 * Buffers are made once; a batch allocates nothing.
 */
final class BlockAct {
    private static final long BLOCK = RamRange.BLOCK_BYTES;

    /** 64 MiB between two looks at the limits: 6 ms of work on a quiet host with warm frames. */
    private static final long BATCH_BYTES_MAX = 64 << 20;

    /**
     * What a thread reads in one hold of the switch of the huge page of zeros: 16 ms of work on a
     * quiet host with warm frames. The act can end in the middle of it.
     */
    private static final long READ_BYTES_MAX = 128 << 20;

    /**
     * Blocks that get a page table in one hold of the switch. A block that has one and is not
     * collapsed costs the guest small page faults, so an act that ends early must not leave many;
     * and each hold costs the host a restart of its huge page daemon, so it must not hold few.
     */
    private static final long CHUNK_BYTES_MAX = 256L << 20;

    private final RemoteAct act;
    private final HugePageSwitches switches;
    private final int batchBlocks;

    /** Of a path whose reads allocate: a share for each thread. */
    private final int readBlocks;

    private final Supplier<RangeState> look;
    private long[] refused = new long[0];
    private int refusedCount;

    /**
     * Stores what it works with.
     *
     * @param look reads the state of the memory anew
     */
    BlockAct(RemoteAct act, HugePageSwitches switches, Supplier<RangeState> look) {
        this.act = act;
        this.look = look;
        this.switches = switches;
        this.batchBlocks = (int) (act.control().batchBytes(BATCH_BYTES_MAX, BLOCK) / BLOCK);
        long readBytesMax = READ_BYTES_MAX * act.lanes().count();
        this.readBlocks = (int) (act.control().batchBytes(readBytesMax, BLOCK) / BLOCK);
    }

    /** Carries the plan out. */
    Stop run(PlannedAct planned) throws IOException {
        long[] blocks = planned.blocks();
        refused = new long[blocks.length];
        return switch (planned.plan().path()) {
            case ANON_COLLAPSE -> collapseThenOpen(blocks, planned.fallback());
            case ANON_ZERO_PAGE -> readHuge(blocks, blocks.length);
            case ANON_SWITCH, ANON_TOUCH, TMPFS_COLLAPSE ->
                    openAndCollapse(planned.plan().path(), blocks, blocks.length);
            case HUGETLB_READ -> read(blocks, planned.plan().bytes() / blocks.length);
            case NONE, UNAVAILABLE, MEMFD_MAP, MEMFD_WINDOWS, OWN_POPULATE, QMP_PREALLOC ->
                    throw new IllegalStateException("no act on blocks: " + planned.plan().path());
        };
    }

    private Stop collapseThenOpen(long[] blocks, PrefaultPath fallback) throws IOException {
        boolean canOpen =
                fallback == PrefaultPath.ANON_SWITCH
                        || fallback == PrefaultPath.ANON_TOUCH
                        || fallback == PrefaultPath.ANON_ZERO_PAGE;
        Stop stop = collapse(blocks, 0, blocks.length, !canOpen);
        if (stop == Stop.DONE && canOpen && refusedCount > 0) {
            int count = refusedCount;
            long[] rest = refused;
            refused = new long[count];
            refusedCount = 0;
            stop =
                    fallback == PrefaultPath.ANON_ZERO_PAGE
                            ? readHuge(rest, count)
                            : openAndCollapse(fallback, rest, count);
        }
        return stop;
    }

    private Stop openAndCollapse(PrefaultPath path, long[] blocks, int count) throws IOException {
        int chunk = (int) (act.control().batchBytes(CHUNK_BYTES_MAX, batchBlocks * BLOCK) / BLOCK);
        Stop stop = Stop.DONE;
        for (int from = 0; from < count && stop == Stop.DONE; from += chunk) {
            int size = Math.min(chunk, count - from);
            stop = open(path, blocks, from, size);
            if (stop == Stop.DONE) {
                stop = collapse(blocks, from, size, true);
            }
        }
        return stop;
    }

    /** One read a block gives it a page table; the hold of the switch covers nothing else. */
    private Stop open(PrefaultPath path, long[] blocks, int from, int size) throws IOException {
        // A page table and, in shared memory, a page for each block.
        Stop stop = act.before(size * 2L * 4096);
        if (stop != Stop.DONE) {
            return stop;
        }
        return path == PrefaultPath.ANON_SWITCH
                ? during(switches.block(), blocks, from, size)
                : act.touch(PrefaultStep.TOUCH_BLOCKS, blocks, from, size, size * BLOCK);
    }

    /**
     * Each read allocates a huge page where the block has no page table. What is not huge then had
     * one, or the host had no huge page at hand, for which COLLAPSE looks harder.
     */
    private Stop readHuge(long[] blocks, int count) throws IOException {
        Stop stop = Stop.DONE;
        for (int done = 0; done < count && stop == Stop.DONE; done += readBlocks) {
            int batch = Math.min(readBlocks, count - done);
            stop = act.before(batch * BLOCK);
            if (stop == Stop.DONE) {
                stop = during(switches.zeroPage(), blocks, done, batch);
                act.control().after(batch * BLOCK);
            }
        }
        if (stop != Stop.DONE) {
            return stop;
        }
        RangeState now = look.get();
        long[] rest = new long[count];
        int restCount = 0;
        for (int i = 0; i < count; i++) {
            if (!now.isKnown() || now.huge().bytesWithin(blocks[i], blocks[i] + BLOCK) < BLOCK) {
                rest[restCount++] = blocks[i];
            }
        }
        return collapse(rest, 0, restCount, true);
    }

    private Stop during(HugePageSwitch held, long[] blocks, int from, int size) throws IOException {
        Stop[] stop = {Stop.DONE};
        long startNs = System.nanoTime();
        held.during(() ->
                stop[0] = act.touch(PrefaultStep.TOUCH_BLOCKS, blocks, from, size, size * BLOCK));
        act.tally().add(PrefaultStep.SWITCH, 1, size * BLOCK, System.nanoTime() - startNs);
        return stop[0];
    }

    private Stop collapse(long[] blocks, int from, int size, boolean isRefusalCounted)
            throws IOException {
        Stop stop = Stop.DONE;
        for (int done = 0; done < size && stop == Stop.DONE; done += batchBlocks) {
            int batch = Math.min(batchBlocks, size - done);
            stop = act.before(batch * BLOCK);
            if (stop == Stop.DONE) {
                stop = collapseBatch(blocks, from + done, batch, isRefusalCounted);
            }
        }
        return stop;
    }

    /** Blocks that follow each other go in one call. */
    private Stop collapseBatch(long[] blocks, int from, int size, boolean isRefusalCounted)
            throws IOException {
        Stop stop = Stop.DONE;
        int end = from + size;
        for (int first = from; first < end && stop == Stop.DONE; ) {
            int next = first + 1;
            while (next < end && blocks[next] == blocks[next - 1] + BLOCK) {
                next++;
            }
            stop = collapseRun(blocks, first, next - first, isRefusalCounted);
            first = next;
        }
        act.control().after(size * BLOCK);
        return stop;
    }

    private Stop collapseRun(long[] blocks, int from, int size, boolean isRefusalCounted)
            throws IOException {
        long startNs = System.nanoTime();
        Stop all = act.collapse(blocks[from], size * BLOCK, isRefusalCounted);
        boolean isDone = all == Stop.DONE;
        act.tally()
                .add(
                        PrefaultStep.COLLAPSE,
                        1,
                        isDone ? size * BLOCK : 0,
                        System.nanoTime() - startNs);
        if (all == Stop.UNAVAILABLE && !isRefusalCounted) {
            // All go to the next step, which does no harm to those that are huge by now.
            for (int i = from; i < from + size; i++) {
                refused[refusedCount++] = blocks[i];
            }
            return Stop.DONE;
        }
        boolean isUnclear = all == Stop.UNAVAILABLE || all == Stop.FAILED;
        return isUnclear && size > 1
                ? collapseEach(blocks, from, size)
                : isUnclear ? Stop.DONE : all;
    }

    private Stop collapseEach(long[] blocks, int from, int size) throws IOException {
        long startNs = System.nanoTime();
        long bytes = 0;
        int calls = 0;
        Stop stop = Stop.DONE;
        for (int i = from; i < from + size && stop == Stop.DONE; i++) {
            Stop one = act.collapse(blocks[i], BLOCK, true);
            calls++;
            switch (one) {
                case DONE -> bytes += BLOCK;
                case UNAVAILABLE, FAILED -> {
                    // Counted; this block stays as it is and the next may do.
                }
                case CANCELLED, DEADLINE, HOST_MEMORY, PROCESS_GONE, RANGE_GONE, NOT_PERMITTED ->
                        stop = one;
            }
        }
        act.tally().add(PrefaultStep.COLLAPSE, calls, bytes, System.nanoTime() - startNs);
        return stop;
    }

    private Stop read(long[] pages, long pageBytes) throws IOException {
        Stop stop = Stop.DONE;
        for (int from = 0; from < pages.length && stop == Stop.DONE; from += batchBlocks) {
            int size = Math.min(batchBlocks, pages.length - from);
            stop = act.control().beforePool(size * pageBytes);
            if (stop == Stop.DONE) {
                stop = act.touch(PrefaultStep.TOUCH_BLOCKS, pages, from, size, size * pageBytes);
                act.control().after(size * pageBytes);
            }
        }
        return stop;
    }
}
