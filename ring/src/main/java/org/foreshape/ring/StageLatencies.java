package org.foreshape.ring;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * Latency of each stage for sample events, in nanoseconds.
 *
 * <p>Each stage has one writing thread (the engine's, or its own when staged). Any thread may read.
 */
public final class StageLatencies {
    private static final long LATENCY_MAX_NS = 60_000_000_000L;

    private final SingleWriterRecorder[] recorders =
            new SingleWriterRecorder[Stage.values().length];
    private final Histogram[] totals = new Histogram[recorders.length];

    /** Empty histograms for every stage. */
    public StageLatencies() {
        for (int i = 0; i < recorders.length; i++) {
            recorders[i] = new SingleWriterRecorder(1, LATENCY_MAX_NS, 3);
            totals[i] = new Histogram(1, LATENCY_MAX_NS, 3);
        }
    }

    /** Records one latency; allocates nothing. Only the stage's own thread. */
    void record(Stage stage, long latencyNs) {
        recorders[stage.ordinal()].recordValue(Math.clamp(latencyNs, 1L, LATENCY_MAX_NS));
    }

    /** A copy of all latencies of a stage since the start or the last {@link #reset}. */
    public synchronized Histogram snapshot(Stage stage) {
        int i = stage.ordinal();
        totals[i].add(recorders[i].getIntervalHistogram());
        return totals[i].copy();
    }

    /** Forgets everything so far: call it after warm-up. */
    public synchronized void reset() {
        for (int i = 0; i < recorders.length; i++) {
            recorders[i].getIntervalHistogram();
            totals[i].reset();
        }
    }
}
