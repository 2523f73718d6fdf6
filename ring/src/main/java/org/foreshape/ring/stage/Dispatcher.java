package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/** Fifth stage: hands the acts of a recorded plan to those who carry them out. Never blocks. */
public interface Dispatcher {
    /** Hands over the acts of the event's plan. */
    void dispatch(Tick tick);
}
