package org.foreshape.shaping.simulation;

import java.util.Locale;

/**
 * Which samples are learnt from, lived through and scored. Time runs in sub-steps of ten seconds,
 * numbered so that sub-step s begins at second 10 s.
 *
 * @param sampleSeconds seconds from one sample to the next, a multiple of ten
 * @param historySample first sample that policies may learn from
 * @param firstSample at which the simulation begins
 * @param scoredSample at which scoring begins
 * @param endSample at which both end
 */
public record Span(
        int sampleSeconds, int historySample, int firstSample, int scoredSample, int endSample) {
    /** Seconds of a sub-step. */
    public static final int SUB_STEP_SECONDS = 10;

    /** Hours that are simulated before scoring begins. */
    public static final int SETTLING_HOURS = 6;

    /** Days before the scored ones that statistics may use. */
    public static final int HISTORY_DAYS = 14;

    private static final int DAY_SECONDS = 86_400;

    /** Checks the order. */
    public Span {
        if (sampleSeconds < SUB_STEP_SECONDS
                || sampleSeconds % SUB_STEP_SECONDS != 0
                || historySample > firstSample
                || firstSample > scoredSample
                || scoredSample >= endSample) {
            throw new IllegalArgumentException(
                    "a span of samples every "
                            + sampleSeconds
                            + " s from "
                            + historySample
                            + " by "
                            + firstSample
                            + " and "
                            + scoredSample
                            + " to "
                            + endSample
                            + ": each must come after the one before, and steps be whole tens of"
                            + " seconds.");
        }
    }

    /**
     * Whole days of a recording.
     *
     * @param sampleSeconds seconds from one sample to the next
     * @param recordedFirst first sample of the recording
     * @param recordedEnd sample after its last
     * @param firstDay first scored day, counted from the recording's first sample
     * @param days scored days, at least 1
     * @return the span, which ends with the recording at the latest
     * @throws IllegalArgumentException when nothing is left to score
     */
    public static Span ofDays(
            int sampleSeconds, int recordedFirst, int recordedEnd, int firstDay, int days) {
        long from = recordedFirst + (long) firstDay * DAY_SECONDS / sampleSeconds;
        long end = Math.min(recordedEnd, from + (long) days * DAY_SECONDS / sampleSeconds);
        int settling = Math.ceilDiv(SETTLING_HOURS * 3600, sampleSeconds);
        long first = Math.max(recordedFirst, from - settling);
        long scored = first + settling;
        if (firstDay < 0 || days < 1 || scored >= end - 1) {
            throw new IllegalArgumentException(
                    "the recording has "
                            + String.format(
                                    Locale.ROOT,
                                    "%.2f",
                                    (double) (recordedEnd - recordedFirst)
                                            * sampleSeconds
                                            / DAY_SECONDS)
                            + " days; nothing of it is left to score from day "
                            + firstDay
                            + " on for "
                            + days
                            + " days, after the "
                            + SETTLING_HOURS
                            + " hours that come before scoring.");
        }
        long history =
                Math.max(recordedFirst, scored - (long) HISTORY_DAYS * DAY_SECONDS / sampleSeconds);
        return new Span(sampleSeconds, (int) history, (int) first, (int) scored, (int) end);
    }

    /**
     * Sub-steps from one sample to the next.
     *
     * @return the count
     */
    public int subStepsPerSample() {
        return sampleSeconds / SUB_STEP_SECONDS;
    }

    /**
     * The sub-step at which a sample lies.
     *
     * @param sample its number
     * @return the sub-step
     */
    public long subStep(int sample) {
        return (long) sample * subStepsPerSample();
    }

    /**
     * Hours that are scored.
     *
     * @return hours
     */
    public double scoredHours() {
        return (double) (endSample - scoredSample) * sampleSeconds / 3600;
    }
}
