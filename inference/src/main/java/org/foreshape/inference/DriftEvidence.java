package org.foreshape.inference;

import java.util.Arrays;

/**
 * Evidence that a model is out of its bounds, for many streams side by side: VMs, and all of them
 * together.
 *
 * <p>The bounds: what came lies above its .95 quantile in no more than 8 of 100 horizons and below
 * its .05 quantile in no more than 8, and its pinball loss is no more than 1.04 times the plain
 * forecaster's. Each horizon that has passed bets against all three, for memory and for CPU: what a
 * bet holds is multiplied by {@code 1 + stake * (seen - bound)}, which on average does not grow
 * while the model is within its bounds, however VMs and horizons hang together. A bet that fell
 * below 1 begins anew at 1, and the evidence is the mean of the bets. So it is an e-detector (Shin,
 * Ramdas and Rinaldo, https://arxiv.org/abs/2203.03532): while the bounds hold, at least so many
 * horizons pass between two false alarms, in the mean, as the threshold says. The bounds and stakes
 * were chosen on recordings of other guests than those measured on: docs/measurements/drift.md.
 *
 * <p>All memory is taken at construction; nothing allocates later. One thread.
 */
final class DriftEvidence {
    /** Numbers of a stream that {@link #save} gives. */
    static final int STATE_SIZE = 11;

    /** Most that may lie above the .95 quantile, or below the .05, as a share of horizons. */
    static final float OUTSIDE_MAX = .08f;

    /** Bound of (model's loss - plain's) / (model's loss + plain's): 1.04 times. */
    static final float LOSS_MAX = .02f;

    private static final float[] OUTSIDE_STAKES = {4, 12};
    private static final float LOSS_STAKE = .9f;
    private static final int BETS_PER_RESOURCE = 2 * OUTSIDE_STAKES.length + 1;
    private static final int BETS = FeatureSchema.RESOURCE_COUNT * BETS_PER_RESOURCE;

    /** Far above every threshold; keeps a bet finite, and lets it fall again. */
    private static final float BET_MAX = 1e9f;

    /** 1 / .05: that the model is the better one again is said wrongly in 5 of 100 cases. */
    private static final float RETURN_MIN = 20;

    private final float threshold;
    private final float[] bets;

    /** The bet on the model, of a stream that is out of its bounds. */
    private final float[] returns;

    /**
     * Streams without evidence.
     *
     * @param streamCount streams
     * @param falseAlarmHorizons horizons between two false alarms, in the mean, at least
     */
    DriftEvidence(int streamCount, int falseAlarmHorizons) {
        this.threshold = falseAlarmHorizons;
        this.bets = new float[streamCount * BETS];
        this.returns = new float[streamCount];
        Arrays.fill(returns, 1);
    }

    void reset(int stream) {
        Arrays.fill(bets, stream * BETS, (stream + 1) * BETS, 0f);
        returns[stream] = 1;
    }

    /**
     * Takes a horizon of one resource in.
     *
     * @param above share of what came that lies above the .95 quantile, 0 to 1
     * @param below share that lies below the .05 quantile, 0 to 1
     * @param loss (model's loss - plain's) / (model's loss + plain's), -1 to 1
     */
    void take(int stream, int resource, float above, float below, float loss) {
        int at = stream * BETS + resource * BETS_PER_RESOURCE;
        for (float stake : OUTSIDE_STAKES) {
            bets[at] = grown(bets[at], 1 + stake * (above - OUTSIDE_MAX));
            bets[at + 1] = grown(bets[at + 1], 1 + stake * (below - OUTSIDE_MAX));
            at += 2;
        }
        bets[at] = grown(bets[at], 1 + LOSS_STAKE * (loss - LOSS_MAX));
    }

    private static float grown(float bet, float factor) {
        return Math.min(BET_MAX, Math.max(bet, 1) * factor);
    }

    /** Whether the evidence of a stream is an alarm. */
    boolean isOver(int stream) {
        float sum = 0;
        for (int bet = stream * BETS; bet < (stream + 1) * BETS; bet++) {
            sum += bets[bet];
        }
        return sum >= threshold * BETS;
    }

    /**
     * Takes a horizon of a stream in that is out of its bounds.
     *
     * @param loss as for {@link #take}, mean of the resources
     * @return whether the model has shown since that it is the better one
     */
    boolean isBack(int stream, float loss) {
        returns[stream] = Math.min(BET_MAX, returns[stream] * (1 - LOSS_STAKE * loss));
        return returns[stream] >= RETURN_MIN;
    }

    void save(int stream, float[] out, int at) {
        System.arraycopy(bets, stream * BETS, out, at, BETS);
        out[at + BETS] = returns[stream];
    }

    /** Takes back what {@link #save} gave; a number that cannot be one of its bets counts as 0. */
    void restore(int stream, float[] state, int at) {
        for (int bet = 0; bet < BETS; bet++) {
            bets[stream * BETS + bet] = sound(state[at + bet]);
        }
        returns[stream] = sound(state[at + BETS]);
    }

    private static float sound(float bet) {
        return bet >= 0 ? Math.min(bet, BET_MAX) : 0;
    }
}
