package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/**
 * Third stage: writes {@link Tick#plan}. Pure: the plan follows from the events seen so far and
 * from nothing else, so that a replay gives the same plan bit for bit.
 */
public interface Shaper {
    /** Takes the event in and writes the plan, if this event calls for one. */
    void shape(Tick tick);
}
