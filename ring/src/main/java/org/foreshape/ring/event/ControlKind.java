package org.foreshape.ring.event;

/**
 * What a control event changes. The ordinal is written to the journal: append only, never reorder.
 */
public enum ControlKind {
    /** A run begins; the text is the effective configuration that decides plans. */
    ENGINE_STARTED,
    /** A VM took a slot; name, identity and policy are set. */
    VM_ARRIVED,
    /** The VM of the slot is gone. */
    VM_DEPARTED,
    /** Mode, floor, ceiling or priority of a VM changed. */
    VM_POLICY,
    /** The operator stopped all acts. */
    PAUSED,
    /** The operator allowed acts again. */
    RESUMED,
    /** Every VM gets its original allocation back, and enforcement is paused. */
    RESTORE,
    /** The host's memory budget changed to amountKib. */
    BUDGET,
    /** Another forecaster runs from here on; the text names it. */
    MODEL_SWAPPED,
    /** The hypervisor cannot be reached; samples are missing. */
    CONNECTION_LOST,
    /** The hypervisor answers again. */
    CONNECTION_BACK,
    /** The engine stopped acting by itself; the text says why. */
    ENFORCEMENT_STOPPED,
    /** An act of an earlier run has no outcome; the text names it. */
    INTENT_UNRESOLVED,
    /** The run ended in order. */
    ENGINE_STOPPED,
    /**
     * What the next announced task of a VM will read from its disks and is worth loading before:
     * amountKib of it, by timeNs, when it starts. 0 KiB: nothing, or nothing any more.
     */
    WARMTH,
    /** What was learnt is written out: the forecaster adds its next part to this very event. */
    SAVE,
    /** The disk of the journal is full: plans are only recommended until it has room again. */
    JOURNAL_FULL,
    /** The journal has room again. */
    JOURNAL_ROOM,
    /**
     * The VM is shaped by other factors from here on; the text begins with them and says with which
     * chance they were chosen and what the epoch before cost.
     */
    TUNED,
    /** An earlier run pinned the VM of the slot and never took that back: a restore has to. */
    SCULPTED,
    /**
     * The model lost against the plain forecaster over the VMs together; the text says by how much.
     */
    MODEL_DRIFTED,
    /** A model is trained beside from here on; the text says why and what it will be called. */
    TRAINING_STARTED,
    /**
     * A trained model was held against the one at work; the text says how it came out. A swap
     * follows if it won.
     */
    MODEL_JUDGED;

    private static final ControlKind[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static ControlKind of(int ordinal) {
        return VALUES[ordinal];
    }
}
