package org.foreshape.ring.stage;

import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;

/** Fifth stage: hands the acts of a recorded plan to those who carry them out. Never blocks. */
public interface Dispatcher {
    /** Hands over the acts of the event's plan. */
    void dispatch(Tick tick);

    /**
     * Lets every act of the plan end at once with the given status, without doing it, so that
     * nothing waits for its outcome.
     */
    void refuse(Tick tick, OutcomeStatus status);
}
