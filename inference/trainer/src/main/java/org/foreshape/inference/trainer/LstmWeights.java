package org.foreshape.inference.trainer;

import java.util.SplittableRandom;

/**
 * The weights of the one-layer LSTM and its linear head, gates in the order i, f, g, o. Not for
 * sharing: the arrays are its own.
 *
 * @param inputSize F
 * @param hiddenSize H
 * @param outputSize O
 * @param inputToHidden 4H x F
 * @param hiddenToHidden 4H x H
 * @param inputBias 4H
 * @param hiddenBias 4H
 * @param head O x H
 * @param headBias O
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers to copy; compared nowhere.
record LstmWeights(
        int inputSize,
        int hiddenSize,
        int outputSize,
        float[] inputToHidden,
        float[] hiddenToHidden,
        float[] inputBias,
        float[] hiddenBias,
        float[] head,
        float[] headBias) {

    /** Random weights, uniform within 1 / sqrt(H), the forget gate open. */
    static LstmWeights random(int inputSize, int hiddenSize, int outputSize, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float bound = (float) (1 / Math.sqrt(hiddenSize));
        float[] inputBias = uniform(random, 4 * hiddenSize, bound);
        for (int k = hiddenSize; k < 2 * hiddenSize; k++) {
            inputBias[k] += 1f;
        }
        return new LstmWeights(
                inputSize,
                hiddenSize,
                outputSize,
                uniform(random, 4 * hiddenSize * inputSize, bound),
                uniform(random, 4 * hiddenSize * hiddenSize, bound),
                inputBias,
                uniform(random, 4 * hiddenSize, bound),
                uniform(random, outputSize * hiddenSize, bound),
                new float[outputSize]);
    }

    private static float[] uniform(SplittableRandom random, int count, float bound) {
        float[] values = new float[count];
        for (int k = 0; k < count; k++) {
            values[k] = (float) random.nextDouble(-bound, bound);
        }
        return values;
    }
}
