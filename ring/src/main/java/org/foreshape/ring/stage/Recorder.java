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

    /** Called after the last event of a batch: the moment to make records durable. */
    default void endOfBatch() {}
}
