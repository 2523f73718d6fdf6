package org.foreshape.ring.act;

import org.foreshape.ring.event.ActKind;

/** One act to carry out. A lane owns one order and fills it again for each act. */
public final class ActOrder {
    /** Sequence of the event whose plan holds the act. */
    public long planSequence;

    /** The VM's slot. */
    public int vmSlot;

    /** Generation of that VM. */
    public int vmGeneration;

    /** What to do. */
    public ActKind kind = ActKind.RESIZE_MEMORY;

    /** What to set, in the unit of the kind. */
    public long amount;

    /** Engine time after which it must not start. */
    public long deadlineTimeNs;
}
