package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Tick;

/**
 * Forecasts all VMs with a stateful model, one run per sample.
 *
 * <p>The model's state moves on only when a grid step is closed. In between, each sample asks what
 * would follow if the step ended as it stands: a provisional run from the last closed state, whose
 * own state is thrown away. So the forecasts follow from the events alone, and a replay gives the
 * same bits.
 *
 * <p>The plain {@link FallbackForecaster} speaks for a VM that has lived fewer steps than the model
 * wants, whose answer is not finite, or when a run fails; each is counted. The model's rise is put
 * on the newest use where that is above the step's mean, so a sudden fill is not averaged away.
 * Nothing allocates once warm. Engine thread only, besides the counts.
 */
public final class OnnxForecaster implements ModelForecaster {
    private static final long FEATURE_BYTES = 4L * FeatureSchema.FEATURE_COUNT;

    private final SampleHistory history;
    private final FallbackForecaster fallback;
    private final TaskDemand tasks;
    private final LearntState learnt;
    private final Arena arena;
    private final FeatureStore store;
    private final ModelBuffers buffers;
    private final ModelSession session;
    private final int gridStepSeconds;
    private final int historyStepsMin;
    private final int[] births;
    private final float[] row = new float[FeatureSchema.QUANTILE_COUNT];
    private final float[] outputs;
    private int side;
    private int rowsHigh;
    private long modelNs;
    // Written by the engine's thread only; volatile so that status pages read whole values.
    private volatile long failedRuns;
    private volatile long nonFiniteForecasts;
    private boolean closed;

    private OnnxForecaster(
            ForecastModel model,
            SampleHistory history,
            Arena arena,
            ModelBuffers buffers,
            ModelSession session) {
        this.history = history;
        this.tasks = new TaskDemand(history.slotCount());
        this.arena = arena;
        this.gridStepSeconds = model.manifest().gridStepSeconds();
        this.historyStepsMin = model.manifest().historyStepsMin();
        this.store = new FeatureStore(history.slotCount(), gridStepSeconds);
        this.learnt =
                new LearntState(history.slotCount(), tasks, null, LearntState.identityOf(model));
        this.fallback = new FallbackForecaster(history, tasks, learnt);
        this.buffers = buffers;
        this.session = session;
        this.births = new int[history.slotCount()];
        this.outputs = new float[history.slotCount() * FeatureSchema.OUTPUT_COUNT];
    }

