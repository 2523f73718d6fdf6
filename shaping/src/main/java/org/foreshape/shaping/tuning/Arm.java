package org.foreshape.shaping.tuning;

import org.foreshape.ring.event.Text;

/**
 * By what one VM is shaped otherwise than the settings say: factors in permille, so that a text in
 * the journal says them exactly.
 *
 * @param pricePermille factor of what a short minute is worth
 * @param marginPermille factor of the reactive margin
 * @param leadPermille factor of the time that a grant is made ahead of a rise
 * @param pacePermille factor of the pace at which memory is taken
 */
public record Arm(int pricePermille, int marginPermille, int leadPermille, int pacePermille) {
    /** What the settings say. */
    public static final Arm SETTINGS = new Arm(1000, 1000, 1000, 1000);

    /** Greatest and least factor: beyond them it is no tuning but another policy. */
    public static final int PERMILLE_MIN = 10;

    /** See {@link #PERMILLE_MIN}. */
    public static final int PERMILLE_MAX = 100_000;

    private static final int FACTORS = 4;

    /** Checks the ranges. */
    public Arm {
        check("pricePermille", pricePermille);
        check("marginPermille", marginPermille);
        check("leadPermille", leadPermille);
        check("pacePermille", pacePermille);
    }

    private static void check(String name, int value) {
        if (value < PERMILLE_MIN || value > PERMILLE_MAX) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be " + PERMILLE_MIN + " to " + PERMILLE_MAX);
        }
    }

    /**
     * The form that a {@code TUNED} event begins with.
     *
     * @return {@code price=P margin=M lead=L pace=T}, each in permille
     */
    public String toText() {
        return "price="
                + pricePermille
                + " margin="
                + marginPermille
                + " lead="
                + leadPermille
                + " pace="
                + pacePermille;
    }

    /**
     * Reads the four factors of such a text. Allocates nothing.
     *
     * @param text begins as {@link #toText} writes; what follows is not looked at
     * @param permille takes price, margin, lead and pace
     * @return false when it is no such text or a factor is out of range; then {@code permille} is
     *     of no meaning
     */
    public static boolean read(Text text, int[] permille) {
        int at = 0;
        byte[] bytes = text.bytes();
        int length = text.lengthBytes();
        for (int i = 0; i < FACTORS; i++) {
            while (at < length && bytes[at] != '=') {
                at++;
            }
            at++;
            int value = 0;
            int digits = 0;
            while (at < length && digits < 7 && bytes[at] >= '0' && bytes[at] <= '9') {
                value = value * 10 + (bytes[at++] - '0');
                digits++;
            }
            if (digits == 0 || value < PERMILLE_MIN || value > PERMILLE_MAX) {
                return false;
            }
            permille[i] = value;
        }
        return true;
    }
}
