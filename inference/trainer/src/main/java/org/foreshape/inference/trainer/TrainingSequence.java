package org.foreshape.inference.trainer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.FeatureStore;
import org.foreshape.inference.trace.VmTrace;

/**
 * A run of steps of one VM, ready to train on. Not for sharing: the arrays are its own.
 *
 * @param inputs {@link FeatureSchema#FEATURE_COUNT} floats a step
 * @param targets one float a step, resource and horizon: (peak - x) / s, NaN when undefined
 * @param length steps
 */
@SuppressWarnings("ArrayRecordComponent") // Millions of samples; compared nowhere.
record TrainingSequence(float[] inputs, float[] targets, int length) {
    static final int TARGETS = FeatureSchema.RESOURCE_COUNT * FeatureSchema.HORIZON_COUNT;

    private static final float TARGET_CLIP = 60f;
    private static final int COLD_STEPS = 432;

    /** What a VM hides from the model, so that it learns to live without. */
    enum Hidden {
        NOTHING,
        MEMORY,
        CPU
    }

    /** The whole life of a VM as one sequence. */
    static TrainingSequence whole(VmTrace trace, int gridStepSeconds) {
        return of(trace, 0, trace.length(), Hidden.NOTHING, gridStepSeconds);
    }

    /** The life of a VM cut into newborn VMs of a day and a half, with a resource hidden. */
    static List<TrainingSequence> newborn(VmTrace trace, Hidden hidden, int gridStepSeconds) {
        List<TrainingSequence> sequences = new ArrayList<>();
        for (int from = 0; from + COLD_STEPS <= trace.length(); from += COLD_STEPS) {
            sequences.add(of(trace, from, from + COLD_STEPS, hidden, gridStepSeconds));
        }
        return sequences;
    }

    private static TrainingSequence of(
            VmTrace trace, int from, int to, Hidden hidden, int gridStepSeconds) {
        int length = to - from;
        int width = FeatureSchema.FEATURE_COUNT;
        float[] inputs = new float[length * width];
        float[] targets = new float[length * TARGETS];
        float[][] use = use(trace, from, to, hidden);
        try (Arena arena = Arena.ofConfined()) {
            FeatureStore store = new FeatureStore(1, gridStepSeconds);
            MemorySegment row = arena.allocate(4L * width, 64);
            for (int t = 0; t < length; t++) {
                store.atStep((long) (trace.firstBin() + from + t) * gridStepSeconds);
                store.write(0, use[0][t], use[1][t], row, 0);
                MemorySegment.copy(row, ValueLayout.JAVA_FLOAT, 0, inputs, t * width, width);
                for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
                    float scale = store.originScale(0, resource);
                    for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                        int at = t * TARGETS + resource * FeatureSchema.HORIZON_COUNT + h;
                        float rise =
                                peak(use[resource], t, FeatureSchema.horizonSteps()[h])
                                        - use[resource][t];
                        targets[at] = Math.clamp(rise / scale, -TARGET_CLIP, TARGET_CLIP);
                    }
                }
                store.commit(0, use[0][t], use[1][t]);
            }
        }
        return new TrainingSequence(inputs, targets, length);
    }

    private static float[][] use(VmTrace trace, int from, int to, Hidden hidden) {
        // One capacity for a VM's whole life: the trace's capacity drifts in small steps, which
        // would pose as demand. It looks ahead within the training days only.
        float capacityMib = trace.medianCapacityMib(trace.firstBin(), trace.endBin());
        float[][] use = new float[FeatureSchema.RESOURCE_COUNT][to - from];
        for (int t = from; t < to; t++) {
            use[FeatureSchema.MEMORY][t - from] =
                    hidden == Hidden.MEMORY ? Float.NaN : trace.memoryPercent(t, capacityMib);
            use[FeatureSchema.CPU][t - from] =
                    hidden == Hidden.CPU ? Float.NaN : trace.cpuPercent(t);
        }
        return use;
    }

    /** Largest of the next {@code steps} values; NaN when one of them is missing. */
    static float peak(float[] use, int t, int steps) {
        if (t + steps >= use.length) {
            return Float.NaN;
        }
        float peak = use[t + 1];
        for (int k = 2; k <= steps; k++) {
            peak = Math.max(peak, use[t + k]); // Math.max hands NaN on.
        }
        return peak;
    }
}
