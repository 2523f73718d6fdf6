package org.foreshape.inference;

/**
 * A model file or its manifest cannot be used. The message names the file, the reason and the cure.
 * The engine then runs on with the fallback forecaster or the model that it already has.
 */
public final class ModelRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Tells why a model is refused.
     *
     * @param message the file, what is wrong with it, and what to do
     */
    public ModelRejectedException(String message) {
        super(message);
    }

    /**
     * Tells why a model is refused.
     *
     * @param message the file, what is wrong with it, and what to do
     * @param cause what was thrown underneath
     */
    public ModelRejectedException(String message, Throwable cause) {
        super(message, cause);
    }
}
