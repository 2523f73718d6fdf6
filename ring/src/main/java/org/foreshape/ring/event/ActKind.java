package org.foreshape.ring.event;

/** What an act does. The ordinal is written to the journal: append only, never reorder. */
public enum ActKind {
    /** Sets a VM's memory target (balloon). */
    RESIZE_MEMORY,
    /** Sets a VM's online vCPU count. */
    RESIZE_VCPUS,
    /** Sets a VM's disk size. */
    RESIZE_STORAGE;

    private static final ActKind[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static ActKind of(int ordinal) {
        return VALUES[ordinal];
    }
}
