package org.foreshape.inference.evaluate;

/**
 * The bins of an evaluation, and its lengths of time in bins.
 *
 * @param stepSeconds seconds per bin; divides 300
 * @param firstScored first scored bin: E
 * @param end bin after the last of the trace
 * @param scoredEnd bin after the last origin; what lies behind it is looked at by targets only
 */
public record ScoreGrid(int stepSeconds, int firstScored, int end, int scoredEnd) {
    /** First scored bin of the validation file, in bins of 300 s. */
    private static final int SCORED_FROM = 17_856;

    private static final int SECONDS_OF_SCORED_FROM = SCORED_FROM * 300;
    private static final int HISTORY_SECONDS = 12 * 86_400;

    /**
     * One that scores origins up to the end.
     *
     * @param stepSeconds see the record
     * @param firstScored see the record
     * @param end see the record
     */
    public ScoreGrid(int stepSeconds, int firstScored, int end) {
        this(stepSeconds, firstScored, end, end);
    }

    /** Checks the step. */
    public ScoreGrid {
        if (stepSeconds < 1 || 300 % stepSeconds != 0) {
            throw new IllegalArgumentException(
                    "The model's step is "
                            + stepSeconds
                            + " s, and 5 minutes are no whole number of those: it cannot be scored.");
        }
    }

    /**
     * The grid of a trace when nobody said where to start: the validation file's E (second
     * 5,356,800) where the trace has twelve days before it and something after it; else the middle
     * of the trace.
     *
     * @param stepSeconds seconds per bin
     * @param first first bin of the trace
     * @param end bin after its last
     * @return the grid
     */
    public static ScoreGrid of(int stepSeconds, int first, int end) {
        int fixed = SECONDS_OF_SCORED_FROM / stepSeconds;
        boolean applies = first <= fixed - HISTORY_SECONDS / stepSeconds && end > fixed;
        return new ScoreGrid(stepSeconds, applies ? fixed : first + (end - first) / 2, end);
    }

    /** First bin of the history that is loaded. */
    int from() {
        return firstScored - HISTORY_SECONDS / stepSeconds;
    }

    /** Bins loaded. */
    int length() {
        return end - from();
    }

    /** Index of the first scored bin among those loaded. */
    int scoredIndex() {
        return firstScored - from();
    }

    /** Index of the first bin behind the scored ones among those loaded. */
    int scoredEndIndex() {
        return scoredEnd - from();
    }

    int hour() {
        return 3600 / stepSeconds;
    }

    int day() {
        return 24 * hour();
    }

    int week() {
        return 7 * day();
    }

    /** Bins of a horizon. */
    int horizon(int index) {
        return Score.HORIZON_MINUTES.get(index) * 60 / stepSeconds;
    }

    /** Largest of the bins {@code t - steps + 1 .. t}; NaN when one is missing or not loaded. */
    static float peak(float[] x, int t, int steps) {
        if (t - steps + 1 < 0 || t >= x.length) {
            return Float.NaN;
        }
        float peak = x[t];
        for (int k = 1; k < steps; k++) {
            peak = Math.max(peak, x[t - k]); // Math.max hands NaN on.
        }
        return peak;
    }

    /** Targets by the bin at which they are known: m. */
    static float[] peaks(float[] x, int steps) {
        float[] peaks = new float[x.length];
        for (int t = 0; t < x.length; t++) {
            peaks[t] = peak(x, t, steps);
        }
        return peaks;
    }
}
