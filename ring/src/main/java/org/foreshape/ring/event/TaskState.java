package org.foreshape.ring.event;

/**
 * Where a task is in its life. The ordinal is written to the journal: append only, never reorder.
 */
public enum TaskState {
    /** Will run at its planned start. */
    ANNOUNCED,
    /** Runs. */
    STARTED,
    /** Ended; the section holds its actual use. */
    FINISHED,
    /** Will not run after all. */
    WITHDRAWN;

    private static final TaskState[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static TaskState of(int ordinal) {
        return VALUES[ordinal];
    }
}
