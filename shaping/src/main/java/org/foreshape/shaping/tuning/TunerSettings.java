package org.foreshape.shaping.tuning;

/**
 * What the tuner weighs and how boldly it explores.
 *
 * @param bounds what it may try
 * @param epochSeconds how long a VM keeps an arm
 * @param shortMinutePriceGibHours what a short minute costs
 * @param actPriceGibHours what a change of a VM's allocation costs
 * @param riskShare share of VM-time that may be short: while it is exceeded the price rises, and it
 *     falls again; 0: the price stays
 * @param boldness how soon arms that look dear are tried seldom: the greater, the sooner
 * @param chanceMin least chance of every arm, so that any of them can be judged later
 * @param criticalPriority from this priority on a VM is critical and keeps the settings
 */
public record TunerSettings(
        Bounds bounds,
        int epochSeconds,
        double shortMinutePriceGibHours,
        double actPriceGibHours,
        double riskShare,
        double boldness,
        double chanceMin,
        int criticalPriority) {
    /** An hour an epoch, and one chance in a hundred for every arm. */
    public static final TunerSettings DEFAULTS =
            new TunerSettings(Bounds.USUAL, 3600, 12, 1e-5, 0, 10, .01, 9);

    /** Checks the ranges. */
    public TunerSettings {
        if (epochSeconds < 60
                || !(shortMinutePriceGibHours > 0)
                || !(actPriceGibHours >= 0)
                || !(riskShare >= 0 && riskShare < 1)
                || !(boldness >= 0)
                || !(chanceMin > 0 && chanceMin <= .05)) {
            throw new IllegalArgumentException(
                    "tuner settings: epochSeconds "
                            + epochSeconds
                            + " (at least 60), shortMinutePriceGibHours "
                            + shortMinutePriceGibHours
                            + " (above 0), actPriceGibHours "
                            + actPriceGibHours
                            + " (0 or more), riskShare "
                            + riskShare
                            + " (0 to 1), boldness "
                            + boldness
                            + " (0 or more), chanceMin "
                            + chanceMin
                            + " (above 0, at most .05)");
        }
    }
}
