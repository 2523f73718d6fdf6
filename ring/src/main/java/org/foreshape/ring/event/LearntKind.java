package org.foreshape.ring.event;

/**
 * What a part of learnt state tells of. The ordinal is written to the journal: append only, never
 * reorder.
 */
public enum LearntKind {
    /** Nothing: the section is empty. */
    NONE,
    /** By how much the forecasts of VMs are corrected, each VM by its UUID. */
    CALIBRATION,
    /** What tasks of each type need. */
    ESTIMATOR;

    private static final LearntKind[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static LearntKind of(int ordinal) {
        return VALUES[ordinal];
    }
}
