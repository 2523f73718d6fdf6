package org.foreshape.inference.trainer;

/**
 * How hard a network is fitted, by how much there is to fit it to.
 *
 * @param batch rows of an optimiser step
 * @param epochs times that each row is seen, at most
 * @param rateMax largest learning rate
 * @param decay share of a weight that is lost per unit of learning rate
 * @param hiddenShare share of a row's inputs that are hidden, drawn anew each time it is seen: few
 *     VMs would be learnt by heart from any input that tells them apart
 * @param patience epochs without a gain on what is held back after which it stops
 * @param timeless whether inputs that tell the time, or that stand still, are left out: what a
 *     short recording shows of them says nothing of what comes later
 */
record Fitting(
        int batch,
        int epochs,
        float rateMax,
        double decay,
        double hiddenShare,
        int patience,
        boolean timeless) {
    private static final double RISE_SHARE = .1;
    private static final int MANY_ROWS = 200_000;
    private static final int FEW_BATCH = 256;
    private static final int FEW_STEPS = 1_500;
    private static final int FEW_EPOCHS_MAX = 40;

    /** Chosen on recordings of embedded guests: docs/measurements/forecast.md. */
    private static final double FEW_HIDDEN_SHARE = .1;

    /**
     * Chooses.
     *
     * @param rows to train on
     * @param epochsAsked as asked for; 0: as many as suit
     * @param timeless see the field
     */
    static Fitting of(int rows, int epochsAsked, boolean timeless) {
        if (rows >= MANY_ROWS) {
            return new Fitting(2048, epochsAsked > 0 ? epochsAsked : 5, 4e-3f, 0, 0, 3, timeless);
        }
        int stepsPerEpoch = Math.max(1, rows / FEW_BATCH);
        int epochs =
                epochsAsked > 0
                        ? epochsAsked
                        : Math.clamp(Math.ceilDiv(FEW_STEPS, stepsPerEpoch), 5, FEW_EPOCHS_MAX);
        return new Fitting(
                FEW_BATCH,
                epochs,
                2e-3f,
                1e-1,
                FEW_HIDDEN_SHARE,
                Math.max(3, epochs / 4),
                timeless);
    }

    /** One cycle: up over the first tenth of the steps, then down to nearly nothing, cosine. */
    double rate(int step, int steps) {
        double peak = RISE_SHARE * steps;
        double low = rateMax / 25;
        if (step <= peak) {
            return low + (rateMax - low) * .5 * (1 - Math.cos(Math.PI * step / peak));
        }
        double part = Math.min(1, (step - peak) / (steps - peak));
        return rateMax * 1e-3 + rateMax * .5 * (1 + Math.cos(Math.PI * part));
    }
}
