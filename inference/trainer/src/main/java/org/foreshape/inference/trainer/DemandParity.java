package org.foreshape.inference.trainer;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.inference.DemandBuffers;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.ModelSession;
import org.foreshape.inference.ModelSessions;

/**
 * Checks that an exported feature model answers what the trained networks answer, from the raw row
 * on: the graph's own distances, softening and folding of constants are part of the check.
 */
final class DemandParity {
    private static final int ROWS = 512;
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int PER_RESOURCE = OUTPUTS / FeatureSchema.RESOURCE_COUNT;

    private DemandParity() {}

    /**
     * Feeds both with the same random rows.
     *
     * @return the largest absolute difference of an output as a fraction of capacity, relative to
     *     networks' answers above 1 in units of the scale
     */
    static double difference(List<DemandWeights> networks, byte[] model, Engine engine, long seed) {
        float[] rows = new float[ROWS * SampleFile.WIDTH];
        SplittableRandom random = new SplittableRandom(seed);
        try (Arena arena = Arena.ofConfined()) {
            DemandBuffers buffers = new DemandBuffers(ROWS, arena);
            float[] origins = new float[FeatureSchema.RESOURCE_COUNT];
            float[] scales = new float[FeatureSchema.RESOURCE_COUNT];
            for (int row = 0; row < ROWS; row++) {
                int at = row * SampleFile.WIDTH;
                for (int r = 0; r < origins.length; r++) {
                    origins[r] = (float) random.nextDouble(0, 100);
                    scales[r] = (float) Math.exp(random.nextDouble(-3, 3));
                    rows[at + SampleFile.ORIGIN + r] = origins[r];
                    rows[at + SampleFile.SCALE + r] = scales[r];
                }
                for (int k = 0; k < DemandSchema.FEATURES; k++) {
                    rows[at + k] =
                            k < DemandSchema.LEVELS_ROW
                                    ? (float) random.nextDouble(0, 100)
                                    : (float) random.nextGaussian();
                }
                buffers.write(row, rows, at, origins, scales);
                DemandSamples.soften(rows, at);
            }
            float[] expected = expected(networks, rows, engine);
            try (ModelSession session = ModelSessions.openReference(model, buffers)) {
                if (!session.run(buffers.batchIndexFor(ROWS), 0)) {
                    throw new IllegalStateException(session.lastError());
                }
            }
            return worst(rows, expected, buffers);
        }
    }

    /** The networks' mean answers, in units of the scale. */
    private static float[] expected(List<DemandWeights> networks, float[] rows, Engine engine) {
        float[] sum = new float[ROWS * OUTPUTS];
        for (DemandWeights weights : networks) {
            float[] x = new float[ROWS * DemandSchema.FEATURES];
            for (int k = 0; k < x.length; k++) {
                int f = k % DemandSchema.FEATURES;
                float feature = rows[k / DemandSchema.FEATURES * SampleFile.WIDTH + f];
                x[k] = (feature - weights.mean()[f]) / weights.deviation()[f];
            }
            try (NDManager manager = engine.newBaseManager(Device.cpu())) {
                float[] answers =
                        new DemandNetwork(weights, manager)
                                .forward(manager.create(x, new Shape(ROWS, DemandSchema.FEATURES)))
                                .toFloatArray();
                for (int k = 0; k < sum.length; k++) {
                    sum[k] += answers[k] / networks.size();
                }
            }
        }
        return sum;
    }

    private static double worst(float[] rows, float[] expected, DemandBuffers buffers) {
        double worst = 0;
        for (int k = 0; k < expected.length; k++) {
            int at = k / OUTPUTS * SampleFile.WIDTH;
            int resource = k % OUTPUTS / PER_RESOURCE;
            double scale = rows[at + SampleFile.SCALE + resource];
            double want =
                    Math.clamp(
                            rows[at + SampleFile.ORIGIN + resource] + scale * expected[k], 0, 100);
            double got = buffers.outputs().getAtIndex(ValueLayout.JAVA_FLOAT, k);
            double gap = Math.abs(got - want) / 100 / Math.max(1, Math.abs(expected[k]));
            // A NaN must not pass as "no difference".
            worst = Double.isNaN(gap) ? Double.POSITIVE_INFINITY : Math.max(worst, gap);
        }
        return worst;
    }
}
