package org.foreshape.inference;

import java.util.concurrent.atomic.AtomicReference;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.Text;
import org.jspecify.annotations.Nullable;

/**
 * The model at work on a forecaster's rows, and the one that shall take its place. That one is
 * opened and checked on another thread ({@link #prepare}); the engine's thread only takes another
 * session up, at the event that names it, so between two samples and at the same place in a replay.
 */
final class ModelSeat implements AutoCloseable {
    private final DemandBuffers buffers;
    private final int gridStepSeconds;
    private final boolean tryCuda;
    private final AtomicReference<@Nullable Seated> prepared = new AtomicReference<>();
    private final AtomicReference<@Nullable Seated> retired = new AtomicReference<>();
    private volatile Seated now;

    /** A model with its session; the text is that of the event that seats it. */
    private record Seated(ForecastModel model, ModelSession session, Text text, long identity) {}

    ModelSeat(ForecastModel model, DemandBuffers buffers, ModelSession session, boolean tryCuda) {
        this.buffers = buffers;
        this.gridStepSeconds = model.manifest().gridStepSeconds();
        this.tryCuda = tryCuda;
        this.now = seated(model, session);
    }

    private static Seated seated(ForecastModel model, ModelSession session) {
        Text text = new Text(ControlSection.TEXT_BYTES_MAX);
        text.set(text(model));
        return new Seated(model, session, text, LearntState.identityOf(model));
    }

    /** What the event says that swaps to a model: its SHA-256 and what it is called. */
    static String text(ForecastModel model) {
        return model.manifest().modelSha256() + " " + model.name();
    }

    /** Any thread but the engine's, one at a time. See {@link DemandForecaster#prepare}. */
    void prepare(ForecastModel model) {
        if (model.manifest().schemaVersion() != DemandSchema.VERSION
                || model.manifest().gridStepSeconds() != gridStepSeconds) {
            throw new IllegalArgumentException(
                    model.name()
                            + " has schema "
                            + model.manifest().schemaVersion()
                            + " and steps of "
                            + model.manifest().gridStepSeconds()
                            + " s, at work is one of schema "
                            + DemandSchema.VERSION
                            + " and "
                            + gridStepSeconds
                            + " s: it can only be taken up by a start with this model.");
        }
        closeRetired();
        ModelSession session = ModelSessions.open(model.bytes(), buffers, tryCuda);
        close(prepared.getAndSet(seated(model, session)));
    }

    /** Takes the prepared model up when the event names it; false when it names none. */
    boolean take(ControlSection control) {
        Seated next = prepared.get();
        if (control.kind != ControlKind.MODEL_SWAPPED
                || next == null
                || !next.text.contentEquals(control.text)
                || !prepared.compareAndSet(next, null)) {
            return false;
        }
        retired.set(now);
        now = next;
        return true;
    }

    /** Frees the model before; not on the engine's thread, since that takes its time. */
    void closeRetired() {
        close(retired.getAndSet(null));
    }

    boolean run(int batch) {
        return now.session.run(batch, 0);
    }

    ForecastModel model() {
        return now.model;
    }

    /** Under which corrections of its answers are learnt. */
    long identity() {
        return now.identity;
    }

    String description() {
        return now.session.description();
    }

    private static void close(@Nullable Seated seated) {
        if (seated != null) {
            seated.session.close();
        }
    }

    /** Frees all of them; after the engine stopped. */
    @Override
    public void close() {
        close(prepared.getAndSet(null));
        closeRetired();
        now.session.close();
    }
}
