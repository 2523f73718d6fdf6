package org.foreshape.ring.event;

/**
 * Which bound had the last word on a target. The ordinal is written to the journal: append only,
 * never reorder.
 */
public enum Limit {
    /** No bound: the target is what was wanted. */
    NONE,
    /** The VM's floor. */
    FLOOR,
    /** The VM's ceiling. */
    CEILING,
    /** The host's budget. */
    BUDGET,
    /** The pace at which a guest gives memory back. */
    PACE,
    /** The guest's usable memory less its margin. */
    USABLE,
    /** A starved VM is never shrunk. */
    STARVED,
    /** Stale or missing statistics: never a shrink. */
    STALE,
    /** The guest was uncooperative a short while ago. */
    BACKOFF,
    /** The VM's mode does not allow acts. */
    MODE,
    /** An earlier act is still under way. */
    IN_FLIGHT,
    /** The dead band: the change was too small to make. */
    BAND;

    private static final Limit[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static Limit of(int ordinal) {
        return VALUES[ordinal];
    }
}
