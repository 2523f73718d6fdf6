package org.foreshape.inference.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * The feature network on the PyTorch engine, with or without an LSTM that reads the lags beside it.
 * Its arrays belong to the manager. One thread.
 */
final class DemandNetwork {
    private final List<NDArray> parameters = new ArrayList<>();
    private final DemandWeights weights;
    private final NDManager manager;

    DemandNetwork(DemandWeights weights, NDManager manager) {
        this.weights = weights;
        this.manager = manager;
        int[] sizes = weights.sizes();
        for (int layer = 0; layer < DemandWeights.LAYERS; layer++) {
            add(2 * layer, new Shape(sizes[layer], sizes[layer + 1]));
            add(2 * layer + 1, new Shape(sizes[layer + 1]));
        }
        int width = weights.recurrentWidth();
        if (width > 0) {
            int gates = DemandWeights.GATES * width;
            add(DemandWeights.RECURRENT_IN, new Shape(FeatureSchema.RESOURCE_COUNT, gates));
            add(DemandWeights.RECURRENT_BIAS, new Shape(gates));
            add(DemandWeights.RECURRENT_STATE, new Shape(width, gates));
            add(DemandWeights.RECURRENT_OUT, new Shape(width, sizes[1]));
        }
    }

    private void add(int index, Shape shape) {
        parameters.add(manager.create(weights.layers().get(index), shape));
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
        NDArray first = features.matMul(parameters.get(0)).add(parameters.get(1));
        if (weights.recurrentWidth() > 0) {
            first = first.add(lastState(features).matMul(parameter(DemandWeights.RECURRENT_OUT)));
        }
        NDArray second =
                first.maximum(0f).matMul(parameters.get(2)).add(parameters.get(3)).maximum(0f);
        return second.matMul(parameters.get(4)).add(parameters.get(5));
    }

    private NDArray parameter(int index) {
        return parameters.get(index);
    }

    /** The LSTM's state after the newest lag, [N, H]. */
    private NDArray lastState(NDArray features) {
        int width = weights.recurrentWidth();
        long count = features.getShape().get(0);
        NDArray hidden = manager.zeros(new Shape(count, width));
        NDArray cell = manager.zeros(new Shape(count, width));
        for (int lag = DemandSchema.LAG_COUNT - 1; lag >= 0; lag--) {
            NDArray gates =
                    lagOf(features, lag)
                            .matMul(parameter(DemandWeights.RECURRENT_IN))
                            .add(parameter(DemandWeights.RECURRENT_BIAS))
                            .add(hidden.matMul(parameter(DemandWeights.RECURRENT_STATE)));
            NDArray in = Activation.sigmoid(gate(gates, 0));
            NDArray out = Activation.sigmoid(gate(gates, 1));
            NDArray keep = Activation.sigmoid(gate(gates, 2));
            cell = keep.mul(cell).add(in.mul(gate(gates, 3).tanh()));
            hidden = out.mul(cell.tanh());
        }
        return hidden;
    }

    private NDArray gate(NDArray gates, int which) {
        int width = weights.recurrentWidth();
        return gates.get(new NDIndex(":, {}:{}", which * width, (which + 1) * width));
    }

    /** The softened distances of one lag, not standardised, [N, resources]. */
    private NDArray lagOf(NDArray features, int lag) {
        NDArray[] columns = new NDArray[FeatureSchema.RESOURCE_COUNT];
        for (int r = 0; r < columns.length; r++) {
            int feature = r * DemandSchema.LEVELS + lag;
            columns[r] =
                    features.get(new NDIndex(":, {}:{}", feature, feature + 1))
                            .mul(weights.deviation()[feature])
                            .add(weights.mean()[feature]);
        }
        return columns[0].concat(columns[1], 1).mul(DemandWeights.LAG_SHARE);
    }
}
