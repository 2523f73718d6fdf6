package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/**
 * Third stage: writes {@link Tick#plan}. Pure: the plan follows from the events seen so far and
 * from nothing else, so that a replay gives the same plan bit for bit.
 */
public interface Shaper {
    /** Takes the event in and writes the plan, if this event calls for one. */
    void shape(Tick tick);

    /**
     * Works through what the next sample will want, as far as it can be done on what is known, so
     * that the sample finds code and data in the processor's caches. May be called between two
     * events or not at all, without any effect on results. Must not allocate. Engine thread only.
     *
     * @param scratch takes what comes of it; nobody reads it
     */
    default void rehearsePlan(Tick scratch) {}
}
