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
    WITHDRAWN,
    /** Is expected to start at another time than was planned; the engine itself foresees it. */
    RESCHEDULED,
    /** Was announced by nobody, but recurs, so that the engine itself expects it. */
    ANTICIPATED;

    /** Whether this is told by who runs the task, and not foreseen by the engine. */
    public boolean isTold() {
        return switch (this) {
            case ANNOUNCED, STARTED, FINISHED, WITHDRAWN -> true;
            case RESCHEDULED, ANTICIPATED -> false;
        };
    }

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
