package org.foreshape.numasculptor;

import org.jspecify.annotations.Nullable;

/** Something about a host or a process could not be read or understood: what, and the cure. */
public final class SculptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With its cause.
     *
     * @param message a clear sentence
     * @param cause what was thrown; null where nothing was
     */
    public SculptException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
