package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Tick;

/**
 * Forecasts all VMs with a feature model, one run per sample.
 *
 * <p>A VM's row of inputs changes when a grid step closes; the model is then run once to learn how
 * far to trust it ({@link QuantileTracker}). On every sample it is run again with the origin moved
 * to where the VM stands now: the mean of the last step, mixed with that of the open step by how
 * much of it has passed. So an input has the smoothness that it was trained with, a sample costs
 * two numbers per VM before the run, and the forecasts follow from the events alone.
 *
 * <p>The plain {@link FallbackForecaster} speaks for a VM that has lived fewer steps than the model
 * wants, whose answer is not finite, or when a run fails; each is counted. Where the newest use is
 * above the origin, the forecast is lifted by that, so a sudden fill is not averaged away. Nothing
 * allocates once warm.
 */
public final class DemandForecaster implements ModelForecaster {
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;

    private final SampleHistory history;
    private final FallbackForecaster fallback;
    private final TaskDemand tasks;
    private final LearntState learnt;
    private final Arena arena;
    private final DemandFeatures store;
    private final QuantileTracker tracker;
    private final DriftWatch drift;
    private final ForecastWriter writer;
    private final DemandBuffers buffers;
    private final ModelSeat seat;
    private final StepLearner steps;
    private int historyStepsMin;
    private final int[] births;

    /** Whether the model speaks for all resources of a VM. */
    private final boolean[] known;

    private final Origins origins;
    private int unitsChanged;
    private final float[] row = new float[OUTPUTS];
    private int rowsHigh;
    private long sampleTimeNs;
    private long modelNs;
    // Written by the engine's thread only; volatile so that status pages read whole values.
    private volatile long failedRuns;
    private volatile long nonFiniteForecasts;
    private boolean closed;

    private DemandForecaster(
            ForecastModel model,
            SampleHistory history,
            Arena arena,
            DemandBuffers buffers,
            ModelSeat seat,
            int falseAlarmHorizons) {
        this.history = history;
        this.tasks = new TaskDemand(history.slotCount());
        this.arena = arena;
        this.historyStepsMin = model.manifest().historyStepsMin();
        this.store = new DemandFeatures(history.slotCount(), history.gridStepSeconds());
        this.tracker = new QuantileTracker(history.slotCount(), history.gridStepSeconds());
        this.writer = new ForecastWriter(history.slotCount(), tracker);
        this.drift = new DriftWatch(history, falseAlarmHorizons);
        this.learnt =
                new LearntState(
                        history.slotCount(),
                        tasks,
                        new VmLearning(tracker, drift.isOn() ? drift : null),
                        LearntState.identityOf(model));
        this.fallback = new FallbackForecaster(history, tasks, learnt);
        this.buffers = buffers;
        this.seat = seat;
        this.births = new int[history.slotCount()];
        this.known = new boolean[history.slotCount()];
        this.origins = new Origins(history, store, buffers);
        this.steps = new StepLearner(history, store, tracker, buffers, learnt, births);
    }

