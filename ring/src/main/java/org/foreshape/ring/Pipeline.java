package org.foreshape.ring;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Stages;

/**
 * Takes one event through the stages, and keeps a failure in one stage from hurting the others:
 *
 * <ul>
 *   <li>observer or forecaster fails: the tick has no forecast, the reactive law works on;
 *   <li>shaper fails: no plan, and acts are stopped until an operator resumes them;
 *   <li>recorder fails: the plan's acts are refused, since no act goes without its intent.
 * </ul>
 *
 * <p>It has no thread. The ring calls it on the engine's thread; a simulator or a test may call
 * {@link #onEvent} directly. Allocates nothing of its own.
 */
public final class Pipeline {
    private final Stages stages;
    private final Counters counters;
    private final StageLatencies latencies;
    private final DistinctErrors errors;
    private final Enforcement enforcement;
    private long queueNs;
    private long observeNs;
    private long forecastNs;
    private long shapeNs;
    private long recordNs;
    private long decisionNs;
    private boolean rehearses = true;

    /** A pipeline that counts, times and reports into the given places. */
    public Pipeline(
            Stages stages,
            Counters counters,
            StageLatencies latencies,
            DistinctErrors errors,
            Enforcement enforcement) {
        this.stages = stages;
        this.counters = counters;
        this.latencies = latencies;
        this.errors = errors;
        this.enforcement = enforcement;
    }

    /** All stages in order, then, at the end of a batch, the recorder's. */
    public void onEvent(Tick tick, boolean endOfBatch) {
        observeAndForecast(tick);
        shape(tick);
        record(tick, endOfBatch);
        accountShape(tick);
        dispatchAndLearn(tick);
        account(tick);
        compare(tick);
        settle();
    }

    private void compare(Tick tick) {
        long modelNs = stages.forecaster().modelNs();
        if (tick.valid && tick.kind == EventKind.SAMPLE && modelNs > 0) {
            latencies.recordMultiple(decisionNs, modelNs + recordNs);
        }
    }

    /**
     * Works through what the next sample will want, between two events, on the engine's only
     * thread. Changes no result. One that fails is the last.
     *
     * @param scratch an event that is on no ring
     */
    void rehearse(Tick scratch) {
        if (!rehearses) {
            return;
        }
        try {
            stages.forecaster().rehearseForecast(scratch);
            stages.shaper().rehearsePlan(scratch);
        } catch (RuntimeException e) {
            rehearses = false;
            errors.record("rehearsal", e);
        }
        scratch.clearDecision();
    }

    /** Whether events that may be shed can be recorded now. Any thread. */
    boolean hasRoom() {
        return stages.recorder().hasRoom();
    }

    private void settle() {
        try {
            stages.observer().settle();
        } catch (RuntimeException e) {
            counters.increment(Counter.OBSERVER_ERRORS);
            errors.record("observer", e);
        }
    }

    /** First part. Both stages share the feature history, so they share a thread. */
    void observeAndForecast(Tick tick) {
        if (!tick.valid) {
            return;
        }
        boolean timed = tick.kind == EventKind.SAMPLE;
        long startNs = System.nanoTime();
        try {
            stages.observer().observe(tick);
        } catch (RuntimeException e) {
            counters.increment(Counter.OBSERVER_ERRORS);
            errors.record("observer", e);
        }
        long observedNs = System.nanoTime();
        try {
            stages.forecaster().forecast(tick);
        } catch (RuntimeException e) {
            // Half a forecast is worse than none.
            tick.forecast.clear();
            if (tick.kind != EventKind.LEARNT) {
                tick.learnt.clear();
            }
            counters.increment(Counter.FORECASTER_ERRORS);
            errors.record("forecaster", e);
        }
        if (timed) {
            queueNs = startNs - tick.publishedNanoTime;
            observeNs = observedNs - startNs;
            forecastNs = System.nanoTime() - observedNs;
        }
    }

    /** Counts and times of the first part, on its thread: a decision need not wait for them. */
    void account(Tick tick) {
        if (!tick.valid || tick.kind != EventKind.SAMPLE) {
            return;
        }
        latencies.record(Stage.QUEUE, queueNs);
        latencies.record(Stage.OBSERVE, observeNs);
        latencies.record(Stage.FORECAST, forecastNs);
        long modelNs = stages.forecaster().modelNs();
        if (modelNs > 0) {
            latencies.record(Stage.MODEL, modelNs);
        }
        countForecasts(tick);
    }

    /** Second part. */
    void shape(Tick tick) {
        if (!tick.valid) {
            return;
        }
        long startNs = System.nanoTime();
        try {
            stages.shaper().shape(tick);
        } catch (RuntimeException e) {
            tick.plan.clear();
            enforcement.stop("the shaper failed: " + e);
            counters.increment(Counter.SHAPER_ERRORS);
            errors.record("shaper", e);
        }
        shapeNs = System.nanoTime() - startNs;
    }

    /** Counts and times of the second part, on its thread. */
    void accountShape(Tick tick) {
        if (!tick.valid) {
            return;
        }
        if (tick.kind == EventKind.SAMPLE) {
            latencies.record(Stage.SHAPE, shapeNs);
        }
        if (tick.plan.made) {
            counters.increment(Counter.DECISIONS);
        }
    }

    /** Third part. */
    void record(Tick tick, boolean endOfBatch) {
        long startNs = System.nanoTime();
        try {
            if (tick.valid) {
                stages.recorder().record(tick);
                tick.recorded = true;
            }
            if (endOfBatch) {
                stages.recorder().endOfBatch();
            }
        } catch (RuntimeException e) {
            tick.recorded = false;
            counters.increment(Counter.RECORDER_ERRORS);
            errors.record("recorder", e);
        }
        if (tick.valid && tick.kind == EventKind.SAMPLE) {
            long endNs = System.nanoTime();
            recordNs = endNs - startNs;
            decisionNs = endNs - tick.publishedNanoTime;
            latencies.record(Stage.RECORD, recordNs);
            latencies.record(Stage.DECISION, decisionNs);
        }
    }

    /** Last part. */
    void dispatchAndLearn(Tick tick) {
        if (!tick.valid) {
            return;
        }
        try {
            if (tick.plan.actCount > 0) {
                if (tick.recorded && enforcement.isAllowed()) {
                    stages.dispatcher().dispatch(tick);
                } else {
                    stages.dispatcher().refuse(tick, OutcomeStatus.DROPPED_UNRECORDED);
                }
            }
        } catch (RuntimeException e) {
            counters.increment(Counter.DISPATCHER_ERRORS);
            errors.record("dispatcher", e);
        }
        try {
            stages.learner().learn(tick);
        } catch (RuntimeException e) {
            counters.increment(Counter.LEARNER_ERRORS);
            errors.record("learner", e);
        }
        if (tick.kind == EventKind.OUTCOME && tick.outcome.status != OutcomeStatus.DONE) {
            counters.increment(Counter.ACTS_FAILED);
        }
        if (tick.kind == EventKind.SAMPLE) {
            counters.increment(Counter.TICKS);
        }
        counters.increment(Counter.EVENTS);
    }

    private void countForecasts(Tick tick) {
        int model = 0;
        int fallback = 0;
        ForecastSource[] source = tick.forecast.source;
        for (int slot = 0; slot < tick.forecast.slotCount; slot++) {
            if (source[slot] == ForecastSource.MODEL) {
                model++;
            } else if (source[slot] != ForecastSource.NONE) {
                fallback++;
            }
        }
        counters.add(Counter.MODEL_FORECASTS, model);
        counters.add(Counter.FALLBACK_FORECASTS, fallback);
    }
}
