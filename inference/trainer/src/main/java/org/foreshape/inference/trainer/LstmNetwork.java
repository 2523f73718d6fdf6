package org.foreshape.inference.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * The network on the PyTorch engine: LSTM over time, linear head on every step. Its arrays belong
 * to the manager it was made with. One thread.
 */
final class LstmNetwork {
    private final int inputSize;
    private final int hiddenSize;
    private final int outputSize;
    private final List<NDArray> parameters;

    LstmNetwork(LstmWeights weights, NDManager manager) {
        this.inputSize = weights.inputSize();
        this.hiddenSize = weights.hiddenSize();
        this.outputSize = weights.outputSize();
        int f = inputSize;
        int h = hiddenSize;
        this.parameters =
                List.of(
                        manager.create(weights.inputToHidden(), new Shape(4L * h, f)),
                        manager.create(weights.hiddenToHidden(), new Shape(4L * h, h)),
                        manager.create(weights.inputBias(), new Shape(4L * h)),
                        manager.create(weights.hiddenBias(), new Shape(4L * h)),
                        manager.create(weights.head(), new Shape(outputSize, h)),
                        manager.create(weights.headBias(), new Shape(outputSize)));
    }

    void requireGradients() {
        for (NDArray parameter : parameters) {
            parameter.setRequiresGradient(true);
        }
    }

    List<NDArray> parameters() {
        return parameters;
    }

    /**
     * Runs the network.
     *
     * @param x [N, T, F]
     * @param state h and c, each [1, N, H]
     * @return outputs [N, T, O], h and c
     */
    NDList forward(NDArray x, NDList state) {
        NDList lstm =
                x.getNDArrayInternal()
                        .lstm(
                                x,
                                state,
                                new NDList(parameters.subList(0, 4)),
                                true,
                                1,
                                0,
                                true,
                                false,
                                true);
        NDArray steps = lstm.get(0);
        Shape shape = steps.getShape();
        NDArray flat = steps.reshape(shape.get(0) * shape.get(1), hiddenSize);
        NDArray outputs =
                flat.matMul(parameters.get(4).transpose())
                        .add(parameters.get(5))
                        .reshape(shape.get(0), shape.get(1), outputSize);
        return new NDList(outputs, lstm.get(1), lstm.get(2));
    }

    LstmWeights weights() {
        return new LstmWeights(
                inputSize,
                hiddenSize,
                outputSize,
                parameters.get(0).toFloatArray(),
                parameters.get(1).toFloatArray(),
                parameters.get(2).toFloatArray(),
                parameters.get(3).toFloatArray(),
                parameters.get(4).toFloatArray(),
                parameters.get(5).toFloatArray());
    }
}
