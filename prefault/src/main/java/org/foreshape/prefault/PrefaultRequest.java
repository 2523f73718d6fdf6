package org.foreshape.prefault;

import org.jspecify.annotations.Nullable;

/**
 * What is wanted of a guest's memory. Made by {@link #more}.
 *
 * @param moreBytes how much more shall be resident, at most; whole pages of it, at least one
 * @param balloonHeldBytes what the balloon will hold when this has been done: 0 means that it gives
 *     everything back, so that all of the range may become resident
 * @param offsetBytes where in the range to look; see {@code lengthBytes}
 * @param lengthBytes how much of the range to look at; 0: all of it. A part is the caller's word
 *     that no page of it is held by a balloon: memory just plugged, or an embedded guest's grant
 * @param withinNs when the memory is needed, from now; the act stops then; 0: no limit
 * @param mibPerSecondMax how fast at most; 0: no limit
 * @param cpuShareMax CPUs at most, above 0: below 1 a share of one, above 1 so many threads where
 *     the path can use them, and never more than the host has
 * @param hostReserveBytes what the host's available memory must not fall below
 * @param isAfterBalloonCycle whether the balloon has taken and given since the guest started: its
 *     anonymous memory has page tables then
 * @param isFreePageReported whether the guest hands free pages back unasked
 * @param isHugeRestored whether blocks that are resident in small pages are made huge too
 * @param ledger what is known of the balloon's pages, told of every shrink so far and not yet of
 *     the grant that this prepares; null: nothing
 */
public record PrefaultRequest(
        long moreBytes,
        long balloonHeldBytes,
        long offsetBytes,
        long lengthBytes,
        long withinNs,
        int mibPerSecondMax,
        double cpuShareMax,
        long hostReserveBytes,
        boolean isAfterBalloonCycle,
        boolean isFreePageReported,
        boolean isHugeRestored,
        @Nullable BalloonLedger ledger) {

    private static final long PAGE_BYTES = 4096;
    private static final int CPUS_MAX = 64;

    /** Checks the bounds; an {@link IllegalArgumentException} names what is wrong. */
    public PrefaultRequest {
        require(moreBytes > 0, "moreBytes must be positive", moreBytes);
        moreBytes = Math.max(PAGE_BYTES, moreBytes / PAGE_BYTES * PAGE_BYTES);
        require(balloonHeldBytes >= 0, "balloonHeldBytes must not be negative", balloonHeldBytes);
        require(offsetBytes >= 0, "offsetBytes must not be negative", offsetBytes);
        require(lengthBytes >= 0, "lengthBytes must not be negative", lengthBytes);
        require(withinNs >= 0, "withinNs must not be negative", withinNs);
        require(mibPerSecondMax >= 0, "mibPerSecondMax must not be negative", mibPerSecondMax);
        require(
                cpuShareMax > 0 && cpuShareMax <= CPUS_MAX,
                "cpuShareMax must be above 0, up to " + CPUS_MAX,
                cpuShareMax);
        require(hostReserveBytes >= 0, "hostReserveBytes must not be negative", hostReserveBytes);
    }

    private static void require(boolean fits, String otherwise, Object value) {
        if (!fits) {
            throw new IllegalArgumentException("prefault: " + otherwise + ", not " + value);
        }
    }

    /**
     * Starts a request: the whole range, no pace, all of one CPU, no reserve, balloon unknown.
     *
     * @param bytes how much more shall be resident, at most; positive
     * @return a builder with the defaults
     */
    public static Builder more(long bytes) {
        return new Builder(bytes);
    }

    /** Collects a {@link PrefaultRequest}; the parameters are described there. */
    public static final class Builder {
        private final long moreBytes;
        private long balloonHeldBytes = Long.MAX_VALUE;
        private long offsetBytes;
        private long lengthBytes;
        private long withinNs;
        private int mibPerSecondMax;
        private double cpuShareMax = 1;
        private long hostReserveBytes;
        private boolean isAfterBalloonCycle;
        private boolean isFreePageReported;
        private boolean isHugeRestored;
        private @Nullable BalloonLedger ledger;

        private Builder(long moreBytes) {
            this.moreBytes = moreBytes;
        }

        /** Sets what the balloon will hold afterwards; unknown where this is never called. */
        public Builder balloonHeldBytes(long bytes) {
            balloonHeldBytes = bytes;
            return this;
        }

        /** Sets the part of the range that may become resident, whatever a balloon holds. */
        public Builder part(long offset, long length) {
            offsetBytes = offset;
            lengthBytes = length;
            return this;
        }

        /** Sets when the memory is needed, nanoseconds from now; 0: no limit. */
        public Builder withinNs(long ns) {
            withinNs = ns;
            return this;
        }

        /** Sets the pace: MiB/s at most (0: no limit) and CPUs at most (0.5: half of one). */
        public Builder pace(int mibPerSecond, double cpuShare) {
            mibPerSecondMax = mibPerSecond;
            cpuShareMax = cpuShare;
            return this;
        }

        /** Sets what the host's available memory must not fall below. */
        public Builder hostReserveBytes(long bytes) {
            hostReserveBytes = bytes;
            return this;
        }

        /** Sets whether the balloon has taken and given since the guest's start. */
        public Builder afterBalloonCycle(boolean is) {
            isAfterBalloonCycle = is;
            return this;
        }

        /** Sets whether the guest hands free pages back unasked. */
        public Builder freePageReported(boolean is) {
            isFreePageReported = is;
            return this;
        }

        /** Sets whether blocks that are resident in small pages are made huge too. */
        public Builder hugeRestored(boolean is) {
            isHugeRestored = is;
            return this;
        }

        /** Sets what is known of the balloon's pages. */
        public Builder ledger(BalloonLedger known) {
            ledger = known;
            return this;
        }

        /**
         * Builds the request.
         *
         * @return the request
         * @throws IllegalArgumentException a value is out of its range; it names it
         */
        public PrefaultRequest build() {
            return new PrefaultRequest(
                    moreBytes,
                    balloonHeldBytes,
                    offsetBytes,
                    lengthBytes,
                    withinNs,
                    mibPerSecondMax,
                    cpuShareMax,
                    hostReserveBytes,
                    isAfterBalloonCycle,
                    isFreePageReported,
                    isHugeRestored,
                    ledger);
        }
    }
}
