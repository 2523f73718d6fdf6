package org.foreshape.numasculptor;

import java.util.List;
import java.util.Map;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.PageBatch;
import org.jspecify.annotations.Nullable;

/**
 * The step {@link Step#MOVE}: asks where the pages of a batch lie, moves those that lie elsewhere,
 * and looks again until nothing is left or nothing helps. One thread; a batch allocates nothing.
 *
 * <p>A huge page moves as a whole when its first small page is named; naming the others too makes
 * the kernel answer EBUSY and begin anew at each. So where there are huge pages, the first pages of
 * all blocks go first. Where nearly all small pages are present and elsewhere they are not asked
 * for one by one, which costs a tenth of moving them. Whether anything is left is read from
 * numa_maps, which costs the kernel far less than asking.
 */
final class PageMover {
    private static final int PASS_COUNT_MAX = 4;
    private static final int HUGE_SHARE = 8;
    private static final double DENSE_SHARE = 0.95;

    /** Of each 2 MiB eight pages tell where it lies. */
    private static final long SAMPLE_BYTES = RamRange.HUGE_PAGE_BYTES / 8;

    private static final String CALL = "move_pages";

    private final PageBatch asked;
    private final PageBatch moves;
    private final FailureTally tally = new FailureTally();

    /** Pages found elsewhere in this pass. */
    private long elsewhere;

    /** Bytes that the kernel says it moved. */
    private long settledBytes;

    PageMover(PageBatch asked, PageBatch moves) {
        this.asked = asked;
        this.moves = moves;
    }

    /**
     * Moves ranges to one node, and notes where each block was.
     *
     * @param before bytes by node as the act found them; empty where it could not read them
     */
    StepReport move(
            SculptTarget target,
            SculptRequest request,
            Pacer pacer,
            BlockOrigins origins,
            Map<Integer, Long> before) {
        Map<Integer, Long> known =
                before.isEmpty()
                        ? target.reader().bytesOfMappings(target.pid(), origins.ranges())
                        : before;
        return run(target, request, pacer, origins, known);
    }

    /** Moves each block back to where it was. */
    StepReport moveBack(
            SculptTarget target, SculptRequest request, Pacer pacer, BlockOrigins origins) {
        return run(target, request, pacer, origins, null);
    }

    private StepReport run(
            SculptTarget target,
            SculptRequest request,
            Pacer pacer,
            BlockOrigins origins,
            @Nullable Map<Integer, Long> before) {
        pacer.begin();
        tally.clear();
        settledBytes = 0;
        boolean back = before == null;
        long firstBytes = before == null ? 0 : elsewhere(before, request.node());
        long leftBytes = firstBytes;
        LinuxException failed = null;
        boolean whole = true;
        try {
            if (back || leftBytes > 0) {
                MemoryFigures figures = target.reader().wholeFigures(target.pid());
                if (figures.hugeBytes() > figures.residentBytes() / HUGE_SHARE) {
                    whole = pass(target, request, pacer, origins, back, RamRange.HUGE_PAGE_BYTES);
                    leftBytes = back ? 0 : bytesElsewhere(target, request, origins);
                }
                long sizeBytes = origins.ranges().stream().mapToLong(RamRange::sizeBytes).sum();
                if (whole && !back && leftBytes >= DENSE_SHARE * sizeBytes) {
                    whole = directPass(target, request, pacer, origins);
                    leftBytes = bytesElsewhere(target, request, origins);
                }
            }
            for (int pass = 0; whole && pass < PASS_COUNT_MAX; pass++) {
                if (!back && leftBytes == 0) {
                    break;
                }
                long lastLeft = back ? elsewhere : leftBytes;
                whole = pass(target, request, pacer, origins, back, RamRange.PAGE_BYTES);
                leftBytes =
                        back
                                ? elsewhere * RamRange.PAGE_BYTES
                                : bytesElsewhere(target, request, origins);
                if (leftBytes == 0 || (pass > 0 && (back ? elsewhere : leftBytes) >= lastLeft)) {
                    break;
                }
            }
            if (!whole && !back) {
                leftBytes = bytesElsewhere(target, request, origins);
            }
        } catch (LinuxException e) {
            failed = e;
        }
        boolean seen = failed == null && !back;
        long movedBytes = seen ? Math.max(0, firstBytes - leftBytes) : settledBytes;
        return report(pacer, movedBytes, leftBytes, whole, failed);
    }

