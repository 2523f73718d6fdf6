package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/** Fourth stage: writes the event and what was decided on it to the journal. */
public interface Recorder {
    /**
     * Records the event with forecast and plan, before any act of it starts.
     *
     * @throws RuntimeException when it could not be written; then no act of this plan is done
     */
    void record(Tick tick);

    /**
     * Whether there is room for events that may be shed. Where there is none they do not enter the
     * engine: what is not in the journal has not happened, and a replay stays the same bit for bit.
     * Any thread; must neither block nor allocate.
     */
    default boolean hasRoom() {
        return true;
    }

    /** Called after the last event of a batch: the moment to make records durable. */
    default void endOfBatch() {}
}
