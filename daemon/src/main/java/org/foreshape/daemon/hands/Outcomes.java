package org.foreshape.daemon.hands;

import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;

/** How an act ends. */
final class Outcomes {
    private Outcomes() {}

    static void end(OutcomeSection outcome, OutcomeStatus status, String message) {
        outcome.status = status;
        outcome.message.set(message);
    }
}
