package org.foreshape.prefault.pages;

/** A VMM's message that cannot be served; the message says why. */
final class HandshakeException extends Exception {
    private static final long serialVersionUID = 1L;

    HandshakeException(String why) {
        super(why);
    }
}
