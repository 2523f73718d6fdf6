package org.foreshape.shaping.tuning;

/**
 * What one epoch of one VM cost, by what it cost in.
 *
 * @param slackGibHours memory that it had and did not use
 * @param shortMinutes how long it had less than it needed
 * @param acts changes of its allocation
 */
public record EpochCost(double slackGibHours, double shortMinutes, double acts) {
    /** How many numbers it has. */
    static final int PARTS = 3;

    double part(int index) {
        return switch (index) {
            case 0 -> slackGibHours;
            case 1 -> shortMinutes;
            default -> acts;
        };
    }
}
