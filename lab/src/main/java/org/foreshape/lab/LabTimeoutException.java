package org.foreshape.lab;

/** Something did not happen within its limit. What was asked of a guest may still happen later. */
public final class LabTimeoutException extends LabException {
    private static final long serialVersionUID = 1L;

    LabTimeoutException(String message) {
        super(message);
    }
}
