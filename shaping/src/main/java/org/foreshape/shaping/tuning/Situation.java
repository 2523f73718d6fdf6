package org.foreshape.shaping.tuning;

/**
 * What is known of a VM when its next epoch begins.
 *
 * @param usedGib what it uses
 * @param spreadGib how far its forecast reaches above that: the .99 quantile of the peak
 * @param shortMinutesPerHour how often it was short of late
 * @param ceilingGib the most it can have
 * @param hourOfDay 0 to 24
 * @param priority 0 to 9
 * @param pressure share of the host's memory that is allocated, 0 to 1
 */
public record Situation(
        double usedGib,
        double spreadGib,
        double shortMinutesPerHour,
        double ceilingGib,
        double hourOfDay,
        int priority,
        double pressure) {
    /** Length of {@link #features}. */
    static final int FEATURES = 8;

    /** How many classes {@link #vmClass} tells apart. */
    static final int CLASSES = 4;

    /** Numbers whose sum, each by a weight, a cost is taken for. */
    double[] features() {
        double angle = hourOfDay / 24 * 2 * Math.PI;
        return new double[] {
            1,
            spreadGib,
            usedGib,
            shortMinutesPerHour,
            StrictMath.sin(angle),
            StrictMath.cos(angle),
            priority / 9.0,
            pressure
        };
    }

    /** Small or large, and calm or restless: VMs of one class learn from each other most. */
    int vmClass() {
        boolean large = ceilingGib > 8;
        boolean restless = spreadGib > .05 * ceilingGib;
        return (large ? 2 : 0) + (restless ? 1 : 0);
    }
}
