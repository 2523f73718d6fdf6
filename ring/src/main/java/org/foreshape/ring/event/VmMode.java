package org.foreshape.ring.event;

/**
 * How far the engine may go with one VM. The ordinal is written to the journal: append only, never
 * reorder.
 */
public enum VmMode {
    /** Only watch: no plan, no act. */
    OBSERVE,
    /** Plan and journal, do not act. */
    RECOMMEND,
    /** Plan, journal and act. */
    ENFORCE;

    private static final VmMode[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static VmMode of(int ordinal) {
        return VALUES[ordinal];
    }
}