    private static long bytesElsewhere(
            SculptTarget target, SculptRequest request, BlockOrigins origins) {
        return elsewhere(
                target.reader().bytesOfMappings(target.pid(), origins.ranges()), request.node());
    }

    private static long elsewhere(Map<Integer, Long> bytesByNode, int node) {
        long bytes = 0;
        for (var entry : bytesByNode.entrySet()) {
            bytes += entry.getKey() == node ? 0 : entry.getValue();
        }
        return bytes;
    }

    private StepReport report(
            Pacer pacer,
            long movedBytes,
            long leftBytes,
            boolean whole,
            @Nullable LinuxException failed) {
        long tookNs = pacer.elapsedNs();
        StepOutcome outcome;
        String reason;
        if (failed != null) {
            tally.add(failed.errno(), 0);
            outcome = StepOutcome.FAILED;
            reason = String.valueOf(failed.getMessage());
        } else if (!whole) {
            outcome = StepOutcome.STOPPED;
            reason = "stopped between two batches, " + leftBytes + " bytes are elsewhere";
        } else if (leftBytes == 0) {
            tally.clear();
            outcome = StepOutcome.DONE;
            reason = "";
        } else {
            outcome = movedBytes == 0 ? StepOutcome.FAILED : StepOutcome.PARTIAL;
            reason = leftBytes + " bytes could not be moved";
        }
        return new StepReport(
                Step.MOVE,
                outcome,
                movedBytes,
                tookNs,
                pacer.pausedNs(),
                reason,
                tally.failures(CALL));
    }

    /** One look at every page, or at the first page of every block; false when it was stopped. */
    private boolean pass(
            SculptTarget target,
            SculptRequest request,
            Pacer pacer,
            BlockOrigins origins,
            boolean back,
            long strideBytes) {
        elsewhere = 0;
        tally.clear();
        List<RamRange> ranges = origins.ranges();
        long stepBytes = request.batchPages() * RamRange.PAGE_BYTES;
        for (int i = 0; i < ranges.size(); i++) {
            RamRange range = ranges.get(i);
            long first = (range.start() + strideBytes - 1) / strideBytes * strideBytes;
            for (long at = first; at < range.end(); at += stepBytes) {
                if (pacer.isOver()) {
                    return false;
                }
                long length = Math.min(stepBytes, range.end() - at);
                asked.fill(at, (int) ((length + strideBytes - 1) / strideBytes), strideBytes);
                asked.query(target.process());
                gather(i, request.node(), origins, back);
                if (moves.size() > 0) {
                    moves.move(target.process(), request.evenShared());
                    long bytes = settle() * strideBytes;
                    settledBytes += bytes;
                    pacer.worked(bytes);
                }
            }
        }
        return true;
    }

    /** Moves every page without asking for it first; false when it was stopped. */
    private boolean directPass(
            SculptTarget target, SculptRequest request, Pacer pacer, BlockOrigins origins) {
        tally.clear();
        List<RamRange> ranges = origins.ranges();
        long stepBytes = request.batchPages() * RamRange.PAGE_BYTES;
        for (int i = 0; i < ranges.size(); i++) {
            RamRange range = ranges.get(i);
            for (long at = range.start(); at < range.end(); at += stepBytes) {
                if (pacer.isOver()) {
                    return false;
                }
                long length = Math.min(stepBytes, range.end() - at);
                int samples = (int) ((length + SAMPLE_BYTES - 1) / SAMPLE_BYTES);
                asked.fill(at, samples, SAMPLE_BYTES);
                asked.query(target.process());
                gather(i, request.node(), origins, false);
                int pages = (int) (length / RamRange.PAGE_BYTES);
                moves.fill(at, pages, RamRange.PAGE_BYTES, request.node());
                moves.move(target.process(), request.evenShared());
                long bytes = settle() * RamRange.PAGE_BYTES;
                settledBytes += bytes;
                pacer.worked(bytes);
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
            } else if (status != -Errno.ENOENT && status != -Errno.EFAULT) {
                tally.add(status == PageBatch.UNTOLD ? 0 : -status, moves.address(page));
            }
        }
        return settled;
    }
}
