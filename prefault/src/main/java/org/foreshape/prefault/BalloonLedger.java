package org.foreshape.prefault;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.PageScan;
import org.jspecify.annotations.Nullable;

/**
 * What a guest's balloon took, seen from outside: the pages that were resident before a shrink and
 * are gone after it. Linux' balloon gives pages back last in, first out, so the pages of the next
 * grant are those of the last shrink. From outside the pages within one shrink have no order, so a
 * grant that ends within one is told up to the shrink before it only: observe often while shrinking
 * (each step of a paced shrink) and the ledger is exact to a step.
 *
 * <p>Only for guests that hand no pages back by themselves: free page reporting makes pages vanish
 * that no balloon holds. One thread at a time.
 */
public final class BalloonLedger {
    private final RamRange range;
    private final Deque<PageRanges> taken = new ArrayDeque<>();
    private @Nullable PageRanges resident;

    /**
     * Starts with an empty balloon.
     *
     * @param range the guest's memory
     */
    public BalloonLedger(RamRange range) {
        this.range = range;
    }

    /**
     * Looks before a shrink begins.
     *
     * @throws LinuxException the process is gone, or its page map may not be read
     */
    public void beforeShrink() {
        resident = residentNow();
    }

    /**
     * Looks while or after the guest gives memory to its balloon; what vanished since the last look
     * is on top of the balloon.
     *
     * @return bytes that vanished
     * @throws LinuxException the process is gone, or its page map may not be read
     * @throws IllegalStateException {@link #beforeShrink} was never called
     */
    public long afterShrink() {
        PageRanges before = resident;
        if (before == null) {
            throw new IllegalStateException("the ledger must look before the shrink as well");
        }
        PageRanges now = residentNow();
        PageRanges gone = before.without(now);
        if (gone.bytes() > 0) {
            taken.push(gone);
        }
        resident = now;
        return gone.bytes();
    }

    /**
     * Strikes off what the balloon has given back.
     *
     * @param bytes how much it gave; a shrink that it gave in part is forgotten whole, since which
     *     part stays in the balloon is not known
     */
    public void granted(long bytes) {
        for (long left = bytes; left > 0 && !taken.isEmpty(); ) {
            left -= taken.pop().bytes();
        }
        resident = null;
    }

    /**
     * How much of the balloon is known.
     *
     * @return bytes in the ledger
     */
    public long knownBytes() {
        long sum = 0;
        for (PageRanges shrink : taken) {
            sum += shrink.bytes();
        }
        return sum;
    }

    /** What a grant of so many bytes gives back for certain: the last shrinks that fit in whole. */
    PageRanges nextGiven(long bytes) {
        PageRanges given = new PageRanges();
        long left = bytes;
        Iterator<PageRanges> newestFirst = taken.iterator();
        while (newestFirst.hasNext()) {
            PageRanges shrink = newestFirst.next();
            if (shrink.bytes() > left) {
                break;
            }
            left -= shrink.bytes();
            given = given.or(shrink);
        }
        return given;
    }

    private PageRanges residentNow() {
        PageRanges now = new PageRanges();
        try (PageScan scan = PageScan.open(range.pid())) {
            scan.visit(
                    range.start(),
                    range.end(),
                    (start, end, categories) -> {
                        if ((categories & PageScan.ZERO) == 0) {
                            now.add(start, end);
                        }
                    });
        }
        return now;
    }
}
