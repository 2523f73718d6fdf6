package org.foreshape.journal;

/** When records are made durable against a loss of power. All survive the death of the process. */
public enum SyncPolicy {
    /** Never explicitly: the kernel writes pages back on its own. */
    NONE,
    /** After a batch, when the interval has passed since the last time. */
    INTERVAL,
    /** After every batch: no act starts before its intent is on the disk, if batches are short. */
    BATCH
}
