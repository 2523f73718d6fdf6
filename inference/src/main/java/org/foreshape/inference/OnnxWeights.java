package org.foreshape.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks through the weights of an ONNX file for numbers that are not finite. The runtime does not:
 * its activations turn a NaN into a plausible forecast.
 *
 * <p>A model is a protobuf message (https://protobuf.dev/programming-guides/encoding/): field 7 of
 * the model is the graph, field 8 an operator set, field 5 of the graph a tensor, fields 4 and 9 of
 * the tensor its floats.
 */
final class OnnxWeights {
    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_OPSET = 8;
    private static final int OPSET_VERSION = 2;
    private static final int GRAPH_TENSOR = 5;
    private static final int TENSOR_TYPE = 2;
    private static final int TENSOR_FLOATS = 4;
    private static final int TENSOR_RAW = 9;
    private static final int TYPE_FLOAT = 1;

    private static final int WIRE_VARINT = 0;
    private static final int WIRE_FIXED64 = 1;
    private static final int WIRE_BYTES = 2;
    private static final int WIRE_FIXED32 = 5;

    private OnnxWeights() {}

    /**
     * Counts the weights of a model.
     *
     * @param model bytes of the ONNX file
     * @return how many float weights it has, or -1 when one of them is not finite
     * @throws IllegalArgumentException when the bytes are no protobuf message
     */
    static long countFinite(byte[] model) {
        try {
            return walk(ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN), MODEL_GRAPH);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("not an ONNX file: " + e, e);
        }
    }

    /**
     * The version of the standard operators that a model was written for.
     *
     * @param model bytes of the ONNX file
     * @return the version; 0 when it names none
     * @throws IllegalArgumentException when the bytes are no protobuf message
     */
    static long opset(byte[] model) {
        try {
            ByteBuffer message = ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN);
            while (message.hasRemaining()) {
                long key = varint(message);
                if ((key & 7) != WIRE_BYTES) {
                    skip(message, (int) (key & 7));
                    continue;
                }
                ByteBuffer field = take(message, varint(message));
                long version = key >>> 3 == MODEL_OPSET ? version(field) : 0;
                if (version != 0) {
                    return version;
                }
            }
            return 0;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("not an ONNX file: " + e, e);
        }
    }

    /** The version of an operator set that has no domain: the standard one. */
    private static long version(ByteBuffer opset) {
        long version = 0;
        while (opset.hasRemaining()) {
            long key = varint(opset);
            if ((key & 7) == WIRE_VARINT) {
                long value = varint(opset);
                version = key >>> 3 == OPSET_VERSION ? value : version;
            } else if (take(opset, varint(opset)).hasRemaining()) {
                return 0;
            }
        }
        return version;
    }

    /** Sums up the fields {@code wanted} of a message; a tensor's floats are looked at. */
    private static long walk(ByteBuffer message, int wanted) {
        long count = 0;
        while (message.hasRemaining()) {
            long key = varint(message);
            int wire = (int) (key & 7);
            if (wire != WIRE_BYTES) {
                skip(message, wire);
                continue;
            }
            ByteBuffer field = take(message, varint(message));
            if (key >>> 3 == wanted) {
                long inner = wanted == MODEL_GRAPH ? walk(field, GRAPH_TENSOR) : tensor(field);
                if (inner < 0) {
                    return -1;
                }
                count += inner;
            }
        }
        return count;
    }

    private static long tensor(ByteBuffer tensor) {
        int type = 0;
        ByteBuffer floats = ByteBuffer.allocate(0);
        while (tensor.hasRemaining()) {
            long key = varint(tensor);
            int field = (int) (key >>> 3);
            int wire = (int) (key & 7);
            if (field == TENSOR_TYPE && wire == WIRE_VARINT) {
                type = (int) varint(tensor);
            } else if (wire == WIRE_BYTES) {
                ByteBuffer value = take(tensor, varint(tensor));
                if (field == TENSOR_FLOATS || field == TENSOR_RAW) {
                    floats = value;
                }
            } else {
                skip(tensor, wire);
            }
        }
        if (type != TYPE_FLOAT) {
            return 0;
        }
        long count = 0;
        for (; floats.remaining() >= Float.BYTES; count++) {
            if (!Float.isFinite(floats.getFloat())) {
                return -1;
            }
        }
        return count;
    }

    private static void skip(ByteBuffer message, int wire) {
        switch (wire) {
            case WIRE_VARINT -> varint(message);
            case WIRE_FIXED64 -> take(message, Long.BYTES);
            case WIRE_FIXED32 -> take(message, Integer.BYTES);
            default -> throw new IllegalArgumentException("wire type " + wire);
        }
    }

    private static ByteBuffer take(ByteBuffer message, long length) {
        if (length < 0 || length > message.remaining()) {
            throw new IllegalArgumentException("a field of " + length + " B runs over the end");
        }
        ByteBuffer field =
                message.slice(message.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        message.position(message.position() + (int) length);
        return field;
    }

    private static long varint(ByteBuffer message) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte part = message.get();
            value |= (long) (part & 0x7F) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }
}
