package org.foreshape.lab;

/** The guest's QEMU process does not run any more. */
public final class GuestGoneException extends LabException {
    private static final long serialVersionUID = 1L;

    GuestGoneException(String message) {
        super(message);
    }
}
