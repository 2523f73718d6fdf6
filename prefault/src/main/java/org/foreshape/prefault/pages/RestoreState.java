package org.foreshape.prefault.pages;

/** Where the restore of one guest stands. */
public enum RestoreState {
    /** Its VMM has connected; the message is awaited. */
    HANDSHAKE,
    /** Its faults are served. */
    SERVING,
    /** Its memory is gone, its process having ended. */
    ENDED,
    /** Its message could not be served; if a userfaultfd came with it, that is held open. */
    REFUSED,
    /** The server has closed and the keeper holds the guest, which waits for the next server. */
    KEPT,
    /** Every page was installed and the kernel alone serves the guest from now on. */
    RELEASED,
    /**
     * The server has closed, had no keeper and could not bring in every page: the userfaultfd stays
     * open until this process ends.
     */
    ABANDONED
}
