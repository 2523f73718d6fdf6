package org.foreshape.numasculptor;

/** Ends an act between two batches, from any thread. */
public final class StopToken {
    private volatile boolean stopped;

    /** A token that has not stopped anything yet. */
    public StopToken() {}

    /** Asks the act to end. Idempotent; what was done until then stands. */
    public void stop() {
        stopped = true;
    }

    /**
     * Whether the act shall end.
     *
     * @return true from the first {@link #stop} on
     */
    public boolean isStopped() {
        return stopped;
    }
}
