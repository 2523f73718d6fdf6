package org.foreshape.daemon.engine;

import java.util.List;
import java.util.logging.Logger;
import org.foreshape.ring.Counter;
import org.foreshape.ring.Counters;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.Enforcement;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.shaping.MemoryShaper;
import org.jspecify.annotations.Nullable;

/**
 * Stops enforcement, and says so, when the journal fails or a plan would have broken an invariant.
 * The act at hand was refused by then; this keeps all later ones back until the operator resumes.
 */
final class SafetyWatch implements Runnable, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SafetyWatch.class.getName());
    private static final long PERIOD_MS = 100;
    private static final long JOIN_MS = 1_000;

    private final Counters counters;
    private final DistinctErrors errors;
    private final Enforcement enforcement;
    private final MemoryShaper shaper;
    private final EventPublisher events;
    private final EngineClock clock;
    private final Thread thread;
    private long recorderErrorCount;
    private long breachCount;
    private volatile boolean ended;

    SafetyWatch(
            Counters counters,
            DistinctErrors errors,
            Enforcement enforcement,
            MemoryShaper shaper,
            EventPublisher events,
            EngineClock clock) {
        this.counters = counters;
        this.errors = errors;
        this.enforcement = enforcement;
        this.shaper = shaper;
        this.events = events;
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("foreshape-watch").unstarted(this);
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        while (!ended) {
            check();
            try {
                Thread.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void check() {
        long recorderErrorsNow = counters.get(Counter.RECORDER_ERRORS);
        if (recorderErrorsNow > recorderErrorCount) {
            recorderErrorCount = recorderErrorsNow;
            stop(
                    "the journal cannot be written, so nothing may be done: "
                            + last("recorder")
                            + "; cure that, then `foreshape resume`");
        }
        long breachesNow = shaper.breachCount();
        if (breachesNow > breachCount) {
            breachCount = breachesNow;
            stop(
                    "a plan would have broken an invariant ("
                            + shaper.lastBreach()
                            + ") and was dropped; please report it, then `foreshape resume`");
        }
    }

    private void stop(String reason) {
        if (!enforcement.isAllowed()) {
            return;
        }
        enforcement.stop(reason);
        LOG.severe("acts are stopped, plans are only recommended: " + reason);
        try {
            Controls.publishText(events, clock, ControlKind.ENFORCEMENT_STOPPED, reason);
        } catch (RingFullException e) {
            LOG.severe(e.getMessage());
        }
    }

    private @Nullable String last(String where) {
        List<DistinctErrors.Entry> all = errors.list();
        return all.stream()
                .filter(entry -> entry.where().equals(where))
                .reduce((a, b) -> b.lastMillis() >= a.lastMillis() ? b : a)
                .map(DistinctErrors.Entry::what)
                .orElse("unknown");
    }

    @Override
    public void close() {
        ended = true;
        thread.interrupt();
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
