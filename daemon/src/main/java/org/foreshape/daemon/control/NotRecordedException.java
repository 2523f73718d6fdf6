package org.foreshape.daemon.control;

/**
 * The engine heard a request, but the journal did not take it; the message says what that means.
 */
public final class NotRecordedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a sentence for the operator. */
    public NotRecordedException(String message) {
        super(message);
    }
}
