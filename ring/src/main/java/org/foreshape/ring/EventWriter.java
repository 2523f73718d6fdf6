package org.foreshape.ring;

import org.foreshape.ring.event.Tick;

/** Fills one event. Implement it once and reuse the instance where garbage matters. */
@FunctionalInterface
public interface EventWriter {
    /** Calls {@link Tick#begin} and fills the section of that kind. Must not throw. */
    void write(Tick tick);
}
