package org.foreshape.ring.event;

/** How far ahead a forecast looks. The ordinal indexes forecast arrays and the journal. */
public enum Horizon {
    /** The peak within the next 5 minutes. */
    MINUTES_5(5),
    /** The peak within the next 15 minutes. */
    MINUTES_15(15);

    /** Number of horizons. */
    public static final int COUNT = 2;

    private final int minutes;

    Horizon(int minutes) {
        this.minutes = minutes;
    }

    /** Length in minutes of engine time. */
    public int minutes() {
        return minutes;
    }

    /** Length in nanoseconds of engine time. */
    public long durationNs() {
        return minutes * 60_000_000_000L;
    }
}
