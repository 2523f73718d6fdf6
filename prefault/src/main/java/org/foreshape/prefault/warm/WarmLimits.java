package org.foreshape.prefault.warm;

import java.time.Duration;

/**
 * How much a warming may take.
 *
 * @param bytesMax most that is read for one task, bytes, positive
 * @param bytesPerSecondMax pace; positive
 * @param hostFreeBytesMin memory of the host that stays available, bytes, not negative
 * @param durationMax when it gives up, positive
 */
public record WarmLimits(
        long bytesMax, long bytesPerSecondMax, long hostFreeBytesMin, Duration durationMax) {
    /** Checks all; an {@link IllegalArgumentException} names what is wrong. */
    public WarmLimits {
        require(bytesMax > 0, "bytesMax must be positive, not " + bytesMax);
        require(
                bytesPerSecondMax > 0,
                "bytesPerSecondMax must be positive, not " + bytesPerSecondMax);
        require(
                hostFreeBytesMin >= 0,
                "hostFreeBytesMin must not be negative: " + hostFreeBytesMin);
        require(durationMax.isPositive(), "durationMax must be positive, not " + durationMax);
    }

    /**
     * 1 GiB at 256 MiB/s at most, 1 GiB of the host left, within a minute.
     *
     * @return the limits
     */
    public static WarmLimits defaults() {
        return new WarmLimits(1L << 30, 256L << 20, 1L << 30, Duration.ofMinutes(1));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
