package org.foreshape.inference.trainer;

import java.util.ArrayList;
import java.util.Arrays;
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
 * @param layers per layer the matrix, in by out, then the bias; in a joined network behind them
 *     those of an LSTM that reads the lags, oldest first: input matrix, bias, state matrix, and the
 *     matrix by which its last state is added to the first layer. Gates stand as in ONNX: in, out,
 *     forget, cell
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers to copy; compared nowhere.
record DemandWeights(float[] mean, float[] deviation, int[] sizes, List<float[]> layers) {
    static final int LAYERS = 3;
    static final int RECURRENT_IN = 2 * LAYERS;
    static final int RECURRENT_BIAS = RECURRENT_IN + 1;
    static final int RECURRENT_STATE = RECURRENT_IN + 2;
    static final int RECURRENT_OUT = RECURRENT_IN + 3;
    static final int GATES = 4;

    /** What the LSTM sees of a softened distance. */
    static final float LAG_SHARE = .25f;

    private static final int FORGET = 2;

    /** Random weights, uniform within 1 / sqrt(inputs). */
    static DemandWeights random(
            float[] mean,
            float[] deviation,
            int firstWidth,
            int secondWidth,
            int recurrentWidth,
            long seed) {
        int[] sizes = {DemandSchema.FEATURES, firstWidth, secondWidth, FeatureSchema.OUTPUT_COUNT};
        SplittableRandom random = new SplittableRandom(seed);
        List<float[]> layers = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            layers.add(matrix(sizes[layer], sizes[layer + 1], sizes[layer], random));
            layers.add(new float[sizes[layer + 1]]);
        }
        if (recurrentWidth > 0) {
            int gates = GATES * recurrentWidth;
            float[] bias = new float[gates];
            // Open at first, so that the oldest lag is not forgotten before anything is learnt.
            Arrays.fill(bias, FORGET * recurrentWidth, (FORGET + 1) * recurrentWidth, 1f);
            layers.add(matrix(FeatureSchema.RESOURCE_COUNT, gates, recurrentWidth, random));
            layers.add(bias);
            layers.add(matrix(recurrentWidth, gates, recurrentWidth, random));
            layers.add(matrix(recurrentWidth, firstWidth, recurrentWidth, random));
        }
        return new DemandWeights(mean, deviation, sizes, layers);
    }

    private static float[] matrix(int in, int out, int inputs, SplittableRandom random) {
        float[] matrix = new float[in * out];
        double bound = 1 / Math.sqrt(inputs);
        for (int k = 0; k < matrix.length; k++) {
            matrix[k] = (float) random.nextDouble(-bound, bound);
        }
        return matrix;
    }

    /** Width of the state of a joined network's LSTM; 0 of a plain one. */
    int recurrentWidth() {
        return layers.size() > 2 * LAYERS ? layers.get(RECURRENT_BIAS).length / GATES : 0;
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
