package org.foreshape.journal;

/**
 * How much time goes into one file. Files are removed whole, so it is also the step of retention.
 */
public enum RollPeriod {
    /** One second; for tests of what happens between files. */
    SECONDLY,
    /** One hour of wall time (UTC). */
    HOURLY,
    /** One day of wall time (UTC). */
    DAILY
}
