package org.foreshape.nativebindings;

/**
 * A native library or function that this machine lacks. The message says which one and how to get
 * it.
 */
public final class NativeUnavailableException extends NativeException {
    private static final long serialVersionUID = 1L;

    /**
     * Stores the sentence that names what is missing and the cure.
     *
     * @param message the sentence
     */
    public NativeUnavailableException(String message) {
        super(message);
    }

    /**
     * Stores the sentence and what the lookup said.
     *
     * @param message the sentence
     * @param cause what the lookup threw
     */
    public NativeUnavailableException(String message, Throwable cause) {
        super(message);
        initCause(cause);
    }
}
