package org.foreshape.ring.act;

import org.foreshape.ring.event.OutcomeSection;

/** Carries acts out on a hypervisor. */
@FunctionalInterface
public interface Actor {
    /**
     * Does what the order says and sets status, error code and message of the outcome; the lane
     * sets the rest. May block: each VM has a lane, and a thread, of its own. Must not throw for a
     * failure of the hypervisor; that is an outcome.
     */
    void perform(ActOrder order, OutcomeSection outcome);
}
