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
import org.foreshape.inference.SessionBuffers.Bound;

/**
 * Runs the model through ONNX Runtime's Java API with reused tensors and pinned outputs: several
 * hundred bytes of garbage a run. It stands in where the C API cannot be bound, and is the oracle
 * of {@link NativeModelSession} in tests.
 */
final class JavaModelSession implements ModelSession {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final int sides;
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> outputs = new ArrayList<>();
    private String lastError = "";
    private boolean closed;

    private JavaModelSession(OrtEnvironment environment, OrtSession session, int sides) {
        this.environment = environment;
        this.session = session;
        this.sides = sides;
    }

    /**
     * Opens a model on buffers, on the CPU, with one thread.
     *
     * @param model bytes of the ONNX file
     * @param buffers what it reads and writes
     * @return the session
     * @throws ModelRejectedException when the runtime refuses the model
     */
    static JavaModelSession open(byte[] model, SessionBuffers buffers) {
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
                    new JavaModelSession(
                            environment,
                            environment.createSession(model, options),
                            buffers.sideCount());
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

    private void bind(SessionBuffers buffers) throws OrtException {
        for (int index = 0; index < buffers.batchCount(); index++) {
            for (int side = 0; side < sides; side++) {
                Map<String, OnnxTensor> in = new HashMap<>();
                Map<String, OnnxTensor> out = new HashMap<>();
                for (Bound bound : buffers.bound(buffers.batchSize(index), side)) {
                    (bound.input() ? in : out)
                            .put(bound.name(), tensor(bound.memory(), bound.shape()));
                }
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
        int index = batchIndex * sides + side;
        try (OrtSession.Result result = session.run(inputs.get(index), outputs.get(index))) {
            return result.size() == outputs.get(index).size();
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
