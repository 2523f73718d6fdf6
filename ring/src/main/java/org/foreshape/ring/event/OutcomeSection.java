package org.foreshape.ring.event;

/** What came of one act. Written by the lane that carried it out. */
public final class OutcomeSection {
    /** Most bytes of the message. */
    public static final int MESSAGE_BYTES_MAX = 512;

    /** Sequence of the event whose plan held the act: the id of the decision. */
    public long planSequence;

    /** The VM's slot. */
    public int vmSlot;

    /** Generation of that VM. */
    public int vmGeneration;

    /** What was done. */
    public ActKind actKind = ActKind.RESIZE_MEMORY;

    /** What came of it. */
    public OutcomeStatus status = OutcomeStatus.DONE;

    /** What was asked for, in the unit of the act's kind (KiB, or vCPUs). */
    public long requested;

    /** How long the act itself took. */
    public long durationNs;

    /** The error's code in its source's own numbering (libvirt code or errno), 0 for none. */
    public int errorCode;

    /** What went wrong, empty when nothing did. */
    public final Text message = new Text(MESSAGE_BYTES_MAX);

    /** An empty outcome. */
    public OutcomeSection() {
        clear();
    }

    /** Empties the section. */
    public void clear() {
        planSequence = -1;
        vmSlot = -1;
        vmGeneration = 0;
        actKind = ActKind.RESIZE_MEMORY;
        status = OutcomeStatus.DONE;
        requested = 0;
        durationNs = 0;
        errorCode = 0;
        message.clear();
    }

    /** Makes this section equal to another. */
    public void copyFrom(OutcomeSection other) {
        planSequence = other.planSequence;
        vmSlot = other.vmSlot;
        vmGeneration = other.vmGeneration;
        actKind = other.actKind;
        status = other.status;
        requested = other.requested;
        durationNs = other.durationNs;
        errorCode = other.errorCode;
        message.copyFrom(other.message);
    }
}
