package org.foreshape.prefault.warm;

/** Why a warming ended. */
public enum WarmEnd {
    /** All that was asked for has been handed to the kernel. */
    DONE,
    /** The caller withdrew it, or the thread was interrupted. */
    CANCELLED,
    /** The byte limit was reached. */
    BYTE_LIMIT,
    /** The host's memory came near its reserve. */
    HOST_MEMORY,
    /** It took as long as it may. */
    TIME_LIMIT,
    /** It cannot be done here; nothing was tried. */
    UNAVAILABLE,
    /** A call failed on the way. */
    FAILED
}
