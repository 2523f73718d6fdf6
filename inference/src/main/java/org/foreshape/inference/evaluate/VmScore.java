package org.foreshape.inference.evaluate;

/**
 * One forecaster's losses on one VM, by cell: sums while origins are added, means when finished.
 */
final class VmScore {
    final double[] pinball = new double[Score.CELLS];
    final double[] covered = new double[Score.CELLS];

    /**
     * Share of origins that lie below the forecast by more than a tie: with ties, coverage can be
     * anything between this and {@link #covered}.
     */
    final double[] below = new double[Score.CELLS];

    void add(int cell, double quantile, double y, double forecast) {
        double clipped = Math.clamp(forecast, 0., 1.);
        pinball[cell] += Score.pinball(quantile, y - clipped);
        covered[cell] += y <= clipped + Score.TIE ? 1 : 0;
        below[cell] += y < clipped - Score.TIE ? 1 : 0;
    }

    /** Turns the sums of a series into means. */
    void finish(int series, int origins) {
        for (int k = 0; k < Score.levelCount(); k++) {
            int cell = Score.cell(series, k);
            pinball[cell] /= origins;
            covered[cell] /= origins;
            below[cell] /= origins;
        }
    }
}
