package org.foreshape.numasculptor;

import java.util.List;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.PageBatch;
import org.jspecify.annotations.Nullable;

/**
 * The step {@link Step#MOVE}: asks where each page of a batch lies, moves those that lie elsewhere,
 * and looks again until nothing is left or nothing helps. One thread; a batch allocates nothing.
 *
 * <p>The kernel answers EBUSY for the second page of a huge page whose first is on its way in the
 * same call, and stops early where one page cannot be moved, so only a second look tells.
 */
final class PageMover {
    private static final int PASS_COUNT_MAX = 4;
    private static final String CALL = "move_pages";

    private final PageBatch asked;
    private final PageBatch moves;
    private final FailureTally tally = new FailureTally();

    private long elsewhere;
    private long moved;

    PageMover(PageBatch asked, PageBatch moves) {
        this.asked = asked;
        this.moves = moves;
    }

    /** Moves ranges to one node, and notes where each block was. */
    StepReport move(SculptTarget target, SculptRequest request, Pacer pacer, BlockOrigins origins) {
        return run(target, request, pacer, origins, false);
    }

    /** Moves each block back to where it was. */
    StepReport moveBack(
            SculptTarget target, SculptRequest request, Pacer pacer, BlockOrigins origins) {
        return run(target, request, pacer, origins, true);
    }

    private StepReport run(
            SculptTarget target,
            SculptRequest request,
            Pacer pacer,
            BlockOrigins origins,
            boolean back) {
        pacer.begin();
        moved = 0;
        long first = 0;
        long left = 0;
        LinuxException failed = null;
        boolean whole = false;
        try {
            for (int pass = 0; pass < PASS_COUNT_MAX; pass++) {
                long before = left;
                whole = pass(target, request, pacer, origins, back);
                left = elsewhere;
                first = pass == 0 ? left : first;
                if (!whole || left == 0 || (pass > 0 && left >= before)) {
                    break;
                }
            }
        } catch (LinuxException e) {
            failed = e;
        }
        // After a whole pass the difference is exact; else the kernel's own word must do.
        long movedPages = whole && first > 0 ? Math.max(moved, first - left) : moved;
        return report(pacer, movedPages, whole ? left : 0, whole, failed);
    }

    private StepReport report(
            Pacer pacer,
            long movedPages,
            long left,
            boolean whole,
            @Nullable LinuxException failed) {
        long bytes = movedPages * RamRange.PAGE_BYTES;
        long tookNs = pacer.elapsedNs();
        if (failed != null) {
            tally.clear();
            tally.add(failed.errno(), 0);
            return new StepReport(
                    Step.MOVE,
                    StepOutcome.FAILED,
                    bytes,
                    tookNs,
                    pacer.pausedNs(),
                    String.valueOf(failed.getMessage()),
                    tally.failures(CALL));
        }
        StepOutcome outcome =
                !whole
                        ? StepOutcome.STOPPED
                        : left == 0
                                ? StepOutcome.DONE
                                : movedPages == 0 ? StepOutcome.FAILED : StepOutcome.PARTIAL;
        return new StepReport(
                Step.MOVE,
                outcome,
                bytes,
                tookNs,
                pacer.pausedNs(),
                !whole
                        ? "stopped between two batches"
                        : left == 0 ? "" : left + " pages could not be moved",
                left == 0 ? List.of() : tally.failures(CALL));
    }

    /** One look at all pages; false when it was stopped. Counts into {@link #elsewhere}. */
    private boolean pass(
            SculptTarget target,
            SculptRequest request,
            Pacer pacer,
            BlockOrigins origins,
            boolean back) {
        elsewhere = 0;
        tally.clear();
        List<RamRange> ranges = origins.ranges();
        long stepBytes = request.batchPages() * RamRange.PAGE_BYTES;
        for (int i = 0; i < ranges.size(); i++) {
            RamRange range = ranges.get(i);
            for (long at = range.start(); at < range.end(); at += stepBytes) {
                if (pacer.isOver()) {
                    return false;
                }
                int count = (int) (Math.min(stepBytes, range.end() - at) / RamRange.PAGE_BYTES);
                asked.fill(at, count, RamRange.PAGE_BYTES);
                asked.query(target.process());
                gather(i, request.node(), origins, back);
                if (moves.size() > 0) {
                    moves.move(target.process(), request.evenShared());
                    pacer.worked(settle() * RamRange.PAGE_BYTES);
                }
            }
        }
        return true;
    }

    /** Collects the pages of the batch that lie on another node than they shall. */
    private void gather(int range, int node, BlockOrigins origins, boolean back) {
        moves.clear();
        for (int page = 0; page < asked.size(); page++) {
            int found = asked.status(page);
            long address = asked.address(page);
            int wanted = back ? origins.nodeOf(range, address) : node;
            if (found >= 0 && wanted >= 0 && found != wanted) {
                moves.add(address, wanted);
                elsewhere++;
                if (!back) {
                    origins.note(range, address, found);
                }
            } else if (found < 0 && found != -Errno.ENOENT && found != -Errno.EFAULT) {
                tally.add(found == PageBatch.UNTOLD ? 0 : -found, address);
            }
        }
    }

    /** Counts what the kernel says of the pages just moved; negative statuses are errors. */
    private long settle() {
        long settled = 0;
        for (int page = 0; page < moves.size(); page++) {
            int status = moves.status(page);
            if (status >= 0) {
                settled++;
            } else {
                tally.add(status == PageBatch.UNTOLD ? 0 : -status, moves.address(page));
            }
        }
        moved += settled;
        return settled;
    }
}
