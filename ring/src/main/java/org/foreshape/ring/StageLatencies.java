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
    private static final int PERMILLE = 1000;
    private static final long MULTIPLE_MAX = 1_000_000L * PERMILLE;

    private final SingleWriterRecorder[] recorders =
            new SingleWriterRecorder[Stage.values().length];
    private final Histogram[] totals = new Histogram[recorders.length];

    private final SingleWriterRecorder multiples = new SingleWriterRecorder(MULTIPLE_MAX, 3);
    private final Histogram allMultiples = new Histogram(1, MULTIPLE_MAX, 3);

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

    /**
     * Records how many times as long as its model run and its recording a decision took; allocates
     * nothing. Only the engine's thread.
     */
    void recordMultiple(long decisionNs, long unavoidableNs) {
        multiples.recordValue(
                Math.clamp(PERMILLE * decisionNs / Math.max(1, unavoidableNs), 1L, MULTIPLE_MAX));
    }

    /**
     * How many times as long as its model run and its recording each decision took, in thousandths,
     * since the start or the last {@link #reset}: of each decision by itself, since what disturbs a
     * busy machine disturbs parts and whole alike. Empty where no model ran, and when staged.
     */
    public synchronized Histogram multiples() {
        allMultiples.add(multiples.getIntervalHistogram());
        return allMultiples.copy();
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
        multiples.getIntervalHistogram();
        allMultiples.reset();
    }
}
