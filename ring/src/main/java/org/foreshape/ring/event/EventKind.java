package org.foreshape.ring.event;

/** What an event tells. The ordinal is written to the journal: append only, never reorder. */
public enum EventKind {
    /** One sampling pass over all VMs and the host; section {@link Tick#sample}. */
    SAMPLE,
    /** A task was announced, started, finished or withdrawn; section {@link Tick#task}. */
    TASK,
    /** The host or a guest is under pressure, or a balloon moved; section {@link Tick#pressure}. */
    PRESSURE,
    /** A VM came or went, or an operator or the engine changed a setting; {@link Tick#control}. */
    CONTROL,
    /** What came of an act; section {@link Tick#outcome}. */
    OUTCOME,
    /** What an earlier run had learnt, taken back at a start; section {@link Tick#learnt}. */
    LEARNT;

    private static final EventKind[] VALUES = values();

    /**
     * The kind with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static EventKind of(int ordinal) {
        return VALUES[ordinal];
    }
}
