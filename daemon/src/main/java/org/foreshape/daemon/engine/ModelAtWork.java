package org.foreshape.daemon.engine;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Logger;
import org.foreshape.daemon.hands.Chore;
import org.foreshape.inference.DemandForecaster;
import org.foreshape.inference.DriftWatch;
import org.foreshape.inference.ForecastModel;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.stage.Forecaster;
import org.jspecify.annotations.Nullable;

/**
 * The model that an engine forecasts with: what it is called, how another takes its place, and the
 * word that it drifted. Any thread but the engine's.
 */
final class ModelAtWork implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ModelAtWork.class.getName());
    private static final long SWAP_NS_MAX = 5_000_000_000L;
    private static final long SWAP_POLL_NS = 5_000_000;
    private static final long DRIFT_POLL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Forecaster forecaster;
    private final EngineClock clock;
    private final EventPublisher events;
    private final Chore listening;
    private volatile String description;
    private volatile @Nullable Consumer<String> onDrift;
    private long alarmsTold;

    ModelAtWork(
            DecisionStages decision,
            EngineClock clock,
            EventPublisher events,
            DistinctErrors errors) {
        this.forecaster = decision.forecaster();
        this.description = decision.description();
        this.clock = clock;
        this.events = events;
        this.listening = new Chore("foreshape-drift", DRIFT_POLL_NS, this::listen, errors);
    }

    void start() {
        if (drift() != null) {
            listening.start();
        }
    }

    /** Which forecaster works and how. */
    String description() {
        return description;
    }

    /** The feature model; null when none is at work. */
    @Nullable ForecastModel now() {
        return forecaster instanceof DemandForecaster own ? own.model() : null;
    }

    /** What speaks against the model; null where none is watched. */
    @Nullable DriftWatch drift() {
        return forecaster instanceof DemandForecaster model && model.drift().isOn()
                ? model.drift()
                : null;
    }

    /** Who is told, once for each alarm, that the model drifted over the VMs together. */
    void onDrift(Consumer<String> listener) {
        onDrift = listener;
    }

    private void listen() {
        DriftWatch drift = drift();
        if (drift == null || drift.alarms() == alarmsTold) {
            return;
        }
        alarmsTold = drift.alarms();
        String text = words(drift);
        // No warning: nobody has to do anything. Status tells of it for as long as it lasts.
        LOG.info("the model drifted: " + text);
        try {
            Controls.publishText(events, clock, ControlKind.MODEL_DRIFTED, text);
        } catch (RingFullException e) {
            LOG.warning("the word of it is not in the journal: " + e.getMessage());
        }
        Consumer<String> listener = onDrift;
        if (listener != null) {
            listener.accept(text);
        }
    }

    private static String words(DriftWatch drift) {
        return String.format(
                Locale.ROOT,
                "in the last 5 minutes the peak of memory lay above its .95 forecast in %.0f %% of the"
                        + " VMs and below its .05 in %.0f %%, and the loss was %.2f times the plain"
                        + " forecaster's, which speaks of %d VMs from here on",
                100 * drift.aboveShare(),
                100 * drift.belowShare(),
                drift.lossRatio(),
                drift.driftedVms());
    }

    /** See {@link Engine#swapModel}. */
    synchronized void swap(ForecastModel model) {
        if (!(forecaster instanceof DemandForecaster swapped)) {
            throw new IllegalArgumentException(
                    "no feature model is at work (" + description + "): start with one");
        }
        swapped.prepare(model);
        String text = DemandForecaster.swapText(model);
        Controls.publishText(events, clock, ControlKind.MODEL_SWAPPED, text);
        long endNs = System.nanoTime() + SWAP_NS_MAX;
        while (swapped.model() != model) {
            if (System.nanoTime() - endNs > 0) {
                throw new IllegalStateException("the engine did not take the model up in time");
            }
            LockSupport.parkNanos(SWAP_POLL_NS);
        }
        swapped.closeRetired();
        description = model.name() + ", " + swapped.description();
        LOG.info("another model is at work: " + description);
    }

    @Override
    public void close() {
        listening.close();
    }
}
