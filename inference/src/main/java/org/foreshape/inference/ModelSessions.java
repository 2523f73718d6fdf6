package org.foreshape.inference;

import org.foreshape.inference.OrtApi.OrtFailure;

/** Opens models on buffers. Safe from any thread. */
public final class ModelSessions {
    private ModelSessions() {}

    /**
     * Opens a model for service: through the C API, which leaves no garbage; through the Java API
     * when that cannot be bound.
     *
     * @param model bytes of the ONNX file
     * @param buffers what the session reads and writes; must outlive it
     * @param tryCuda whether to run on a CUDA device if there is one
     * @return the session; the caller closes it
     * @throws ModelRejectedException when the runtime refuses the model
     */
    public static ModelSession open(byte[] model, SessionBuffers buffers, boolean tryCuda) {
        try {
            return NativeModelSession.open(model, buffers, tryCuda);
        } catch (OrtFailure e) {
            ModelSession fallback = JavaModelSession.open(model, buffers);
            return new ExplainedSession(fallback, "C API: " + e.getMessage());
        }
    }

    /**
     * Opens a model with the Java API on the CPU: what training checks an exported model with.
     *
     * @param model bytes of the ONNX file
     * @param buffers what the session reads and writes; must outlive it
     * @return the session; the caller closes it
     * @throws ModelRejectedException when the runtime refuses the model
     */
    public static ModelSession openReference(byte[] model, SessionBuffers buffers) {
        return JavaModelSession.open(model, buffers);
    }

    /** A session that also tells why it is not the wanted one. */
    private record ExplainedSession(ModelSession session, String why) implements ModelSession {
        @Override
        public boolean run(int batchIndex, int side) {
            return session.run(batchIndex, side);
        }

        @Override
        public String lastError() {
            return session.lastError();
        }

        @Override
        public String description() {
            return session.description() + "; " + why;
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
