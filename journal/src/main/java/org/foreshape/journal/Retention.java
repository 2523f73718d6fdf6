package org.foreshape.journal;

import java.time.Duration;

/**
 * What of a journal is kept. Its files are removed whole and oldest first, and never the newest: so
 * it is kept up to one file longer, and the newest may be larger than all that was allowed.
 *
 * @param age how long after its last moment a file is kept; zero: for ever
 * @param bytes how much is kept, as allocated on the disk; 0: any amount
 */
public record Retention(Duration age, long bytes) {
    /** Everything, for ever. */
    public static final Retention EVERYTHING = new Retention(Duration.ZERO, 0);

    /** Checks the ranges. */
    public Retention {
        if (age.isNegative() || bytes < 0) {
            throw new IllegalArgumentException(
                    "age " + age + " and bytes " + bytes + " must not be negative");
        }
    }
}
