package org.foreshape.shaping;

import java.util.Arrays;
import org.foreshape.ring.event.Text;
import org.foreshape.shaping.tuning.Arm;

/** By what each VM is shaped otherwise than the settings say. Engine thread only. */
final class Knobs {
    private static final double PERMILLE = 1000;

    /** Factor of what a short minute is worth. */
    final double[] price;

    /** Factor of the reactive margin. */
    final double[] margin;

    /** Factor of the time that a grant is made ahead of a rise. */
    final double[] lead;

    /** Factor of the pace at which memory is taken. */
    final double[] pace;

    private final int[] permille = new int[4];

    Knobs(int vmCountMax) {
        price = ones(vmCountMax);
        margin = ones(vmCountMax);
        lead = ones(vmCountMax);
        pace = ones(vmCountMax);
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /**
     * Sets what a text says that begins as {@link Arm#toText} writes; any other changes nothing.
     */
    void set(int slot, Text text) {
        if (Arm.read(text, permille)) {
            price[slot] = permille[0] / PERMILLE;
            margin[slot] = permille[1] / PERMILLE;
            lead[slot] = permille[2] / PERMILLE;
            pace[slot] = permille[3] / PERMILLE;
        }
    }

    /** A VM that is new in a slot is shaped as the settings say. */
    void clear(int slot) {
        price[slot] = 1;
        margin[slot] = 1;
        lead[slot] = 1;
        pace[slot] = 1;
    }
}
