package org.foreshape.nativebindings;

/**
 * Root of everything this room throws for a fault outside the program: a C call that failed, or a
 * library that is not there. Faults of the caller are the usual {@link IllegalArgumentException}
 * and {@link IllegalStateException}.
 */
public abstract class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Stores the sentence that names the call, its input and the cure.
     *
     * @param message the sentence
     */
    protected NativeException(String message) {
        super(message);
    }
}
