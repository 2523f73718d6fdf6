package org.foreshape.ring.event;

/** What came of an act. The ordinal is written to the journal: append only, never reorder. */
public enum OutcomeStatus {
    /** The hypervisor accepted it; its effect shows in later samples. */
    DONE,
    /** The hypervisor refused it or failed; the message says how. */
    FAILED,
    /** The VM left before the act. */
    VM_GONE,
    /** The plan was older than its deadline when its turn came. */
    DROPPED_LATE,
    /** The intent could not be journaled, so the act was not done. */
    DROPPED_UNRECORDED,
    /** This process or hypervisor cannot do such an act; the message says why. */
    UNAVAILABLE;

    private static final OutcomeStatus[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static OutcomeStatus of(int ordinal) {
        return VALUES[ordinal];
    }
}
