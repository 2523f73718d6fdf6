package org.foreshape.inference.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/** The feature network on the PyTorch engine. Its arrays belong to the manager. One thread. */
final class DemandNetwork {
    private final List<NDArray> parameters = new ArrayList<>();

    DemandNetwork(DemandWeights weights, NDManager manager) {
        int[] sizes = weights.sizes();
        for (int layer = 0; layer < DemandWeights.LAYERS; layer++) {
            parameters.add(
                    manager.create(
                            weights.layers().get(2 * layer),
                            new Shape(sizes[layer], sizes[layer + 1])));
            parameters.add(
                    manager.create(
                            weights.layers().get(2 * layer + 1), new Shape(sizes[layer + 1])));
        }
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
     * @param features standardised, [N, F]
     * @return outputs in units of the scale above the origin, [N, O]
     */
    NDArray forward(NDArray features) {
        NDArray first = features.matMul(parameters.get(0)).add(parameters.get(1)).maximum(0f);
        NDArray second = first.matMul(parameters.get(2)).add(parameters.get(3)).maximum(0f);
        return second.matMul(parameters.get(4)).add(parameters.get(5));
    }
}
