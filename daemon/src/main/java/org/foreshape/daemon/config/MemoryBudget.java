package org.foreshape.daemon.config;

/**
 * What all VMs together may have: a fixed amount, or a share of the host's memory.
 *
 * @param amount MiB, or percent of the host's memory
 * @param percent whether the amount is a percentage
 */
public record MemoryBudget(long amount, boolean percent) {
    private static final long MIB_LEAST = 64;
    private static final long MIB_MOST = 1L << 30;
    private static final int PERCENT_MOST = 100;

    /**
     * Reads "16384", "16384 MiB", "16 GiB" or "80%".
     *
     * @throws IllegalArgumentException with the rest of a sentence "KEY is VALUE, ..."
     */
    public static MemoryBudget parse(String text) {
        String plain = text.strip();
        boolean percent = plain.endsWith("%");
        long unitMib = 1;
        String digits = plain;
        if (percent) {
            digits = plain.substring(0, plain.length() - 1);
        } else if (plain.endsWith("MiB")) {
            digits = plain.substring(0, plain.length() - 3);
        } else if (plain.endsWith("GiB")) {
            digits = plain.substring(0, plain.length() - 3);
            unitMib = 1024;
        }
        long amount;
        try {
            amount = Math.multiplyExact(Long.parseLong(digits.strip()), unitMib);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "must be an amount like `16384 MiB`, `16 GiB` or `80%`", e);
        }
        if (percent
                ? amount < 1 || amount > PERCENT_MOST
                : amount < MIB_LEAST || amount > MIB_MOST) {
            throw new IllegalArgumentException("must be 64 MiB or more, or 1% to 100%");
        }
        return new MemoryBudget(amount, percent);
    }

    /** The amount in KiB on a host with so much memory. */
    public long kib(long hostMemoryKib) {
        return percent ? hostMemoryKib / PERCENT_MOST * amount : amount * 1024;
    }

    @Override
    public String toString() {
        return percent ? amount + "%" : amount + " MiB";
    }
}
