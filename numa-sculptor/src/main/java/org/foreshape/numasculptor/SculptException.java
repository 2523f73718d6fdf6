package org.foreshape.numasculptor;

import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.foreshape.nativebindings.linux.Errno;
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

    /** The error number behind it. */
    int errno() {
        return errnoOf(getCause());
    }

    /** Java hides error numbers of files; what it tells instead is told apart here. */
    static int errnoOf(@Nullable Throwable cause) {
        return switch (cause) {
            case NoSuchFileException absent -> Errno.ENOENT;
            case AccessDeniedException denied -> Errno.EACCES;
            case null -> Errno.EINVAL;
            // The kernel's answer of a process's files once it is dead.
            default ->
                    String.valueOf(cause.getMessage()).contains("No such process")
                            ? Errno.ESRCH
                            : Errno.EIO;
        };
    }
}