    /** See {@link ModelForecaster#open}. */
    // The arena is the forecaster's: its close() closes it, and so does a failure in here.
    @SuppressWarnings("MustBeClosedChecker")
    static DemandForecaster open(
            ForecastModel model, SampleHistory history, boolean tryCuda, int falseAlarmHorizons) {
        Arena arena = Arena.ofShared();
        try {
            DemandBuffers buffers = new DemandBuffers(history.slotCount(), arena);
            ModelSession session = ModelSessions.open(model.bytes(), buffers, tryCuda);
            return on(
                    model,
                    history,
                    arena,
                    buffers,
                    new ModelSeat(model, buffers, session, tryCuda),
                    falseAlarmHorizons);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** The same in a given seat; the forecaster takes over seat and arena. */
    static DemandForecaster on(
            ForecastModel model,
            SampleHistory history,
            Arena arena,
            DemandBuffers buffers,
            ModelSeat seat,
            int falseAlarmHorizons) {
        if (model.manifest().gridStepSeconds() != history.gridStepSeconds()) {
            seat.close();
            throw new IllegalArgumentException(
                    model.name()
                            + " wants steps of "
                            + model.manifest().gridStepSeconds()
                            + " s, the history has "
                            + history.gridStepSeconds()
                            + " s: make the history with the model's grid step.");
        }
        return new DemandForecaster(model, history, arena, buffers, seat, falseAlarmHorizons);
    }

    @Override
    public void forecast(Tick tick) {
        modelNs = 0;
        tasks.take(tick);
        learnt.take(tick);
        if (tick.kind == EventKind.CONTROL && seat.take(tick.control)) {
            startAnew();
        }
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        int slots = Math.min(tick.sample.slotCount, history.slotCount());
        ForecastSection forecast = tick.forecast;
        forecast.slotCount = slots;
        // Never smaller again: a row's bits may depend on the size of its batch.
        rowsHigh = Math.max(rowsHigh, slots);
        if (rowsHigh == 0) {
            return;
        }
        int batch = buffers.batchIndexFor(rowsHigh);
        for (int k = 0; k < history.closedCount(); k++) {
            steps.writeRows(k, rowsHigh);
            steps.learn(rowsHigh, run(batch));
        }
        welcomeNewVms();
        boolean begins = drift.follow(tick);
        sampleTimeNs = tick.timeNs;
        origins.move(sampleTimeNs, rowsHigh);
        boolean ran = run(batch);
        measure();
        for (int first = 0; first < slots; first += ForecastWriter.ROWS) {
            write(ran, begins, first, Math.min(slots, first + ForecastWriter.ROWS), forecast);
        }
        tasks.write(tick);
        learnt.write(tick);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The inputs and the answers of the last sample, written once more.
     */
    @Override
    public void rehearseForecast(Tick scratch) {
        if (rowsHigh == 0) {
            return;
        }
        origins.move(sampleTimeNs, rowsHigh);
        measure();
        for (int slot = 0; slot < rowsHigh; slot++) {
            if (slot % ForecastWriter.ROWS == 0) {
                takeSpokenFor(slot, Math.min(rowsHigh, slot + ForecastWriter.ROWS));
            }
            if (known[slot]) {
                writer.copy(slot, scratch.forecast.quantile, slot * ForecastSection.STRIDE);
                fallback.writeStorage(slot, scratch.forecast);
            }
        }
    }

    /** Another model speaks: what the one before was corrected by says nothing of it. */
    private void startAnew() {
        historyStepsMin = seat.model().manifest().historyStepsMin();
        Arrays.fill(known, false);
        for (int slot = 0; slot < births.length; slot++) {
            tracker.reset(slot);
        }
        drift.startAnew();
        learnt.startAnew(seat.identity());
    }

    private void welcomeNewVms() {
        for (int slot = 0; slot < rowsHigh; slot++) {
            if (births[slot] != history.births(slot)) {
                births[slot] = history.births(slot);
                forget(slot);
                learnt.welcome(slot);
            }
        }
    }

    private void forget(int slot) {
        known[slot] = false;
        store.reset(slot);
        tracker.reset(slot);
        drift.reset(slot);
    }

    // One writer: the engine's thread.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private boolean run(int batch) {
        long startNs = System.nanoTime();
        boolean ran = seat.run(batch);
        modelNs += System.nanoTime() - startNs;
        if (!ran) {
            failedRuns++;
        }
        return ran;
    }

    @Override
    public long modelNs() {
        return modelNs;
    }

    /** What a percent is. */
    private void measure() {
        if (unitsChanged != history.unitsChanged()) {
            unitsChanged = history.unitsChanged();
            writer.measure(history.units());
        }
    }

    /** Writes the forecasts of the slots from {@code first} to {@code end}. */
    private void write(boolean ran, boolean begins, int first, int end, ForecastSection forecast) {
        if (ran) {
            takeSpokenFor(first, end);
        }
        for (int slot = first; slot < end; slot++) {
            if (ran && known[slot] && history.isAlive(slot) && !writer.isWorthless(slot)) {
                // As for nearly every VM on every tick: once known, it stays so until it is gone.
                writer.copy(slot, forecast.quantile, slot * ForecastSection.STRIDE);
                forecast.source[slot] = ForecastSource.MODEL;
            } else if (!ran || !writeModel(slot, forecast)) {
                fallback.write(slot, forecast);
            }
            if (begins && forecast.source[slot] == ForecastSource.MODEL && known[slot]) {
                writer.copy(slot, row, 0);
                drift.keep(slot, row);
                learnt.moved(slot);
            }
            if (drift.isDrifted(slot) && forecast.source[slot] == ForecastSource.MODEL) {
                fallback.write(slot, forecast);
                forecast.source[slot] = ForecastSource.DRIFTED;
            }
            fallback.writeStorage(slot, forecast);
        }
    }

    /** Takes the model's answers in, unless it speaks for none of the slots yet. */
    private void takeSpokenFor(int first, int end) {
        for (int slot = first; slot < end; slot++) {
            if (store.steps(slot) >= historyStepsMin) {
                writer.take(buffers.outputs(), first, end - first);
                return;
            }
        }
    }

    /** Writes the model's forecast of one slot; false when it has none. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One writer: the engine's thread.
    private boolean writeModel(int slot, ForecastSection forecast) {
        if (!history.isAlive(slot)
                || store.steps(slot) < historyStepsMin
                || !isSeen(slot, FeatureSchema.MEMORY)) {
            return false;
        }
        if (writer.isWorthless(slot)) {
            nonFiniteForecasts++;
            forget(slot);
            learnt.moved(slot);
            return false;
        }
        int at = slot * ForecastSection.STRIDE;
        writer.copy(slot, forecast.quantile, at);
        known[slot] = true;
        for (int r = 0; r < RESOURCES; r++) {
            if (!isSeen(slot, r) || Float.isNaN(store.originPercent(slot, r))) {
                known[slot] = false; // Nothing is known of this resource.
                int from = at + r * ForecastSection.RESOURCE_STRIDE;
                Arrays.fill(forecast.quantile, from, from + ForecastSection.RESOURCE_STRIDE, 0f);
            }
        }
        forecast.source[slot] = ForecastSource.MODEL;
        return true;
    }

    private boolean isSeen(int slot, int resource) {
        return !Float.isNaN(history.latestPercent(slot, resource));
    }

    /**
     * The calibration, for a journal. Engine thread only.
     *
     * @return the tracker, by slot
     */
    public QuantileTracker tracker() {
        return tracker;
    }

    /**
     * Opens another model on this forecaster's rows. It takes the place of the present one, without
     * its corrections, at the event of kind MODEL_SWAPPED whose text is {@link #swapText}. Any
     * thread but the engine's, one at a time.
     *
     * @param model a checked feature model of the same grid
     * @throws IllegalArgumentException when it has another schema or grid
     * @throws ModelRejectedException when the runtime refuses it
     */
    public void prepare(ForecastModel model) {
        seat.prepare(model);
    }

    /**
     * What the event says that swaps to a model.
     *
     * @param model the prepared one
     * @return its SHA-256, a blank, and its name
     */
    public static String swapText(ForecastModel model) {
        return ModelSeat.text(model);
    }

    /** {@return the model at work: the one given, or that of the last swap; any thread} */
    public ForecastModel model() {
        return seat.model();
    }

    /** Frees the model that was swapped out. Any thread but the engine's. */
    public void closeRetired() {
        seat.closeRetired();
    }

    @Override
    public String description() {
        return seat.description();
    }

    /**
     * What speaks against the model; its public methods may be called by any thread.
     *
     * @return the watch over it
     */
    public DriftWatch drift() {
        return drift;
    }

    @Override
    public LearntState learnt() {
        return learnt;
    }

    @Override
    public long failedRuns() {
        return failedRuns;
    }

    @Override
    public long nonFiniteForecasts() {
        return nonFiniteForecasts;
    }

    @Override
    public long ignoredTasks() {
        return tasks.ignoredCount();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        seat.close();
        arena.close();
    }
}
