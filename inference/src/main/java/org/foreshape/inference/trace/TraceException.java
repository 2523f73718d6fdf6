package org.foreshape.inference.trace;

import java.nio.file.Path;

/** A trace file is not of the format; the message names file, line and cure. */
public final class TraceException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    TraceException(Path file, String what) {
        super(file + " " + what);
    }

    TraceException(Path file, long line, String what) {
        super(file + ", line " + line + ": " + what);
    }
}
