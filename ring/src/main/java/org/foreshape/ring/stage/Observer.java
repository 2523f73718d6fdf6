package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/** First stage: keeps the history from which forecasts are made. Sees every event, in order. */
public interface Observer {
    /** Takes the event into the history. Must not allocate once warm. Engine thread only. */
    void observe(Tick tick);

    /**
     * Does what the event left to do and no decision needs to wait for. May be called between two
     * events or not at all, without any effect on results. Engine thread only.
     */
    default void settle() {}
}
