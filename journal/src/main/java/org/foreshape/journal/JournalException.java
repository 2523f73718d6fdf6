package org.foreshape.journal;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The journal cannot be written or read. The message names the directory and the cure. */
public class JournalException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a clear sentence. */
    public JournalException(String message) {
        this(message, null);
    }

    /** With a clear sentence and what lies behind it. */
    public JournalException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The sentence; never null. */
    @Override
    public final String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
