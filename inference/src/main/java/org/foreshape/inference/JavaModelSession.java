package org.foreshape.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the model through ONNX Runtime's Java API with reused tensors and pinned outputs: several
 * hundred bytes of garbage a run. It stands in where the C API cannot be bound, and is the oracle
 * of {@link NativeModelSession} in tests.
 */
final class JavaModelSession implements ModelSession {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> outputs = new ArrayList<>();
    private String lastError = "";
    private boolean closed;

    private JavaModelSession(OrtEnvironment environment, OrtSession session) {
        this.environment = environment;
        this.session = session;
    }

    /**
     * Opens a model on buffers, on the CPU, with one thread.
     *
     * @param model bytes of the ONNX file
     * @param buffers what it reads and writes
     * @return the session
     * @throws ModelRejectedException when the runtime refuses the model
     */
    static JavaModelSession open(byte[] model, ModelBuffers buffers) {
        OrtPrivacy.protect();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.set_denormal_as_zero", "1");
            JavaModelSession opened =
                    new JavaModelSession(environment, environment.createSession(model, options));
            try {
                opened.bind(buffers);
                return opened;
            } catch (OrtException e) {
                opened.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new ModelRejectedException(
                    "ONNX Runtime refuses the model: " + e.getMessage() + " Train it again.", e);
        }
    }

    private void bind(ModelBuffers buffers) throws OrtException {
        for (int index = 0; index < buffers.batchCount(); index++) {
            long rows = buffers.batchSize(index);
            for (int side = 0; side < 2; side++) {
                long[] state = {1, rows, buffers.hiddenSize()};
                Map<String, OnnxTensor> in = new HashMap<>();
                in.put("x", tensor(buffers.inputs(), 1, rows, FeatureSchema.FEATURE_COUNT));
                in.put("h0", tensor(buffers.hidden(side), state));
                in.put("c0", tensor(buffers.cell(side), state));
                Map<String, OnnxTensor> out = new HashMap<>();
                out.put("y", tensor(buffers.outputs(), rows, FeatureSchema.OUTPUT_COUNT));
                out.put("h", tensor(buffers.hidden(1 - side), state));
                out.put("c", tensor(buffers.cell(1 - side), state));
                inputs.add(in);
                outputs.add(out);
            }
        }
    }

    private OnnxTensor tensor(MemorySegment memory, long... shape) throws OrtException {
        long count = 1;
        for (long dimension : shape) {
            count *= dimension;
        }
        OnnxTensor tensor =
                OnnxTensor.createTensor(
                        environment,
                        memory.asSlice(0, 4 * count)
                                .asByteBuffer()
                                .order(ByteOrder.nativeOrder())
                                .asFloatBuffer(),
                        shape);
        tensors.add(tensor);
        return tensor;
    }

    @Override
    public boolean run(int batchIndex, int side) {
        int index = 2 * batchIndex + side;
        try (OrtSession.Result result = session.run(inputs.get(index), outputs.get(index))) {
            return result.size() == 3;
        } catch (OrtException e) {
            lastError = "ONNX Runtime failed: " + e.getMessage();
            return false;
        }
    }

    @Override
    public String lastError() {
        return lastError;
    }

    @Override
    public String description() {
        return "ONNX Runtime " + environment.getVersion() + ", Java API, CPU, 1 thread";
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (OnnxTensor tensor : tensors) {
            tensor.close();
        }
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot close the session.", e);
        }
    }
}
