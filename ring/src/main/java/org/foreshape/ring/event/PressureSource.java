package org.foreshape.ring.event;

/**
 * What raised a pressure event. The ordinal is written to the journal: append only, never reorder.
 */
public enum PressureSource {
    /** Some tasks of the host stall on memory. */
    PSI_MEMORY_SOME,
    /** All tasks of the host stall on memory. */
    PSI_MEMORY_FULL,
    /** A guest's balloon reached a new size; the value is its allocation in KiB. */
    BALLOON_CHANGE,
    /** A guest reported usable memory below its low-water mark; the value is usable KiB. */
    GUEST_STARVED;

    private static final PressureSource[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static PressureSource of(int ordinal) {
        return VALUES[ordinal];
    }
}
