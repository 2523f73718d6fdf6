package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/** First stage: keeps the history from which forecasts are made. Sees every event, in order. */
public interface Observer {
    /** Takes the event into the history. Must not allocate once warm. Engine thread only. */
    void observe(Tick tick);
}
