package org.foreshape.inference.trainer;

import static org.foreshape.inference.trainer.OnnxParts.BATCH;
import static org.foreshape.inference.trainer.OnnxParts.integer;
import static org.foreshape.inference.trainer.OnnxParts.integers;
import static org.foreshape.inference.trainer.OnnxParts.node;
import static org.foreshape.inference.trainer.OnnxParts.tensor;
import static org.foreshape.inference.trainer.OnnxParts.value;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.Arrays;
import java.util.List;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * Writes feature networks as one ONNX graph: the mean of their answers, from the rows of {@link
 * org.foreshape.inference.DemandBuffers} to percent of capacity.
 *
 * <pre>
 * levels [n, 2L] - origin_units [n, 2], softened --+
 * fixed  [n, F]                                  --+-- layer, relu, layer, relu, layer
 *                                                      (each network) -- mean
 *                                      y [n, O] = clip(origin [n, 2] + scales [n, O] * mean)
 * </pre>
 *
 * <p>What follows from a closed step alone is worked out when the row is written, so that a run
 * only does what a moved origin changes. The first layer is two matrix products that add up, so
 * that nothing has to be joined. An origin, too, is added by a product, with a matrix of ones and
 * zeros: ONNX Runtime's operators take several times as long when one side has to be repeated.
 * {@code Softsign} is x / (1 + |x|); the softness is folded into the weights. In a joined network
 * the last state of an LSTM over the lags is a third product.
 */
final class DemandOnnx {
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("foreshape_rows");

    private DemandOnnx() {}

    static byte[] write(List<DemandWeights> networks) {
        return new DemandOnnx().compose(networks);
    }

    private byte[] compose(List<DemandWeights> networks) {
        addInputs();
        addDistances();
        if (networks.getFirst().recurrentWidth() > 0) {
            addLags();
        }
        String sum = "";
        for (int k = 0; k < networks.size(); k++) {
            sum = addNetwork(networks.get(k), "n" + k, networks.size(), sum);
        }
        graph.addInitializer(spread("to_outputs", FeatureSchema.OUTPUT_COUNT, 1f))
                .addInitializer(tensor("least", new float[] {0}))
                .addInitializer(tensor("most", new float[] {100}))
                .addNode(node("Mul", "rises", sum, "scales"))
                .addNode(node("Gemm", "peaks", "origin", "to_outputs", "rises"))
                .addNode(node("Clip", "y", "peaks", "least", "most"))
                .addOutput(value("y", BATCH, FeatureSchema.OUTPUT_COUNT));
        return OnnxParts.model(graph);
    }

    private void addInputs() {
        graph.addInput(value("levels", BATCH, DemandSchema.LEVELS_ROW))
                .addInput(value("fixed", BATCH, DemandSchema.FIXED_ROW))
                .addInput(value("origin_units", BATCH, RESOURCES))
                .addInput(value("origin", BATCH, RESOURCES))
                .addInput(value("scales", BATCH, FeatureSchema.OUTPUT_COUNT));
    }

    private void addDistances() {
        graph.addInitializer(spread("from_levels", DemandSchema.LEVELS_ROW, -1f))
                .addNode(node("Gemm", "distances", "origin_units", "from_levels", "levels"))
                .addNode(node("Softsign", "level_soft", "distances"));
    }

    /** A matrix that repeats a figure of each resource, times a factor, over its part of a row. */
    private static TensorProto spread(String name, int width, float factor) {
        float[] matrix = new float[RESOURCES * width];
        int part = width / RESOURCES;
        for (int r = 0; r < RESOURCES; r++) {
            Arrays.fill(matrix, r * (width + part), r * (width + part) + part, factor);
        }
        return tensor(name, matrix, RESOURCES, width);
    }

    /** The softened lags as a sequence, oldest first: [lags, n, resources]. */
    private void addLags() {
        graph.addInitializer(integers("by_resource", 0, RESOURCES, DemandSchema.LEVELS))
                .addNode(node("Reshape", "level_rows", "level_soft", "by_resource"))
                .addInitializer(integers("lag_first", DemandSchema.LAG_COUNT - 1))
                .addInitializer(integers("lag_end", -DemandSchema.LEVELS - 1))
                .addInitializer(integers("lag_axis", 2))
                .addInitializer(integers("lag_step", -1))
                .addInitializer(integers("lag_direction", 0))
                .addNode(
                        node(
                                "Slice",
                                "lag_rows",
                                "level_rows",
                                "lag_first",
                                "lag_end",
                                "lag_axis",
                                "lag_step"))
                .addNode(
                        node("Transpose", "lag_sequence", "lag_rows")
                                .addAttribute(OnnxParts.list("perm", 2, 0, 1)));
    }

