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
    SCULPT,
    /** Loads this many KiB of what a VM's next task reads from its disks into the page cache. */
    PREWARM,
    /** Brings a VM's memory, of so many KiB, and its threads back to where they lay before. */
    UNSCULPT,
    /** Makes the memory of an idle VM, so many KiB, the first to go under pressure. */
    RECLAIM;

    private static final ActKind[] VALUES = values();

    /**
     * Whether it changes how much a VM has. The others change when its memory is there and where it
     * lies; they take seconds, so they never stand in the way of a resize.
     */
    public boolean resizes() {
        return ordinal() < PREFAULT.ordinal();
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
