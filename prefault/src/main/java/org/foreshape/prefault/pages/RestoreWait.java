package org.foreshape.prefault.pages;

import org.foreshape.nativebindings.linux.Poller;

/** How a session waits: for faults, for the end of the guest's process, or for its turn. */
final class RestoreWait {
    private static final int PIDFD = 1;
    private static final int BATCHES_PER_LOOK = 16;
    private static final int RETRY_MS_MAX = 1_000;
    private static final int PEER_GONE_MS = 50;

    private final Poller poller;
    private int turn;
    private int retryMs = 1;
    private boolean peerGone;

    RestoreWait(Poller poller) {
        this.poller = poller;
    }

    /**
     * Waits until there may be work.
     *
     * @param busy there is work besides faults: only look, and not each time, since reading
     *     messages that are not there costs less than polling first
     * @param deferred faults are to be tried again: ever later, but never for ever
     */
    void await(boolean busy, boolean deferred) {
        if (busy) {
            turn++;
            if (turn % BATCHES_PER_LOOK != 0) {
                return;
            }
        }
        int timeoutMs = busy ? 0 : deferred ? retryMs : peerGone ? PEER_GONE_MS : -1;
        int ready = poller.await(timeoutMs);
        retryMs = deferred && ready == 0 ? Math.min(retryMs * 2, RETRY_MS_MAX) : 1;
        if (ready > 0 && !peerGone && poller.isReady(PIDFD)) {
            peerGone = true;
            poller.ignore(PIDFD);
        }
    }

    /** Whether the process that connected has ended; its memory may live on in another. */
    boolean isPeerGone() {
        return peerGone;
    }
}
