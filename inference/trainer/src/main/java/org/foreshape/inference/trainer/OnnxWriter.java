package org.foreshape.inference.trainer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the network as an ONNX graph of one step: x [1, n, F], h0 and c0 [1, n, H] to y [n, O], h
 * and c. Operators: https://onnx.ai/onnx/operators/onnx__LSTM.html.
 */
final class OnnxWriter {
    private static final int IR_VERSION = 8;
    private static final int OPSET = 17;
    private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
    private static final int INT64 = TensorProto.DataType.INT64_VALUE;

    /** ONNX wants the gates as i, o, f, c; the network has i, f, c, o. */
    private static final int[] GATE_FROM = {0, 3, 1, 2};

    private OnnxWriter() {}

    static byte[] write(LstmWeights weights) {
        int f = weights.inputSize();
        int h = weights.hiddenSize();
        int o = weights.outputSize();
        float[] bias = Arrays.copyOf(gates(weights.inputBias(), h, 1), 8 * h);
        System.arraycopy(gates(weights.hiddenBias(), h, 1), 0, bias, 4 * h, 4 * h);
        GraphProto graph =
                GraphProto.newBuilder()
                        .setName("foreshape_step")
                        .addInitializer(
                                TensorProto.newBuilder()
                                        .setName("axis")
                                        .setDataType(INT64)
                                        .addDims(1)
                                        .addInt64Data(0))
                        .addInitializer(
                                tensor("W", gates(weights.inputToHidden(), h, f), 1, 4L * h, f))
                        .addInitializer(
                                tensor("R", gates(weights.hiddenToHidden(), h, h), 1, 4L * h, h))
                        .addInitializer(tensor("B", bias, 1, 8L * h))
                        .addInitializer(tensor("head", weights.head(), o, h))
                        .addInitializer(tensor("head_bias", weights.headBias(), o))
                        .addInput(value("x", true, f))
                        .addInput(value("h0", true, h))
                        .addInput(value("c0", true, h))
                        .addNode(
                                node(
                                                "LSTM",
                                                List.of("x", "W", "R", "B", "", "h0", "c0"),
                                                List.of("", "h", "c"))
                                        .addAttribute(integer("hidden_size", h)))
                        .addNode(node("Squeeze", List.of("h", "axis"), List.of("last")))
                        .addNode(
                                node("Gemm", List.of("last", "head", "head_bias"), List.of("y"))
                                        .addAttribute(integer("transB", 1)))
                        .addOutput(value("y", false, o))
                        .addOutput(value("h", true, h))
                        .addOutput(value("c", true, h))
                        .build();
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("foreshape-trainer")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static float[] gates(float[] values, int hiddenSize, int columns) {
        float[] out = new float[values.length];
        int block = hiddenSize * columns;
        for (int gate = 0; gate < GATE_FROM.length; gate++) {
            System.arraycopy(values, GATE_FROM[gate] * block, out, gate * block, block);
        }
        return out;
    }

    private static TensorProto tensor(String name, float[] values, long... dimensions) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(FLOAT)
                        .setRawData(ByteString.copyFrom(raw));
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
        }
        return tensor.build();
    }

    private static ValueInfoProto value(String name, boolean timeAxis, long width) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        if (timeAxis) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(1));
        }
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(width));
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(
                        TypeProto.newBuilder()
                                .setTensorType(
                                        TypeProto.Tensor.newBuilder()
                                                .setElemType(FLOAT)
                                                .setShape(shape)))
                .build();
    }

    private static NodeProto.Builder node(String operator, List<String> in, List<String> out) {
        return NodeProto.newBuilder()
                .setName(operator)
                .setOpType(operator)
                .addAllInput(in)
                .addAllOutput(out);
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }
}
