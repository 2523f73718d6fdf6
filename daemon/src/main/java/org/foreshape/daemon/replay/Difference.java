package org.foreshape.daemon.replay;

import org.foreshape.ring.event.Reason;

/**
 * Where the targets of one VM were furthest apart.
 *
 * @param vm its name
 * @param runId of the event
 * @param eventSequence of the event
 * @param timeNs engine time
 * @param recordedKib target that was recorded
 * @param recordedReason why
 * @param otherKib target of the other policy
 * @param otherReason why
 */
public record Difference(
        String vm,
        long runId,
        long eventSequence,
        long timeNs,
        long recordedKib,
        Reason recordedReason,
        long otherKib,
        Reason otherReason) {
    /** How far apart; KiB. */
    public long wayKib() {
        return Math.abs(recordedKib - otherKib);
    }
}
