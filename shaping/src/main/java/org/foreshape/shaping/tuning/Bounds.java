package org.foreshape.shaping.tuning;

import java.util.ArrayList;
import java.util.List;

/**
 * How far the operator lets the tuner go: factors in permille of what the settings say.
 *
 * @param priceMin least factor of the price of a short minute
 * @param priceMax greatest
 * @param marginMin least factor of the reactive margin
 * @param marginMax greatest
 * @param leadMin least factor of the lead
 * @param leadMax greatest
 * @param paceMin least factor of the pace at which memory is taken
 * @param paceMax greatest
 */
public record Bounds(
        int priceMin,
        int priceMax,
        int marginMin,
        int marginMax,
        int leadMin,
        int leadMax,
        int paceMin,
        int paceMax) {
    /** A quarter to four times the price, up to twice the margin and the lead, half the pace. */
    public static final Bounds USUAL = new Bounds(250, 4000, 1000, 2000, 1000, 2000, 500, 1000);

    private static final int[] FACTORS = {125, 250, 500, 1000, 2000, 4000, 8000};

    /** Checks that what the settings say lies within. */
    public Bounds {
        check("price", priceMin, priceMax);
        check("margin", marginMin, marginMax);
        check("lead", leadMin, leadMax);
        check("pace", paceMin, paceMax);
    }

    private static void check(String name, int min, int max) {
        if (min < Arm.PERMILLE_MIN || min > 1000 || max < 1000 || max > Arm.PERMILLE_MAX) {
            throw new IllegalArgumentException(
                    "tuner bounds: "
                            + name
                            + " is "
                            + min
                            + " to "
                            + max
                            + " permille, must contain 1000 and lie within "
                            + Arm.PERMILLE_MIN
                            + " to "
                            + Arm.PERMILLE_MAX);
        }
    }

    /**
     * The arms within: the settings first, then each knob turned alone by powers of two. Knobs
     * together would be too many for what a host can tell about them in a week.
     *
     * @return at least one
     */
    public List<Arm> arms() {
        List<Arm> arms = new ArrayList<>();
        arms.add(Arm.SETTINGS);
        for (int factor : FACTORS) {
            if (factor != 1000) {
                add(arms, factor, priceMin, priceMax, new Arm(factor, 1000, 1000, 1000));
                add(arms, factor, marginMin, marginMax, new Arm(1000, factor, 1000, 1000));
                add(arms, factor, leadMin, leadMax, new Arm(1000, 1000, factor, 1000));
                add(arms, factor, paceMin, paceMax, new Arm(1000, 1000, 1000, factor));
            }
        }
        return List.copyOf(arms);
    }

    private static void add(List<Arm> arms, int factor, int min, int max, Arm arm) {
        if (factor >= min && factor <= max) {
            arms.add(arm);
        }
    }
}
