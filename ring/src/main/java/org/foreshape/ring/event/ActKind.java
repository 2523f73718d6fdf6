package org.foreshape.ring.event;

/** What an act does. The ordinal is written to the journal: append only, never reorder. */
public enum ActKind {
    /** Sets a VM's memory target (balloon). */
    RESIZE_MEMORY,
    /** Sets a VM's online vCPU count. */
    RESIZE_VCPUS,
    /** Sets a VM's disk size. */
    RESIZE_STORAGE,
    /** Makes this many KiB of what a VM was granted resident before it is touched. */
    PREFAULT,
    /** Brings a VM's memory, of so many KiB, to few nodes and into huge pages. */
    SCULPT;

    private static final ActKind[] VALUES = values();

    /**
     * Whether it changes how much a VM has. The others change when its memory is there and where it
     * lies; they take seconds, so they never stand in the way of a resize.
     */
    public boolean resizes() {
        return this != PREFAULT && this != SCULPT;
    }

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static ActKind of(int ordinal) {
        return VALUES[ordinal];
    }
}