    /**
     * Opens a forecaster on a history.
     *
     * @param model the checked model
     * @param history the observer that runs before it, on the model's grid
     * @param tryCuda whether to run on a CUDA device if there is one; the CPU gives the same bits
     *     on every run, a device need not
     * @return the forecaster; the caller closes it after the engine stopped
     * @throws IllegalArgumentException when the history has another grid
     * @throws ModelRejectedException when the runtime refuses the model
     */
    // The arena is the forecaster's: its close() closes it, and so does a failure in here.
    @SuppressWarnings("MustBeClosedChecker")
    public static OnnxForecaster open(ForecastModel model, SampleHistory history, boolean tryCuda) {
        Arena arena = Arena.ofShared();
        try {
            ModelBuffers buffers =
                    new ModelBuffers(history.slotCount(), model.manifest().hiddenSize(), arena);
            return on(
                    model,
                    history,
                    arena,
                    buffers,
                    ModelSessions.open(model.bytes(), buffers, tryCuda));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** The same on a given session; the forecaster takes over session and arena. */
    static OnnxForecaster on(
            ForecastModel model,
            SampleHistory history,
            Arena arena,
            ModelBuffers buffers,
            ModelSession session) {
        if (model.manifest().gridStepSeconds() != history.gridStepSeconds()) {
            session.close();
            throw new IllegalArgumentException(
                    model.name()
                            + " wants steps of "
                            + model.manifest().gridStepSeconds()
                            + " s, the history has "
                            + history.gridStepSeconds()
                            + " s: make the history with the model's grid step.");
        }
        return new OnnxForecaster(model, history, arena, buffers, session);
    }

    @Override
    public void forecast(Tick tick) {
        modelNs = 0;
        tasks.take(tick);
        learnt.take(tick);
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
        commitClosedSteps(batch);
        welcomeNewVms();
        boolean ran = runProvisional(batch);
        // One copy: single reads of native memory cost several times as much.
        MemorySegment.copy(
                buffers.outputs(),
                ValueLayout.JAVA_FLOAT,
                0,
                outputs,
                0,
                slots * FeatureSchema.OUTPUT_COUNT);
        for (int slot = 0; slot < slots; slot++) {
            if (!ran || !writeModel(slot, forecast)) {
                fallback.write(slot, forecast);
            }
            fallback.writeStorage(slot, forecast);
        }
        tasks.write(tick);
        learnt.write(tick);
    }

    private void commitClosedSteps(int batch) {
        for (int k = 0; k < history.closedCount(); k++) {
            store.atStep((history.closedStep() + k) * gridStepSeconds);
            for (int slot = 0; slot < rowsHigh; slot++) {
                if (isKnown(slot)) {
                    store.write(
                            slot,
                            closed(slot, FeatureSchema.MEMORY, k),
                            closed(slot, FeatureSchema.CPU, k),
                            buffers.inputs(),
                            slot * FEATURE_BYTES);
                }
            }
            if (run(batch)) {
                side = 1 - side;
            }
            for (int slot = 0; slot < rowsHigh; slot++) {
                if (isKnown(slot)) {
                    store.commit(
                            slot,
                            closed(slot, FeatureSchema.MEMORY, k),
                            closed(slot, FeatureSchema.CPU, k));
                }
            }
        }
    }

    /** Whether the slot still holds the VM that this forecaster knows. */
    private boolean isKnown(int slot) {
        return births[slot] != 0 && births[slot] == history.births(slot);
    }

    /** Only the first closed step was sampled; the steps after it passed without an event. */
    private float closed(int slot, int resource, int after) {
        return after == 0 ? history.closedPercent(slot, resource) : Float.NaN;
    }

    private void welcomeNewVms() {
        for (int slot = 0; slot < rowsHigh; slot++) {
            if (births[slot] != history.births(slot)) {
                births[slot] = history.births(slot);
                forget(slot);
            }
        }
    }

    private void forget(int slot) {
        store.reset(slot);
        buffers.zeroState(slot, side);
    }

    private boolean runProvisional(int batch) {
        store.atStep(history.step() * gridStepSeconds);
        for (int slot = 0; slot < rowsHigh; slot++) {
            if (isKnown(slot)) {
                store.write(
                        slot,
                        history.openPercent(slot, FeatureSchema.MEMORY),
                        history.openPercent(slot, FeatureSchema.CPU),
                        buffers.inputs(),
                        slot * FEATURE_BYTES);
            }
        }
        return run(batch);
    }

    // One writer: the engine's thread.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private boolean run(int batch) {
        long startNs = System.nanoTime();
        boolean ran = session.run(batch, side);
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

    /** Writes the model's forecast of one slot; false when it has none. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One writer: the engine's thread.
    private boolean writeModel(int slot, ForecastSection forecast) {
        if (!history.isAlive(slot)
                || store.steps(slot) < historyStepsMin
                || Float.isNaN(history.latestPercent(slot, FeatureSchema.MEMORY))) {
            return false;
        }
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                if (!writeQuantiles(slot, resource, h, forecast)) {
                    nonFiniteForecasts++;
                    forget(slot);
                    return false;
                }
            }
        }
        forecast.source[slot] = ForecastSource.MODEL;
        return true;
    }

    private boolean writeQuantiles(int slot, int resource, int h, ForecastSection forecast) {
        int index = FeatureSchema.outputIndex(resource, h, 0);
        int at = slot * ForecastSection.STRIDE + index;
        float latest = history.latestPercent(slot, resource);
        float origin = store.originPercent(slot, resource);
        if (Float.isNaN(latest) || Float.isNaN(origin)) {
            for (int q = 0; q < row.length; q++) {
                forecast.quantile[at + q] = 0f; // CPU was never seen: nothing is known of it.
            }
            return true;
        }
        float base = Math.max(origin, latest);
        float scale = store.originScale(slot, resource);
        float unit = history.capacity(slot, resource) / 100f;
        int from = slot * FeatureSchema.OUTPUT_COUNT + index;
        float before = -Float.MAX_VALUE;
        boolean ordered = true;
        for (int q = 0; q < FeatureSchema.QUANTILE_COUNT; q++) {
            float percent = base + scale * outputs[from + q];
            ordered &= percent >= before; // False for NaN, too.
            before = percent;
            forecast.quantile[at + q] = unit * clip(percent);
        }
        if (ordered && before <= Float.MAX_VALUE) {
            return true;
        }
        if (!isFinite(from)) {
            return false;
        }
        writeSorted(from, at, base, scale, unit, forecast);
        return true;
    }

    private boolean isFinite(int from) {
        boolean finite = true;
        for (int q = 0; q < FeatureSchema.QUANTILE_COUNT; q++) {
            finite &= Float.isFinite(outputs[from + q]);
        }
        return finite;
    }

    /** The same for quantiles that cross: the model's outputs are free to. */
    private void writeSorted(
            int from, int at, float base, float scale, float unit, ForecastSection forecast) {
        for (int q = 0; q < row.length; q++) {
            row[q] = base + scale * outputs[from + q];
        }
        sort(row);
        for (int q = 0; q < row.length; q++) {
            forecast.quantile[at + q] = unit * clip(row[q]);
        }
    }

    /** To 0..100; by comparisons, which cost a fraction of Math.clamp. */
    static float clip(float percent) {
        float most = percent < 100f ? percent : 100f;
        return most > 0f ? most : 0f;
    }

    /** By insertion: few values, nearly in order. */
    private static void sort(float[] values) {
        for (int k = 1; k < values.length; k++) {
            float value = values[k];
            int place = k;
            while (place > 0 && values[place - 1] > value) {
                values[place] = values[place - 1];
                place--;
            }
            values[place] = value;
        }
    }

    @Override
    public String description() {
        return session.description();
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
        session.close();
        arena.close();
    }
}
