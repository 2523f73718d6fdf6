package org.foreshape.inference.trainer;

import static org.foreshape.inference.trainer.OnnxParts.BATCH;
import static org.foreshape.inference.trainer.OnnxParts.integer;
import static org.foreshape.inference.trainer.OnnxParts.integers;
import static org.foreshape.inference.trainer.OnnxParts.node;
import static org.foreshape.inference.trainer.OnnxParts.tensor;
import static org.foreshape.inference.trainer.OnnxParts.value;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the stateful network as an ONNX graph of one step: x [1, n, F], h0 and c0 [1, n, H] to y
 * [n, O], h and c. Operators: https://onnx.ai/onnx/operators/onnx__LSTM.html.
 */
final class OnnxWriter {
    /** ONNX wants the gates as i, o, f, c; the network has i, f, c, o. */
    private static final int[] GATE_FROM = {0, 3, 1, 2};

    private OnnxWriter() {}

    static byte[] write(LstmWeights weights) {
        int f = weights.inputSize();
        int h = weights.hiddenSize();
        int o = weights.outputSize();
        float[] bias = Arrays.copyOf(gates(weights.inputBias(), h, 1), 8 * h);
        System.arraycopy(gates(weights.hiddenBias(), h, 1), 0, bias, 4 * h, 4 * h);
        return OnnxParts.model(
                GraphProto.newBuilder()
                        .setName("foreshape_step")
                        .addInitializer(integers("axis", 0))
                        .addInitializer(
                                tensor("W", gates(weights.inputToHidden(), h, f), 1, 4L * h, f))
                        .addInitializer(
                                tensor("R", gates(weights.hiddenToHidden(), h, h), 1, 4L * h, h))
                        .addInitializer(tensor("B", bias, 1, 8L * h))
                        .addInitializer(tensor("head", weights.head(), o, h))
                        .addInitializer(tensor("head_bias", weights.headBias(), o))
                        .addInput(value("x", 1, BATCH, f))
                        .addInput(value("h0", 1, BATCH, h))
                        .addInput(value("c0", 1, BATCH, h))
                        .addNode(
                                node(
                                                "LSTM",
                                                "step",
                                                List.of("x", "W", "R", "B", "", "h0", "c0"),
                                                List.of("", "h", "c"))
                                        .addAttribute(integer("hidden_size", h)))
                        .addNode(node("Squeeze", "last", "h", "axis"))
                        .addNode(
                                node("Gemm", "y", "last", "head", "head_bias")
                                        .addAttribute(integer("transB", 1)))
                        .addOutput(value("y", BATCH, o))
                        .addOutput(value("h", 1, BATCH, h))
                        .addOutput(value("c", 1, BATCH, h)));
    }

    private static float[] gates(float[] values, int hiddenSize, int columns) {
        float[] out = new float[values.length];
        int block = hiddenSize * columns;
        for (int gate = 0; gate < GATE_FROM.length; gate++) {
            System.arraycopy(values, GATE_FROM[gate] * block, out, gate * block, block);
        }
        return out;
    }
}
