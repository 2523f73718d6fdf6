package org.foreshape.ring.stage;

import org.foreshape.ring.event.Tick;

/** Last stage: compares what was forecast and done with what then happened. */
public interface Learner {
    /** Takes the event in. */
    void learn(Tick tick);
}
