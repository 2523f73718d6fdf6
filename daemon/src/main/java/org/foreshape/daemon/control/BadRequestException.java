package org.foreshape.daemon.control;

/** A request that cannot be done as it is; the message says what would be right. */
public final class BadRequestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a sentence for the operator. */
    public BadRequestException(String message) {
        super(message);
    }
}
