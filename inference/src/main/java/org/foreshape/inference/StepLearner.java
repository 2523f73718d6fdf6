package org.foreshape.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.foreshape.ring.event.ForecastSection;

/**
 * Takes closed grid steps in: the rows of inputs change with them, and what was forecast so long
 * ago as a horizon is held against what came, so that answers are corrected from then on. Only VMs
 * that still are in the slots in which they were welcomed count. Nothing allocates after
 * construction. One thread.
 */
final class StepLearner {
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;

    private final SampleHistory history;
    private final DemandFeatures store;
    private final QuantileTracker tracker;
    private final DemandBuffers buffers;
    private final LearntState learnt;
    private final int[] births;
    private final float[] features = new float[DemandSchema.FEATURES];
    private final float[] rowOrigins = new float[RESOURCES];
    private final float[] rowScales = new float[RESOURCES];
    private final float[] outputs;

    /** The births are those of the VMs that were welcomed; 0: none. */
    StepLearner(
            SampleHistory history,
            DemandFeatures store,
            QuantileTracker tracker,
            DemandBuffers buffers,
            LearntState learnt,
            int[] births) {
        this.history = history;
        this.store = store;
        this.tracker = tracker;
        this.buffers = buffers;
        this.learnt = learnt;
        this.births = births;
        this.outputs = new float[births.length * OUTPUTS];
    }

    /** Writes the rows as they are after one of the steps that the event closed. */
    void writeRows(int after, int rows) {
        store.atStep((history.closedStep() + after) * history.gridStepSeconds());
        for (int slot = 0; slot < rows; slot++) {
            if (isKnown(slot)) {
                store.commit(
                        slot,
                        closed(slot, FeatureSchema.MEMORY, after),
                        closed(slot, FeatureSchema.CPU, after));
                store.write(slot, features, 0);
                for (int r = 0; r < RESOURCES; r++) {
                    rowOrigins[r] = store.originPercent(slot, r);
                    rowScales[r] = store.scalePercent(slot, r);
                }
                buffers.write(slot, features, 0, rowOrigins, rowScales);
            }
        }
    }

    /** Learns from the model's answers to these rows, if it ran. */
    void learn(int rows, boolean ran) {
        // One copy: single reads of native memory cost several times as much.
        MemorySegment.copy(
                buffers.outputs(), ValueLayout.JAVA_FLOAT, 0, outputs, 0, rows * OUTPUTS);
        for (int slot = 0; slot < rows; slot++) {
            if (isKnown(slot)) {
                learnOf(slot, ran);
            }
        }
    }

    private void learnOf(int slot, boolean ran) {
        int at = slot * OUTPUTS;
        for (int r = 0; r < RESOURCES; r++) {
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                if (tracker.learn(slot, r, h, store.peakPercent(slot, r, h))) {
                    learnt.moved(slot);
                }
            }
        }
        if (!ran || !correct(slot)) {
            Arrays.fill(outputs, at, at + OUTPUTS, Float.NaN);
        }
        int perResource = ForecastSection.RESOURCE_STRIDE;
        for (int r = 0; r < RESOURCES; r++) {
            if (Float.isNaN(store.originPercent(slot, r))) {
                Arrays.fill(outputs, at + r * perResource, at + (r + 1) * perResource, Float.NaN);
            }
        }
        tracker.remember(slot, outputs, at);
    }

    private boolean correct(int slot) {
        if (!ForecastRow.tidy(outputs, slot * OUTPUTS)) {
            return false;
        }
        tracker.correct(slot, outputs, slot * OUTPUTS);
        return true;
    }

    /** Whether the slot still holds the VM that was welcomed. */
    private boolean isKnown(int slot) {
        return births[slot] != 0 && births[slot] == history.births(slot);
    }

    /** Only the first closed step was sampled; the steps after it passed without an event. */
    private float closed(int slot, int resource, int after) {
        return after == 0 ? history.closedPercent(slot, resource) : Float.NaN;
    }
}
