package org.foreshape.daemon.control;

/** A request about a VM or a decision that is not known; the message lists near names. */
public final class UnknownNameException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a sentence for the operator. */
    public UnknownNameException(String message) {
        super(message);
    }
}
