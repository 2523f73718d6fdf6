package org.foreshape.daemon.hands;

import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.prefault.BalloonLedger;
import org.foreshape.prefault.RamRange;

/**
 * The ledger of one VM's balloon, kept by the balloon's own figures. Any thread; calls wait for
 * each other, for as long as a look at the VM's page map takes.
 *
 * <p>What has been given back stays in the ledger until the balloon grows again, since it may still
 * have to be made resident. A figure that is told must not be newer than the pages are at the time
 * of the call: pages that are taken later count as the next shrink's, pages that were taken earlier
 * as this one's, and so the ledger never names a page that the balloon keeps.
 *
 * <p>A balloon that gives and takes between two figures, on another's order, may keep other pages
 * than the ledger says. What that can cost is memory that a balloon holds resident in vain, until
 * it moves again; no page's content is touched.
 */
final class BalloonBook {
    /** The least change that is worth a look: a guest's balloon moves in steps of it. */
    static final long STEP_BYTES = 1 << 20;

    private final RamRange range;
    private final BalloonLedger ledger;
    private long heldBytes;
    private boolean hasLook;
    private long lookNs;

    private BalloonBook(RamRange range, long heldBytes) {
        this.range = range;
        this.ledger = new BalloonLedger(range);
        this.heldBytes = heldBytes;
    }

    /**
     * Begins with a balloon that may hold something already: which pages is not known then.
     *
     * @throws LinuxException the process is gone, or its page map may not be read
     */
    static BalloonBook open(RamRange range, long heldBytes) {
        BalloonBook book = new BalloonBook(range, heldBytes);
        book.ledger.unseen(heldBytes);
        book.look();
        return book;
    }

    /** The memory that it is about. */
    RamRange range() {
        return range;
    }

    /** What the balloon held when it was last told. */
    synchronized long heldBytes() {
        return heldBytes;
    }

    /** How long the last look took. */
    synchronized long lookNs() {
        return lookNs;
    }

    /**
     * Takes in what the balloon holds now.
     *
     * @return whether it has moved by a step, and the page map was looked at
     * @throws LinuxException the process is gone, or its page map may not be read
     */
    synchronized boolean told(long nowHeldBytes) {
        long grewBytes = nowHeldBytes - heldBytes;
        if (Math.abs(grewBytes) < STEP_BYTES) {
            return false;
        }
        if (grewBytes < 0) {
            heldBytes = nowHeldBytes;
            return false;
        }
        strikeOff();
        heldBytes = nowHeldBytes;
        long startNs = System.nanoTime();
        if (hasLook) {
            ledger.afterShrink(grewBytes);
        } else {
            ledger.unseen(grewBytes);
            ledger.beforeShrink();
        }
        hasLook = true;
        lookNs = System.nanoTime() - startNs;
        return true;
    }

    /**
     * Looks before an order to take memory goes out, so that all that vanishes from here on is seen
     * to go.
     *
     * @throws LinuxException the process is gone, or its page map may not be read
     */
    synchronized void beforeShrink() {
        strikeOff();
        look();
    }

    /**
     * What is known for an act that begins now.
     *
     * @param nowHeldBytes what the balloon holds now
     * @return a ledger that knows of the shrinks and not yet of the grant
     */
    synchronized BalloonLedger known(long nowHeldBytes) {
        told(nowHeldBytes);
        return ledger.copy();
    }

    /** What the balloon has given back is the guest's for good: it is about to take again. */
    private void strikeOff() {
        long givenBytes = ledger.balloonBytes() - heldBytes;
        if (givenBytes > 0) {
            ledger.granted(givenBytes);
            hasLook = false;
        }
    }

    private void look() {
        long startNs = System.nanoTime();
        ledger.beforeShrink();
        hasLook = true;
        lookNs = System.nanoTime() - startNs;
    }
}
