package org.foreshape.lab;

/** Something in the lab failed; the message names what, and the cure where there is one. */
public class LabException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception without a cause.
     *
     * @param message a sentence that names the input and the cure
     */
    public LabException(String message) {
        super(message);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param message a sentence that names the input and the cure
     * @param cause what went wrong below
     */
    public LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
