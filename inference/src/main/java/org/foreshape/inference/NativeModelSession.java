package org.foreshape.inference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.foreshape.inference.OrtApi.OrtFailure;
import org.foreshape.inference.SessionBuffers.Bound;

/**
 * Runs the model through ONNX Runtime's C API with every input and output bound once: no garbage
 * per run. CUDA where a session on it can be made, else the CPU with one thread.
 */
final class NativeModelSession implements ModelSession {
    private static final int OPTIMIZE_ALL = 99;

    private final OrtApi api;
    private final long env;
    private final List<Long> values = new ArrayList<>();
    private final int sides;
    private final long[] bindings;
    private long session;
    private long memoryInfo;
    private String description = "";
    private String lastError = "";
    private boolean closed;

    private NativeModelSession(OrtApi api, long env, SessionBuffers buffers) {
        this.api = api;
        this.env = env;
        this.sides = buffers.sideCount();
        this.bindings = new long[buffers.batchCount() * sides];
    }

    /**
     * Opens a model on buffers.
     *
     * @param model bytes of the ONNX file
     * @param buffers what it reads and writes
     * @param tryCuda whether to ask for CUDA first
     * @return the session
     * @throws OrtFailure when the runtime refuses the model, or has no C API that fits
     */
    static NativeModelSession open(byte[] model, SessionBuffers buffers, boolean tryCuda) {
        OrtApi api = OrtApi.load();
        NativeModelSession opened =
                new NativeModelSession(api, api.createEnv("foreshape"), buffers);
        try {
            opened.start(model, tryCuda);
            opened.bindAll(buffers);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void start(byte[] model, boolean tryCuda) {
        String why = tryCuda ? null : "not asked for";
        if (tryCuda) {
            try {
                session = create(model, true);
                description = "ONNX Runtime by its C API, CUDA";
            } catch (OrtFailure e) {
                why = firstLine(e);
            }
        }
        if (session == 0) {
            session = create(model, false);
            description =
                    "ONNX Runtime by its C API, CPU, 1 thread; CUDA: "
                            + Objects.requireNonNullElse(why, "unavailable");
        }
    }

    /** A session from fresh options: options that a provider refused may not be used again. */
    private long create(byte[] model, boolean cuda) {
        long options = api.createSessionOptions();
        long cudaOptions = 0;
        try {
            api.setOption(OrtApi.SET_GRAPH_OPTIMIZATION_LEVEL, options, OPTIMIZE_ALL);
            api.setOption(OrtApi.SET_INTRA_OP_THREADS, options, 1);
            api.setOption(OrtApi.SET_INTER_OP_THREADS, options, 1);
            api.addConfigEntry(options, "session.intra_op.allow_spinning", "0");
            api.addConfigEntry(options, "session.set_denormal_as_zero", "1");
            if (cuda) {
                cudaOptions = api.createCudaOptions();
                api.appendCuda(options, cudaOptions);
            }
            return api.createSession(env, model, options);
        } finally {
            api.release(OrtApi.RELEASE_CUDA_OPTIONS, cudaOptions);
            api.release(OrtApi.RELEASE_SESSION_OPTIONS, options);
        }
    }

    private void bindAll(SessionBuffers buffers) {
        memoryInfo = api.createCpuMemoryInfo();
        for (int index = 0; index < buffers.batchCount(); index++) {
            for (int side = 0; side < buffers.sideCount(); side++) {
                long binding = api.createIoBinding(session);
                bindings[index * sides + side] = binding;
                for (Bound bound : buffers.bound(buffers.batchSize(index), side)) {
                    api.bind(
                            bound.input() ? OrtApi.BIND_INPUT : OrtApi.BIND_OUTPUT,
                            binding,
                            bound.name(),
                            value(bound.memory(), bound.shape()));
                }
            }
        }
    }

    private long value(MemorySegment memory, long... shape) {
        long value = api.createTensor(memoryInfo, memory, shape);
        values.add(value);
        return value;
    }

    @Override
    public boolean run(int batchIndex, int side) {
        long status = api.runWithBinding(session, bindings[batchIndex * sides + side]);
        if (status != 0) {
            lastError = "ONNX Runtime failed: " + api.takeMessage(status);
            return false;
        }
        return true;
    }

    @Override
    public String lastError() {
        return lastError;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (long binding : bindings) {
            api.release(OrtApi.RELEASE_IO_BINDING, binding);
        }
        for (long value : values) {
            api.release(OrtApi.RELEASE_VALUE, value);
        }
        api.release(OrtApi.RELEASE_MEMORY_INFO, memoryInfo);
        api.release(OrtApi.RELEASE_SESSION, session);
        api.release(OrtApi.RELEASE_ENV, env);
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage();
        return message == null ? "unknown" : message.lines().findFirst().orElse("unknown");
    }
}
