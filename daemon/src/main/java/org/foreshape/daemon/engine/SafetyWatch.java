package org.foreshape.daemon.engine;

import java.util.List;
import java.util.function.Supplier;
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
 *
 * <p>A full disk is no failure: the journal says beforehand that its room runs out. Plans are then
 * only recommended, by an event of their own, and enforced again as soon as there is room.
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
    private final Supplier<@Nullable String> shortage;
    private final Thread thread;
    private boolean full;
    private long recorderErrorCount;
    private long breachCount;
    private volatile boolean ended;

    SafetyWatch(
            Counters counters,
            DistinctErrors errors,
            Enforcement enforcement,
            MemoryShaper shaper,
            EventPublisher events,
            EngineClock clock,
            Supplier<@Nullable String> shortage) {
        this.counters = counters;
        this.errors = errors;
        this.enforcement = enforcement;
        this.shaper = shaper;
        this.events = events;
        this.clock = clock;
        this.shortage = shortage;
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
        checkRoom();
        long recorderErrorsNow = counters.get(Counter.RECORDER_ERRORS);
        if (recorderErrorsNow > recorderErrorCount) {
            recorderErrorCount = recorderErrorsNow;
            if (!full) {
                stop(
                        "the journal cannot be written, so nothing may be done: "
                                + last("recorder")
                                + "; cure that, then `foreshape resume`");
            }
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

    private void checkRoom() {
        String reason = shortage.get();
        if (full == (reason != null)) {
            return;
        }
        full = reason != null;
        if (reason != null) {
            LOG.severe(
                    "plans are only recommended, since no act may go without its record, until there"
                            + " is room again: "
                            + reason);
            say(ControlKind.JOURNAL_FULL, reason);
        } else {
            LOG.warning("the journal has room again: plans are enforced as before");
            say(ControlKind.JOURNAL_ROOM, "");
        }
    }

    private void say(ControlKind kind, String text) {
        try {
            Controls.publishText(events, clock, kind, text);
        } catch (RingFullException e) {
            LOG.severe(e.getMessage());
        }
    }

    private void stop(String reason) {
        if (!enforcement.isAllowed()) {
            return;
        }
        enforcement.stop(reason);
        LOG.severe("acts are stopped, plans are only recommended: " + reason);
        say(ControlKind.ENFORCEMENT_STOPPED, reason);
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
