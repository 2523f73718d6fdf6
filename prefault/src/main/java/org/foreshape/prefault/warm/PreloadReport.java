package org.foreshape.prefault.warm;

/**
 * What came of a pre-loading in a guest.
 *
 * @param method how the guest was made to read
 * @param end why it ended; HOST_MEMORY does not occur
 * @param readBytes what the guest says it has read
 * @param fileCount files that were read to their end
 * @param durationNs how long it took, nanoseconds
 * @param reason a sentence: why it ended so, and files that could not be read; empty when all is
 *     well; when unavailable it starts with "unavailable: "
 */
public record PreloadReport(
        Method method, WarmEnd end, long readBytes, int fileCount, long durationNs, String reason) {
    /** How the guest is made to read. */
    public enum Method {
        /** {@code guest-exec}: a shell in the guest reads; no data leaves it. */
        EXEC,
        /** {@code guest-file-read}: the data comes through the agent, which is slower. */
        FILE_READ,
        /** Not at all. */
        NONE
    }
}
