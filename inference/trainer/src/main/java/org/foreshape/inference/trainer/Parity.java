package org.foreshape.inference.trainer;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.ModelBuffers;
import org.foreshape.inference.ModelSession;
import org.foreshape.inference.ModelSessions;

/** Checks that an exported model answers what the trained network answers. */
final class Parity {
    /** Largest difference at which an export stands. */
    static final double DIFFERENCE_MAX = 1e-5;

    private static final int ROWS = 16;
    private static final int STEPS = 60;

    private Parity() {}

    /**
     * Feeds both with the same inputs, one step after the other.
     *
     * @return the largest absolute difference of an output, relative to outputs above 1
     */
    static double difference(LstmWeights weights, byte[] model, Engine engine, long seed) {
        int width = weights.inputSize();
        float[] x = new float[ROWS * STEPS * width];
        SplittableRandom random = new SplittableRandom(seed);
        for (int k = 0; k < x.length; k++) {
            x[k] = (float) random.nextGaussian();
        }
        float[] expected;
        try (NDManager manager = engine.newBaseManager(Device.cpu())) {
            NDArray zeros = manager.zeros(new Shape(1, ROWS, weights.hiddenSize()));
            expected =
                    new LstmNetwork(weights, manager)
                            .forward(
                                    manager.create(x, new Shape(ROWS, STEPS, width)),
                                    new NDList(zeros, zeros.duplicate()))
                            .get(0)
                            .toFloatArray();
        }
        double worst = 0;
        try (Arena arena = Arena.ofConfined()) {
            ModelBuffers buffers = new ModelBuffers(ROWS, weights.hiddenSize(), arena);
            try (ModelSession session = ModelSessions.openReference(model, buffers)) {
                for (int step = 0; step < STEPS; step++) {
                    for (int row = 0; row < ROWS; row++) {
                        MemorySegment.copy(
                                x,
                                (row * STEPS + step) * width,
                                buffers.inputs(),
                                ValueLayout.JAVA_FLOAT,
                                4L * row * width,
                                width);
                    }
                    if (!session.run(buffers.batchIndexFor(ROWS), step % 2)) {
                        throw new IllegalStateException(session.lastError());
                    }
                    for (int row = 0; row < ROWS; row++) {
                        for (int k = 0; k < FeatureSchema.OUTPUT_COUNT; k++) {
                            int at = row * FeatureSchema.OUTPUT_COUNT + k;
                            float got = buffers.outputs().getAtIndex(ValueLayout.JAVA_FLOAT, at);
                            float want =
                                    expected[(row * STEPS + step) * FeatureSchema.OUTPUT_COUNT + k];
                            double gap = Math.abs(got - want) / Math.max(1, Math.abs(want));
                            // A NaN must not pass as "no difference".
                            worst =
                                    Double.isNaN(gap)
                                            ? Double.POSITIVE_INFINITY
                                            : Math.max(worst, gap);
                        }
                    }
                }
            }
        }
        return worst;
    }
}