    /** Adds an LSTM over the lags; returns the bias of the first layer with its state added. */
    private String addRecurrent(DemandWeights weights, String name) {
        int width = weights.recurrentWidth();
        int gates = DemandWeights.GATES * width;
        float[] in = transposed(weights.layers().get(DemandWeights.RECURRENT_IN), gates);
        for (int k = 0; k < in.length; k++) {
            in[k] *= DemandSchema.SOFTNESS * DemandWeights.LAG_SHARE;
        }
        float[] bias = Arrays.copyOf(weights.layers().get(DemandWeights.RECURRENT_BIAS), 2 * gates);
        float[] state = transposed(weights.layers().get(DemandWeights.RECURRENT_STATE), gates);
        graph.addInitializer(tensor(name + "_rw", in, 1, gates, RESOURCES))
                .addInitializer(tensor(name + "_rr", state, 1, gates, width))
                .addInitializer(tensor(name + "_rb", bias, 1, 2L * gates));
        add(name + "_rv", weights.layers().get(DemandWeights.RECURRENT_OUT), weights.sizes()[1]);
        graph.addNode(
                        node(
                                        "LSTM",
                                        name + "_lstm",
                                        List.of(
                                                "lag_sequence",
                                                name + "_rw",
                                                name + "_rr",
                                                name + "_rb"),
                                        List.of("", name + "_rh"))
                                .addAttribute(integer("hidden_size", width)))
                .addNode(node("Squeeze", name + "_rs", name + "_rh", "lag_direction"))
                .addNode(node("Gemm", name + "_r1", name + "_rs", name + "_rv", name + "_b1"));
        return name + "_r1";
    }

    /** A matrix of so many columns, columns by rows. */
    private static float[] transposed(float[] matrix, int columns) {
        int rows = matrix.length / columns;
        float[] out = new float[matrix.length];
        for (int k = 0; k < matrix.length; k++) {
            out[k % columns * rows + k / columns] = matrix[k];
        }
        return out;
    }

    /** Adds a network whose answers count by 1 / count; returns the sum with those before it. */
    private String addNetwork(DemandWeights weights, String name, int count, String sum) {
        int width = weights.sizes()[1];
        float[] matrix = weights.foldedMatrix();
        int levels = DemandSchema.LEVELS_ROW * width;
        for (int k = 0; k < levels; k++) {
            matrix[k] *= DemandSchema.SOFTNESS;
        }
        add(name + "_w1l", Arrays.copyOfRange(matrix, 0, levels), width);
        add(name + "_w1f", Arrays.copyOfRange(matrix, levels, matrix.length), width);
        graph.addInitializer(tensor(name + "_b1", weights.foldedBias(), width));
        int second = weights.sizes()[2];
        add(name + "_w2", weights.layers().get(2), second);
        graph.addInitializer(tensor(name + "_b2", weights.layers().get(3), second));
        add(name + "_w3", share(weights.layers().get(4), count), FeatureSchema.OUTPUT_COUNT);
        graph.addInitializer(
                tensor(
                        name + "_b3",
                        share(weights.layers().get(5), count),
                        FeatureSchema.OUTPUT_COUNT));
        String base = weights.recurrentWidth() > 0 ? addRecurrent(weights, name) : name + "_b1";
        graph.addNode(node("Gemm", name + "_f", "fixed", name + "_w1f", base))
                .addNode(node("Gemm", name + "_l", "level_soft", name + "_w1l", name + "_f"))
                .addNode(node("Relu", name + "_h1", name + "_l"))
                .addNode(node("Gemm", name + "_g2", name + "_h1", name + "_w2", name + "_b2"))
                .addNode(node("Relu", name + "_h2", name + "_g2"))
                .addNode(node("Gemm", name + "_y", name + "_h2", name + "_w3", name + "_b3"));
        if (sum.isEmpty()) {
            return name + "_y";
        }
        graph.addNode(node("Add", name + "_sum", sum, name + "_y"));
        return name + "_sum";
    }

    private void add(String name, float[] matrix, int columns) {
        graph.addInitializer(tensor(name, matrix, matrix.length / columns, columns));
    }

    private static float[] share(float[] values, int count) {
        float[] shared = values.clone();
        for (int k = 0; k < shared.length; k++) {
            shared[k] /= count;
        }
        return shared;
    }
}
