package org.foreshape.shaping;

/**
 * The normal distribution, with the same bits on every machine.
 *
 * @see <a href="https://personal.math.ubc.ca/~cbm/aands/">Abramowitz and Stegun, Handbook of
 *     Mathematical Functions, 26.2.17 and 26.2.23</a>
 */
final class Normal {
    private static final double PER_ROOT_TWO_PI = 0.3989422804014327;

    private Normal() {}

    /** The chance of more than so many deviations above the mean; within 7.5e-8. */
    static double above(double deviations) {
        if (deviations < 0) {
            return 1 - above(-deviations);
        }
        double t = 1 / (1 + .2316419 * deviations);
        double poly =
                t
                        * (.319381530
                                + t
                                        * (-.356563782
                                                + t
                                                        * (1.781477937
                                                                + t
                                                                        * (-1.821255978
                                                                                + t
                                                                                        * 1.330274429))));
        return poly * PER_ROOT_TWO_PI * StrictMath.exp(-deviations * deviations / 2);
    }

    /** How many deviations above the mean a level lies; within 4.5e-4; level above 0, below 1. */
    static double quantile(double level) {
        if (level < .5) {
            return -quantile(1 - level);
        }
        double t = Math.sqrt(-2 * StrictMath.log(1 - level));
        double above = 2.515517 + t * (.802853 + t * .010328);
        double below = 1 + t * (1.432788 + t * (.189269 + t * .001308));
        return t - above / below;
    }
}
