package org.foreshape.daemon.engine;

import java.util.logging.Logger;
import org.foreshape.inference.Learning;
import org.foreshape.inference.LearntPast;
import org.foreshape.inference.LearntState;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.stage.Forecaster;

/**
 * Gives a run what earlier ones had learnt, and has what this one learnt written out before it
 * ends. Never on the engine's own thread: it waits.
 */
final class LearntKeeping {
    private static final Logger LOG = Logger.getLogger(LearntKeeping.class.getName());
    private static final long SAVE_WAIT_NS = 500_000_000;

    private LearntKeeping() {}

    /** Publishes what is known of the past; call it before the first VM arrives. */
    static void giveBack(LearntPast past, EventPublisher ring, EngineClock clock) {
        past.remarks().forEach(LOG::warning);
        int count = past.eventCount();
        for (int index = 0; index < count; index++) {
            int at = index;
            ring.publish(tick -> {
                tick.begin(EventKind.LEARNT, clock.timeNs());
                past.fill(at, tick.learnt);
            });
        }
        if (count > 0) {
            LOG.info(
                    "taken back from the journal: the calibration of "
                            + past.calibrationCount()
                            + " VMs, "
                            + (past.hasEstimator()
                                    ? "what tasks need"
                                    : "nothing of what tasks need"));
        }
    }

    /** Has the forecaster write all that the journal lacks; gives up, and says so, in time. */
    static void save(Forecaster forecaster, EventPublisher ring, EngineClock clock) {
        if (!(forecaster instanceof Learning learning)) {
            return;
        }
        LearntState state = learning.learnt();
        long endNs = System.nanoTime() + SAVE_WAIT_NS;
        try {
            do {
                long answered = state.savesAnswered();
                Controls.publishText(ring, clock, ControlKind.SAVE, "");
                while (state.savesAnswered() == answered) {
                    if (System.nanoTime() > endNs) {
                        LOG.warning(
                                "not all that was learnt could be written in time: about "
                                        + state.unsavedParts()
                                        + " parts are left out, older ones count");
                        return;
                    }
                    Thread.sleep(0, 200_000);
                }
            } while (state.unsavedParts() > 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RingFullException e) {
            LOG.warning("what was learnt could not be written: " + e.getMessage());
        }
    }
}
