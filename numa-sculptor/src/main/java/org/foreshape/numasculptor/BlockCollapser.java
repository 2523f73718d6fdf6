package org.foreshape.numasculptor;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.MemoryAdvice;
import org.foreshape.nativebindings.linux.PageBatch;
import org.jspecify.annotations.Nullable;

/**
 * The step {@link Step#COLLAPSE}: makes each aligned block of 2 MiB one huge page, if nearly all of
 * it is resident already. A block with less is left alone: the kernel would fill it, and so undo
 * what a balloon or free page reporting has given back. One thread; a block allocates nothing.
 */
final class BlockCollapser {
    private static final int BLOCK_PAGES = (int) (RamRange.HUGE_PAGE_BYTES / RamRange.PAGE_BYTES);
    private static final int TRY_COUNT = 3;
    private static final long MIB_OF_BLOCK = RamRange.HUGE_PAGE_BYTES >> 20;
    private static final String CALL = "process_madvise";

    private final PageBatch asked;
    private final FailureTally tally = new FailureTally();

    private long done;
    private long sparse;
    private long sparseBytes;

    BlockCollapser(PageBatch asked) {
        this.asked = asked;
    }

    StepReport collapse(
            SculptTarget target, SculptRequest request, Pacer pacer, List<RamRange> ranges) {
        pacer.begin();
        tally.clear();
        done = 0;
        sparse = 0;
        sparseBytes = 0;
        MemoryFigures before = target.reader().figures(target.pid(), ranges);
        boolean whole = true;
        for (int i = 0; i < ranges.size() && whole; i++) {
            if (ranges.get(i).canBeHuge()) {
                whole = range(target, request, pacer, ranges.get(i));
            }
        }
        MemoryFigures after = target.reader().figures(target.pid(), ranges);
        long gained = Math.max(0, after.hugeBytes() - before.hugeBytes());
        var failures = new ArrayList<>(tally.failures(CALL));
        Failure unseen = unseen(done, after);
        if (unseen != null) {
            failures.add(unseen);
        }
        return new StepReport(
                Step.COLLAPSE,
                outcome(whole, unseen == null),
                gained,
                pacer.elapsedNs(),
                pacer.pausedNs(),
                reason(whole, unseen),
                failures);
    }

    /**
     * The kernel calls a block of huge zero pages done too, and a VM may have split blocks again,
     * so only smaps tells.
     *
     * @param blocks that the kernel called done
     * @param after smaps afterwards; of a process that has ended it is empty, which the caller
     *     knows
     * @return null when enough of them is huge
     */
    static @Nullable Failure unseen(long blocks, MemoryFigures after) {
        long huge = after.hugeBytes() / RamRange.HUGE_PAGE_BYTES;
        if (huge >= blocks - blocks / 20) {
            return null;
        }
        return new Failure(
                "smaps",
                0,
                "",
                blocks - huge,
                0,
                "the kernel took %d MiB, but only %d MiB are huge: pages of zeros, or split again"
                        .formatted(blocks * MIB_OF_BLOCK, after.hugeBytes() >> 20));
    }

    private StepOutcome outcome(boolean whole, boolean seen) {
        if (!whole) {
            return tally.total() > 0 && tallyHasDeath() ? StepOutcome.FAILED : StepOutcome.STOPPED;
        }
        if (tally.total() > 0 || !seen) {
            return done == 0 ? StepOutcome.FAILED : StepOutcome.PARTIAL;
        }
        return StepOutcome.DONE;
    }

    private boolean tallyHasDeath() {
        return tally.failures(CALL).stream().anyMatch(f -> f.errno() == Errno.ESRCH);
    }

    private String reason(boolean whole, @Nullable Failure unseen) {
        if (!whole) {
            return tallyHasDeath() ? "the process has ended" : "stopped between two blocks";
        }
        if (unseen != null) {
            return unseen.reason();
        }
        if (tally.total() > 0) {
            return tally.total() + " blocks could not be made huge";
        }
        return sparse == 0
                ? ""
                : "%d blocks with %d MiB resident were left as they are, too much of them is not"
                        .formatted(sparse, sparseBytes >> 20);
    }

    /** False when it was stopped or the process is gone. */
    private boolean range(SculptTarget target, SculptRequest request, Pacer pacer, RamRange range) {
        long huge = RamRange.HUGE_PAGE_BYTES;
        long first = (range.start() + huge - 1) / huge * huge;
        int blocksOfBatch = asked.capacity() / BLOCK_PAGES;
        int pagesMin = (int) Math.ceil(request.residentShareMin() * BLOCK_PAGES);
        for (long at = first; at + huge <= range.end(); at += blocksOfBatch * huge) {
            int blocks = (int) Math.min(blocksOfBatch, (range.end() - at) / huge);
            asked.fill(at, blocks * BLOCK_PAGES, RamRange.PAGE_BYTES);
            asked.query(target.process());
            for (int block = 0; block < blocks; block++) {
                if (pacer.isOver()) {
                    return false;
                }
                int present = present(block);
                if (present < pagesMin) {
                    sparse += present > 0 ? 1 : 0;
                    sparseBytes += present * RamRange.PAGE_BYTES;
                } else if (!block(target, at + block * huge)) {
                    return false;
                } else {
                    pacer.worked(huge);
                }
            }
        }
        return true;
    }

    private int present(int block) {
        int present = 0;
        for (int page = block * BLOCK_PAGES; page < (block + 1) * BLOCK_PAGES; page++) {
            present += asked.status(page) >= 0 ? 1 : 0;
        }
        return present;
    }

    /** False when the process is gone. */
    private boolean block(SculptTarget target, long address) {
        long result = -Errno.EAGAIN;
        // A block that the VM is writing to right now is often refused, and taken a moment later.
        for (int attempt = 0; attempt < TRY_COUNT && result == -Errno.EAGAIN; attempt++) {
            result =
                    target.process()
                            .tryAdvise(address, RamRange.HUGE_PAGE_BYTES, MemoryAdvice.COLLAPSE);
        }
        if (result == RamRange.HUGE_PAGE_BYTES) {
            done++;
            return true;
        }
        int errno = result < 0 ? (int) -result : Errno.EAGAIN;
        tally.add(errno, address);
        return errno != Errno.ESRCH;
    }
}
