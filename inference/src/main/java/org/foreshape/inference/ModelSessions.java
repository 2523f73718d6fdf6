package org.foreshape.inference;

/** Opens models on buffers. Safe from any thread. */
public final class ModelSessions {
    private ModelSessions() {}

    /**
     * Opens a model with the Java API on the CPU: what training checks an exported model with.
     *
     * @param model bytes of the ONNX file
     * @param buffers what the session reads and writes; must outlive it
     * @return the session; the caller closes it
     * @throws ModelRejectedException when the runtime refuses the model
     */
    public static ModelSession openReference(byte[] model, ModelBuffers buffers) {
        return JavaModelSession.open(model, buffers);
    }
}
