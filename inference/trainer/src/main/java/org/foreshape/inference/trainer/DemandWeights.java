package org.foreshape.inference.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * The weights of one feature network: two hidden layers with max(0, x), linear outputs in units of
 * the scale above the origin. Not for sharing: the arrays are its own.
 *
 * @param mean of each feature over the training rows
 * @param deviation of each feature over the training rows, never 0
 * @param sizes widths: features, both hidden layers, outputs
 * @param layers per layer the matrix, in by out, then the bias
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers to copy; compared nowhere.
record DemandWeights(float[] mean, float[] deviation, int[] sizes, List<float[]> layers) {
    static final int LAYERS = 3;

    /** Random weights, uniform within 1 / sqrt(inputs). */
    static DemandWeights random(
            float[] mean, float[] deviation, int firstWidth, int secondWidth, long seed) {
        int[] sizes = {DemandSchema.FEATURES, firstWidth, secondWidth, FeatureSchema.OUTPUT_COUNT};
        SplittableRandom random = new SplittableRandom(seed);
        List<float[]> layers = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            float[] matrix = new float[sizes[layer] * sizes[layer + 1]];
            double bound = 1 / Math.sqrt(sizes[layer]);
            for (int k = 0; k < matrix.length; k++) {
                matrix[k] = (float) random.nextDouble(-bound, bound);
            }
            layers.add(matrix);
            layers.add(new float[sizes[layer + 1]]);
        }
        return new DemandWeights(mean, deviation, sizes, layers);
    }

    DemandWeights copy() {
        return new DemandWeights(
                mean, deviation, sizes, layers.stream().map(float[]::clone).toList());
    }

    /** The first layer's matrix for features as they come, not standardised. */
    float[] foldedMatrix() {
        float[] folded = layers.getFirst().clone();
        for (int k = 0; k < folded.length; k++) {
            folded[k] /= deviation[k / sizes[1]];
        }
        return folded;
    }

    /** The first layer's bias for features as they come. */
    float[] foldedBias() {
        float[] matrix = layers.getFirst();
        double[] bias = new double[sizes[1]];
        for (int k = 0; k < matrix.length; k++) {
            int feature = k / sizes[1];
            bias[k % sizes[1]] -= (double) matrix[k] * mean[feature] / deviation[feature];
        }
        float[] folded = new float[bias.length];
        for (int k = 0; k < folded.length; k++) {
            folded[k] = (float) (layers.get(1)[k] + bias[k]);
        }
        return folded;
    }
}
