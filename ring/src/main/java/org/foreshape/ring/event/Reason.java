package org.foreshape.ring.event;

/**
 * Why a target is what it is. The ordinal is written to the journal: append only, never reorder.
 */
public enum Reason {
    /** Nothing to explain. */
    NONE,
    /** The target lies within the dead band of the allocation: a change would be noise. */
    WITHIN_BAND,
    /** Demand now plus the margin of its forecast. */
    FORECAST,
    /** No usable forecast: the reactive law on used memory alone. */
    REACTIVE,
    /** Usable memory is below the low-water mark: grown at once. */
    STARVED,
    /** Usable memory falls so fast that it would be gone before an act could land. */
    FALLING_FAST,
    /** An announced task starts within its lead time. */
    TASK,
    /** What no forecast needs is freed. */
    RECLAIM_IDLE,
    /** Idle memory is taken for a VM that needs it. */
    RECLAIM_FOR_OTHERS,
    /** The original allocation is given back. */
    RESTORE,
    /** The guest does not give back: its target is what it has, plus room. */
    UNCOOPERATIVE,
    /** Statistics are stale or missing: never a shrink on them. */
    STALE;

    private static final Reason[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static Reason of(int ordinal) {
        return VALUES[ordinal];
    }
}
