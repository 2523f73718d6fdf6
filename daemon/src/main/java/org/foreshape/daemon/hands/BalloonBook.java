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

    /** libvirt's own figure follows the balloon's within a second. */
    private static final long FRESH_NS = 2_000_000_000L;

    private final RamRange range;
    private final BalloonLedger ledger;
    private boolean hasLook;

    // Written under the lock only, and read without it: a lane that asks for a grant's sake must
    // not wait for a look.
    private volatile long heldBytes;
    private volatile long lookNs;
    private volatile long movedNs = System.nanoTime() - FRESH_NS;

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
    long heldBytes() {
        return heldBytes;
    }

    /**
     * What the balloon holds by all that is known: the figures of samples come from the balloon,
     * libvirt's own lags behind while it moves.
     */
    long heldBytes(long libvirtHeldBytes) {
        boolean moved = System.nanoTime() - movedNs < FRESH_NS;
        return moved ? heldBytes : Math.max(heldBytes, libvirtHeldBytes);
    }

    /** How long the last look took. */
    long lookNs() {
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
        movedNs = System.nanoTime();
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
     * What is known for an act that begins now. The book itself stays as it is: it goes by the
     * figures of samples, of which the next may be older than this one.
     *
     * @param nowHeldBytes what the balloon holds now
     * @return a ledger that knows of the shrinks and not yet of the grant
     */
    synchronized BalloonLedger known(long nowHeldBytes) {
        BalloonLedger known = ledger.copy();
        long grewBytes = nowHeldBytes - heldBytes;
        if (grewBytes >= STEP_BYTES) {
            known.granted(Math.max(0, known.balloonBytes() - heldBytes));
            known.unseen(grewBytes);
        }
        return known;
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
