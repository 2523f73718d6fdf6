package org.foreshape.prefault.warm;

import java.time.Duration;

/**
 * How much a pre-loading in a guest may take.
 *
 * @param bytesMax most that is read of all files together, at least 1 MiB
 * @param durationMax when it gives up, positive
 */
public record PreloadLimits(long bytesMax, Duration durationMax) {
    /** Checks both; an {@link IllegalArgumentException} names what is wrong. */
    public PreloadLimits {
        if (bytesMax < 1 << 20 || !durationMax.isPositive()) {
            throw new IllegalArgumentException(
                    "bytesMax must be 1 MiB or more and durationMax positive, not "
                            + bytesMax
                            + " and "
                            + durationMax);
        }
    }
}
