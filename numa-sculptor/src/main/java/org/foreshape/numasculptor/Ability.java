package org.foreshape.numasculptor;

/**
 * Whether a step can be done.
 *
 * @param step which
 * @param available whether it can
 * @param why what is lacking and the cure; empty when it can
 */
public record Ability(Step step, boolean available, String why) {
    static Ability yes(Step step) {
        return new Ability(step, true, "");
    }

    static Ability no(Step step, String why) {
        return new Ability(step, false, why);
    }
}
