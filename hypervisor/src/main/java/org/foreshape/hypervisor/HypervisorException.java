package org.foreshape.hypervisor;

/** The hypervisor cannot be reached or used at all. The message says what to do about it. */
public final class HypervisorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a sentence for the operator and the cause. */
    public HypervisorException(String message, Throwable cause) {
        super(message, cause);
    }

    /** With a sentence for the operator. */
    public HypervisorException(String message) {
        super(message);
    }
}
