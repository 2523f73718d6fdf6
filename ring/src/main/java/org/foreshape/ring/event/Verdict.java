package org.foreshape.ring.event;

/**
 * What a plan does with one VM's memory. The ordinal is written to the journal: append only, never
 * reorder.
 */
public enum Verdict {
    /** The slot holds no VM. */
    ABSENT,
    /** The target is what the VM has. */
    HOLD,
    /** The target is above what the VM has. */
    GROW,
    /** The target is below what the VM has. */
    SHRINK;

    private static final Verdict[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static Verdict of(int ordinal) {
        return VALUES[ordinal];
    }
}
