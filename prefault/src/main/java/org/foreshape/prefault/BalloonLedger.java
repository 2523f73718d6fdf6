package org.foreshape.prefault;

import java.util.ArrayDeque;
import java.util.Deque;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.PageScan;
import org.jspecify.annotations.Nullable;

/**
 * What a guest's balloon took, seen from outside: the pages that were resident before a shrink and
 * are gone after it. Linux' balloon gives pages back last in, first out, so the pages of the next
 * grant are those of the last shrink. From outside the pages within one shrink have no order, so a
 * grant that ends within one is told up to the shrink before it only: observe often while shrinking
 * (each step of a paced shrink) and the ledger is exact to a step. A balloon also takes pages that
 * were never resident and so never seen; hence each shrink has its size beside its pages.
 *
 * <p>Every shrink and every grant must be told, from an empty balloon on. Only for guests that hand
 * no pages back by themselves: free page reporting makes pages vanish that no balloon holds. One
 * thread at a time.
 */
public final class BalloonLedger {
    private final RamRange range;
    private final Deque<Shrink> taken = new ArrayDeque<>();
    private @Nullable PageRanges resident;

    /** One step of the balloon: how much it took, and what of that was seen to vanish. */
    private record Shrink(long balloonBytes, PageRanges seen) {}

    /**
     * Starts with an empty balloon.
     *
     * @param range the guest's memory
     */
    public BalloonLedger(RamRange range) {
        this.range = range;
    }

    /**
     * Looks before a shrink begins. What an earlier look saw and no shrink has accounted for yet
     * stays noted, so that a shrink may be ordered while the one before is still under way.
     *
     * @throws LinuxException the process is gone, or its page map may not be read
     */
    public void beforeShrink() {
        PageRanges before = resident;
        PageRanges now = residentNow();
        resident = before == null ? now : before.or(now);
    }

    /**
     * Looks while or after the guest gives memory to its balloon; what vanished since the last look
     * is on top of the balloon.
     *
     * @param balloonBytes how much the balloon grew since the last look, by its own figure
     * @return bytes that vanished; less than the balloon grew where it took untouched pages
     * @throws LinuxException the process is gone, or its page map may not be read
     * @throws IllegalStateException {@link #beforeShrink} was not called since the last grant
     */
    public long afterShrink(long balloonBytes) {
        PageRanges before = resident;
        if (before == null) {
            throw new IllegalStateException("the ledger must look before the shrink as well");
        }
        PageRanges now = residentNow();
        PageRanges gone = before.without(now);
        if (balloonBytes > 0) {
            taken.push(new Shrink(balloonBytes, gone));
        }
        resident = now;
        return gone.bytes();
    }

    /**
     * Notes that the balloon grew while nobody looked: its pages are not known, and those of
     * earlier shrinks lie below it. Look again before the next shrink.
     *
     * @param bytes by how much it grew, by its own figure
     */
    public void unseen(long bytes) {
        if (bytes > 0) {
            taken.push(new Shrink(bytes, new PageRanges()));
        }
        resident = null;
    }

    /**
     * The same knowledge for an act that reads it while this ledger is told of more.
     *
     * @return a ledger of its own, without a look
     */
    public BalloonLedger copy() {
        BalloonLedger copy = new BalloonLedger(range);
        copy.taken.addAll(taken);
        return copy;
    }

    /**
     * How much a balloon that shrinks gives back for certain.
     *
     * @param heldBytes what it holds then
     * @return bytes that were seen to go into it and are out of it by then
     */
    public long givenBytes(long heldBytes) {
        return nextGiven(Math.max(0, balloonBytes() - heldBytes)).bytes();
    }

    /**
     * Strikes off what the balloon has given back.
     *
     * @param bytes by how much it shrank, by its own figure; the pages of a shrink that it gave
     *     back in part are forgotten, since which of them it keeps is not known
     */
    public void granted(long bytes) {
        for (long left = bytes; left > 0 && !taken.isEmpty(); ) {
            Shrink top = taken.pop();
            if (top.balloonBytes > left) {
                taken.push(new Shrink(top.balloonBytes - left, new PageRanges()));
            }
            left -= top.balloonBytes;
        }
        resident = null;
    }

    /**
     * How much the balloon took between the last two looks: a grant of less tells no page.
     *
     * @return bytes of the shrink on top, by the balloon's own figure; 0 when it holds nothing
     */
    public long lastStepBytes() {
        Shrink top = taken.peek();
        return top == null ? 0 : top.balloonBytes;
    }

    /**
     * How much the balloon holds, as far as it was told.
     *
     * @return the sum of its shrinks less its grants
     */
    public long balloonBytes() {
        long sum = 0;
        for (Shrink shrink : taken) {
            sum += shrink.balloonBytes;
        }
        return sum;
    }

    /**
     * What the balloon gives back for certain when it shrinks by so many bytes: the pages seen of
     * the last shrinks that this covers whole.
     */
    PageRanges nextGiven(long bytes) {
        PageRanges given = new PageRanges();
        long left = bytes;
        for (Shrink shrink : taken) {
            if (shrink.balloonBytes > left) {
                break;
            }
            left -= shrink.balloonBytes;
            given = given.or(shrink.seen);
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
                            now.addNext(start, end);
                        }
                    });
        }
        return now;
    }
}
