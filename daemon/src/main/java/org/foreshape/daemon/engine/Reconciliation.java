package org.foreshape.daemon.engine;

import java.util.logging.Logger;
import org.foreshape.journal.Intent;
import org.foreshape.journal.JournalState;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.event.ControlKind;

/** Closes what earlier runs left open in the journal, and says so. */
final class Reconciliation {
    private static final Logger LOG = Logger.getLogger(Reconciliation.class.getName());

    private Reconciliation() {}

    static void tell(JournalState past, EventPublisher ring, EngineClock clock) {
        for (String damage : past.damage()) {
            LOG.warning("the journal is damaged and was read on behind it: " + damage);
        }
        if (past.runCount() > 0 && !past.endedInOrder()) {
            LOG.warning("the run before did not end in order; the journal was reconciled");
        }
        for (Intent intent : past.unresolved()) {
            LOG.warning("an act of an earlier run has no outcome: " + intent.text());
            Controls.publishText(ring, clock, ControlKind.INTENT_UNRESOLVED, intent.text());
        }
        if (past.paused()) {
            LOG.warning(
                    "acts were stopped when the run before ended, and stay so;"
                            + " `foreshape resume` allows them");
            Controls.publishText(ring, clock, ControlKind.PAUSED, "as the run before");
        }
    }
}
