package org.foreshape.prefault;

/** Ends an act between two batches, from any thread. One for each act. */
public final class PrefaultCancel {
    private volatile boolean cancelled;

    /** Ends the act at its next batch; a batch lasts some milliseconds. Idempotent. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Whether {@link #cancel} was called.
     *
     * @return true from then on
     */
    public boolean isCancelled() {
        return cancelled;
    }
}
