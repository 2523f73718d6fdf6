package org.foreshape.numasculptor;

import java.util.List;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.MemoryAdvice;

/**
 * The steps {@link Step#COLD} and {@link Step#PAGEOUT}, chunk by chunk. One thread; a chunk
 * allocates nothing.
 */
final class Reclaimer {
    private static final long CHUNK_BYTES = 64L << 20;
    private static final String CALL = "process_madvise";

    private final FailureTally tally = new FailureTally();

    StepReport reclaim(SculptTarget target, Step step, Pacer pacer, List<RamRange> ranges) {
        pacer.begin();
        tally.clear();
        MemoryAdvice advice = step == Step.COLD ? MemoryAdvice.COLD : MemoryAdvice.PAGEOUT;
        MemoryFigures before = target.reader().figures(target.pid(), ranges);
        boolean whole = true;
        boolean dead = false;
        for (int i = 0; i < ranges.size() && whole; i++) {
            RamRange range = ranges.get(i);
            for (long at = range.start(); at < range.end() && whole; at += CHUNK_BYTES) {
                long length = Math.min(CHUNK_BYTES, range.end() - at);
                whole = !pacer.isOver();
                if (whole) {
                    long result = target.process().tryAdvise(at, length, advice);
                    if (result < 0) {
                        tally.add((int) -result, at);
                        dead = result == -Errno.ESRCH;
                        whole = !dead;
                    }
                    pacer.worked(length);
                }
            }
        }
        MemoryFigures after = target.reader().figures(target.pid(), ranges);
        long bytes =
                step == Step.COLD
                        ? before.referencedBytes() - after.referencedBytes()
                        : after.swapBytes() - before.swapBytes();
        return new StepReport(
                step,
                outcome(whole, dead, bytes),
                Math.max(0, bytes),
                pacer.elapsedNs(),
                pacer.pausedNs(),
                reason(whole, dead),
                tally.failures(CALL));
    }

    private String reason(boolean whole, boolean dead) {
        if (dead) {
            return "the process has ended";
        }
        if (!whole) {
            return "stopped between two chunks";
        }
        return tally.total() == 0 ? "" : tally.total() + " chunks were refused";
    }

    private StepOutcome outcome(boolean whole, boolean dead, long bytes) {
        if (dead) {
            return StepOutcome.FAILED;
        }
        if (!whole) {
            return StepOutcome.STOPPED;
        }
        if (tally.total() > 0) {
            return bytes > 0 ? StepOutcome.PARTIAL : StepOutcome.FAILED;
        }
        return StepOutcome.DONE;
    }
}
