package org.foreshape.daemon.models;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import org.foreshape.daemon.hands.Chore;
import org.foreshape.ring.DistinctErrors;
import org.jspecify.annotations.Nullable;

/**
 * Has models trained anew beside an engine, by request or by schedule, one at a time, on a thread
 * of its own. A model that drifted and whose successor did not win is trained anew when as much
 * time has gone by as is held back, so that the next one is judged on a part that is all new; so
 * often and no more.
 *
 * <p>Periods are of the engine's time, looked at five times a second of the host's. Close it before
 * the engine.
 */
public final class ModelKeeper implements AutoCloseable {
    /** Further trainings after one for drift that did not win. */
    static final int RETRY_COUNT_MAX = 3;

    private static final Logger LOG = Logger.getLogger(ModelKeeper.class.getName());
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long AT_ONCE = Long.MIN_VALUE;

    private final ServedEngine engine;
    private final KeeperSettings settings;
    private final Retraining retraining;
    private final Chore chore;
    private final AtomicReference<@Nullable Request> asked = new AtomicReference<>();
    private volatile boolean isBusy;
    private boolean isStarted;
    private long scheduledFromNs;
    private @Nullable Request again;

    /** A training that is due at a time. */
    private record Request(Cause cause, String why, long dueNs, int retryCount) {}

    /**
     * One that does nothing yet.
     *
     * @param engine whose models are kept
     * @param settings when and how
     * @param commands how helpers are started: {@link HelperCommands#OWN}
     * @param errors takes what fails otherwise than it may
     */
    public ModelKeeper(
            ServedEngine engine,
            KeeperSettings settings,
            HelperCommands commands,
            DistinctErrors errors) {
        this.engine = engine;
        this.settings = settings;
        this.retraining = new Retraining(engine, settings, commands);
        this.chore = new Chore("foreshape-models", LOOK_NS, this::turn, errors);
    }

    /** Starts the thread; the engine must run. */
    public void start() {
        chore.start();
    }

    /**
     * Asks for a training at once. Any thread; does not wait.
     *
     * @param cause what for
     * @param why in words, for the journal
     * @return false when it is dropped: one is at work or asked for already, or the cause is one
     *     for which the settings want none
     */
    public boolean request(Cause cause, String why) {
        return !isBusy && request(cause, why, AT_ONCE);
    }

    /**
     * Asks for a training when as much time has gone by as is held back. What a model drifted on
     * began not long ago: a model that is trained at once has nothing of it to learn from. Any
     * thread; does not wait.
     *
     * @param why in words, for the journal
     * @return as {@link #request(Cause, String)}
     */
    public boolean requestAfterDrift(String why) {
        return request(Cause.DRIFT, why, engine.clock().timeNs() + settings.heldBackNs());
    }

    private boolean request(Cause cause, String why, long dueNs) {
        if (cause == Cause.DRIFT && !settings.retrainOnDrift()) {
            return false;
        }
        if (!asked.compareAndSet(null, new Request(cause, why, dueNs, 0))) {
            return false;
        }
        chore.hasten();
        return true;
    }

    /** Looks once whether a training is due, and does it. */
    private void turn() {
        if (!isStarted) {
            isStarted = true;
            begin();
        }
        Request due = due(engine.clock().timeNs());
        if (due == null) {
            return;
        }
        isBusy = true;
        try {
            train(due);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // It is closed.
        } finally {
            // What was asked for at the moment at which this one began is done; a later one is not.
            asked.updateAndGet(one -> one == null || one.dueNs() == AT_ONCE ? null : one);
            isBusy = false;
        }
    }

    /** The schedule goes on where an earlier run left it. */
    private void begin() {
        scheduledFromNs = engine.clock().timeNs();
        long lastNs = retraining.store().lastTrainedNs();
        if (lastNs > 0 && lastNs < scheduledFromNs) {
            scheduledFromNs = lastNs;
        }
        retraining.store().tidy();
        String fault = retraining.fault();
        if (fault != null && (settings.retrainOnDrift() || settings.retrainHours() > 0)) {
            LOG.info("no model would be trained anew: " + fault);
        }
    }

    private @Nullable Request due(long nowNs) {
        Request request = asked.get();
        if (request != null && nowNs >= request.dueNs()) {
            asked.set(null);
            return request;
        }
        Request later = again;
        if (later != null && nowNs >= later.dueNs()) {
            return later;
        }
        if (settings.retrainHours() > 0 && nowNs - scheduledFromNs >= settings.retrainNs()) {
            return new Request(
                    Cause.SCHEDULE,
                    settings.retrainHours() + " h since the last training",
                    nowNs,
                    0);
        }
        return null;
    }

    private void train(Request request) throws InterruptedException {
        again = null;
        scheduledFromNs = engine.clock().timeNs();
        String fault = retraining.fault();
        if (fault != null) {
            LOG.warning("no model is trained (" + request.why() + "): " + fault);
            return;
        }
        Verdict verdict = retraining.run(request.cause(), request.why());
        if (verdict.hasWon()) {
            asked.set(null); // What another model drifted on says nothing of this one.
        }
        if (request.cause() == Cause.DRIFT
                && !verdict.hasWon()
                && request.retryCount() < RETRY_COUNT_MAX) {
            again =
                    new Request(
                            Cause.DRIFT,
                            request.why(),
                            scheduledFromNs + settings.heldBackNs(),
                            request.retryCount() + 1);
        }
    }

    /** Ends it, and a training that is under way with it; leaves no process. Idempotent. */
    @Override
    public void close() {
        chore.close();
        retraining.end();
    }
}
