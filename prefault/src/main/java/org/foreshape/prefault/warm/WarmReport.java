package org.foreshape.prefault.warm;

/**
 * What came of a warming. Residency is counted by the kernel before and after, never concluded from
 * a return value.
 *
 * @param end why it ended
 * @param wantedBytes the length of all ranges within the image
 * @param askedBytes what was handed to readahead(2)
 * @param residentBeforeBytes of the wanted, cached at the beginning
 * @param residentAfterBytes of the wanted, cached in the end
 * @param durationNs how long it took, nanoseconds
 * @param errno the error number when a call failed, else 0
 * @param reason a sentence: why it ended so, and anything odd that was seen; empty when all is well
 */
public record WarmReport(
        WarmEnd end,
        long wantedBytes,
        long askedBytes,
        long residentBeforeBytes,
        long residentAfterBytes,
        long durationNs,
        int errno,
        String reason) {
    /**
     * Nothing was done.
     *
     * @param why the reason, without the word "unavailable"
     * @return a report of {@link WarmEnd#UNAVAILABLE}
     */
    static WarmReport unavailable(String why) {
        return new WarmReport(WarmEnd.UNAVAILABLE, 0, 0, 0, 0, 0, 0, "unavailable: " + why);
    }
}
