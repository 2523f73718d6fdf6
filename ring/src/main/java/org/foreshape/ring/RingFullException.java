package org.foreshape.ring;

/** The ring stayed full for the whole waiting time: the engine is stuck or overloaded. */
public final class RingFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With the time waited, in nanoseconds. */
    public RingFullException(long waitedNs) {
        super(
                "the engine took no event for "
                        + waitedNs / 1_000_000
                        + " ms: its thread is stuck or overloaded; see `foreshape status`");
    }
}
