package org.foreshape.inference.task;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whether times repeat at a period. For each candidate, times are numbered by periods since the
 * first, a line is laid through them, and the part of a period that their distances from it span is
 * weighed against chance: n times at random fall within a part s of a period with a chance of n
 * s^(n-1). A period is taken only where that chance, times the number of candidates that were
 * tried, is small.
 */
final class Period {
    /** Times that are needed: three repeats. */
    static final int TIMES_MIN = 4;

    private static final long HOUR_NS = 3_600_000_000_000L;

    /** What people and timers repeat at. */
    private static final long[] CALENDAR_NS = {
        HOUR_NS / 12,
        HOUR_NS / 4,
        HOUR_NS / 2,
        HOUR_NS,
        6 * HOUR_NS,
        12 * HOUR_NS,
        24 * HOUR_NS,
        168 * HOUR_NS
    };

    private static final double CHANCE_MAX = .002;
    private static final double SPAN_MAX = .25;

    /** Of the times at which a period says that there is a start, this part must have one. */
    private static final double PRESENT_MIN = .5;

    private static final double PART_LEAST = 1e-6;
    private static final double WIDEN = 1.5;

    private final long[] times;
    private double chance = CHANCE_MAX;
    private double period;
    private double origin;
    private double span;
    private long steps;

    private Period(long[] times) {
        this.times = times;
    }

    /**
     * Looks for a period.
     *
     * @param times ascending
     * @return null when there is none, or too few times
     */
    static @Nullable Period of(long[] times) {
        if (times.length < TIMES_MIN) {
            return null;
        }
        var found = new Period(times);
        int gaps = times.length - 1;
        int tried = CALENDAR_NS.length + 2 * gaps;
        for (long candidate : CALENDAR_NS) {
            found.consider((double) candidate, false, tried);
        }
        long[] gap = new long[gaps];
        for (int k = 0; k < gaps; k++) {
            gap[k] = times[k + 1] - times[k];
        }
        Arrays.sort(gap);
        for (int k = 0; k < gaps; k++) {
            found.consider((double) gap[k], true, tried);
            found.consider(gap[k] / 2.0, true, tried);
        }
        return found.chance < CHANCE_MAX ? found : null;
    }

    private void consider(double candidate, boolean free, int tried) {
        if (candidate < 1e9) {
            return;
        }
        double fitted = candidate;
        double[] number = new double[times.length];
        for (int round = 0; round < (free ? 3 : 1); round++) {
            number(fitted, number);
            if (free) {
                fitted = slope(number);
                if (!(fitted >= 1e9)) {
                    return;
                }
            }
        }
        for (int k = 1; k < number.length; k++) {
            if (number[k] == number[k - 1]) {
                return; // Two starts in one period.
            }
        }
        double steps = number[number.length - 1];
        if (number.length / (steps + 1) < PRESENT_MIN) {
            return;
        }
        weigh(fitted, free, number, tried);
    }

    /** Counts periods from each time to the next, so that small errors do not add up. */
    private void number(double candidate, double[] number) {
        for (int k = 1; k < times.length; k++) {
            number[k] = number[k - 1] + Math.rint((times[k] - times[k - 1]) / candidate);
        }
    }

    private double slope(double[] number) {
        double meanNumber = Arrays.stream(number).average().orElseThrow();
        double sxy = 0;
        double sxx = 0;
        double mean = 0;
        for (long time : times) {
            mean += (double) (time - times[0]) / times.length;
        }
        for (int k = 0; k < number.length; k++) {
            sxy += (number[k] - meanNumber) * (times[k] - times[0] - mean);
            sxx += (number[k] - meanNumber) * (number[k] - meanNumber);
        }
        return sxx == 0 ? 0 : sxy / sxx;
    }

    private void weigh(double fitted, boolean free, double[] number, int tried) {
        double[] rest = new double[number.length];
        for (int k = 0; k < rest.length; k++) {
            rest[k] = times[k] - times[0] - fitted * number[k];
        }
        Arrays.sort(rest);
        double width = rest[rest.length - 1] - rest[0];
        double part = width / fitted;
        // A period that was fitted takes one more freedom.
        int freedom = rest.length - (free ? 2 : 1);
        // A shorter period that divides the true one leaves most of its times empty.
        double present = rest.length / (number[number.length - 1] + 1);
        double found =
                tried
                        * rest.length
                        * StrictMath.pow(Math.max(part, PART_LEAST), freedom)
                        / StrictMath.pow(present, rest.length);
        if (part <= SPAN_MAX && found < chance) {
            chance = found;
            period = fitted;
            origin = rest[rest.length / 2];
            span = width;
            steps = (long) number[number.length - 1];
        }
    }

    /** The next start after the last one, at or after a time. */
    NextStart next(long nowNs) {
        double half = WIDEN * span / 2 * (1 + 2.0 / times.length) + 1e9;
        // Relative to the first time: doubles do not hold times since the epoch to the nanosecond.
        double last = times[times.length - 1] - times[0];
        double from = Math.max(nowNs - times[0] - half, last + period / 2);
        double expected = origin + Math.ceil((from - origin) / period) * period;
        return new NextStart(
                (long) period,
                times[0] + (long) expected,
                times[0] + (long) (expected - half),
                times[0] + (long) (expected + half),
                (times.length + 1.0) / (steps + 2.0),
                times.length);
    }

    /** How many expected starts in a row have not come by a time. */
    double missed(long nowNs) {
        return (nowNs - times[times.length - 1]) / period - 1;
    }
}
