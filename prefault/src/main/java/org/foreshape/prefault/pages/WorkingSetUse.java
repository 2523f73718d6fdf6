package org.foreshape.prefault.pages;

/** What is done with the working set file of a snapshot. */
public enum WorkingSetUse {
    /** Nothing: pages come on demand only. */
    NONE,
    /** Each run is recorded and replaces the file. */
    RECORD,
    /** The recorded pages are installed first; nothing is recorded. */
    REPLAY,
    /** Replay when there is a good file, else record. */
    REPLAY_OR_RECORD
}
