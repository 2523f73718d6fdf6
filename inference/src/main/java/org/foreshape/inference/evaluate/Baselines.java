package org.foreshape.inference.evaluate;

import java.util.Arrays;
import java.util.List;
import org.foreshape.inference.TrailingQuantiles;

/**
 * The classical forecasters that every model is compared with, for one series of one VM: use x and
 * its newest known peak m, bin by bin. They advance on every bin and forecast when asked. One
 * thread.
 */
final class Baselines {
    static final List<String> NAMES =
            List.of(
                    "a: last value",
                    "b: max of the last hour",
                    "c: EWMA Gaussian, half-life 1 h",
                    "d: own target, 7 days",
                    "e: decaying histogram, 24 h",
                    "e+: decaying histogram + 15 %",
                    "f: same hour +-1 h, 7 days",
                    "g: last value + residual, 7 days",
                    "h: own target, last 2 h");

    private static final double[] Z = {0, 1.2815515655, 1.6448536270, 2.3263478740};
    private static final int SAME_HOUR_MIN = 25;
    private static final double MARGIN = 1.15;
    private static final float[] EDGES = edges();

    private final ScoreGrid grid;
    private final int steps;
    private final float[] x;
    private final float[] peaks;
    private final TrailingQuantiles week;
    private final TrailingQuantiles residual;
    private final TrailingQuantiles twoHours;
    private final double[] counts = new double[EDGES.length];
    private final float[] sameHour;
    private final double gaussianKeep;
    private final double histogramKeep;
    private double weight;
    private double squares;
    private double mean;
    private double total;
    private int now = -1;

    /**
     * Forecasters at the start of a series.
     *
     * @param grid its bins
     * @param x use, fraction of capacity, from the first loaded bin on; NaN when missing
     * @param peaks {@link ScoreGrid#peaks} of it
     * @param steps bins of the horizon
     */
    Baselines(ScoreGrid grid, float[] x, float[] peaks, int steps) {
        this.grid = grid;
        this.steps = steps;
        this.x = x;
        this.peaks = peaks;
        this.week = new TrailingQuantiles(1, grid.week());
        this.residual = new TrailingQuantiles(1, grid.week());
        this.twoHours = new TrailingQuantiles(1, 2 * grid.hour());
        this.sameHour = new float[7 * (2 * grid.hour() + 1)];
        this.gaussianKeep = Math.pow(.5, 1. / grid.hour());
        this.histogramKeep = Math.pow(.5, 1. / grid.day());
    }

    /** Takes the next bin in. */
    void advance() {
        now++;
        float m = peaks[now];
        week.push(0, m);
        twoHours.push(0, m);
        residual.push(0, now >= steps ? m - x[now - steps] : Float.NaN);
        weight *= gaussianKeep;
        squares *= gaussianKeep;
        total *= histogramKeep;
        for (int k = 0; k < counts.length; k++) {
            counts[k] *= histogramKeep;
        }
        if (!Float.isNaN(m)) {
            weight += 1;
            double delta = m - mean;
            mean += delta / weight;
            squares += delta * (m - mean);
            int found = Arrays.binarySearch(EDGES, m);
            counts[found >= 0 ? found : Math.min(-found - 1, EDGES.length - 1)] += 1;
            total += 1;
        }
    }

    /** Targets known in the last seven days. */
    int known() {
        return week.known(0);
    }

    /** Writes every forecaster's quantiles: {@code out[forecaster][level]}, not yet clipped. */
    void forecast(double[][] out) {
        double hourMax = hourMax();
        double sigma = weight > 0 ? Math.sqrt(Math.max(0, squares) / weight) : 0;
        int same = gatherSameHour();
        for (int k = 0; k < Score.levelCount(); k++) {
            double q = Score.level(k);
            double own = week.quantile(0, q);
            double bucket = histogram(q);
            out[0][k] = x[now];
            out[1][k] = hourMax;
            out[2][k] = mean + Z[k] * sigma;
            out[3][k] = own;
            out[4][k] = bucket;
            out[5][k] = MARGIN * bucket;
            out[6][k] = same < SAME_HOUR_MIN ? own : quantile(sameHour, same, q);
            out[7][k] = x[now] + (residual.known(0) == 0 ? 0 : residual.quantile(0, q));
            out[8][k] = twoHours.known(0) == 0 ? own : twoHours.quantile(0, q);
        }
    }

    private double hourMax() {
        float most = Float.NaN;
        for (int k = Math.max(0, now - grid.hour() + 1); k <= now; k++) {
            most = most >= x[k] || Float.isNaN(x[k]) ? most : x[k];
        }
        return most;
    }

    private int gatherSameHour() {
        int count = 0;
        for (int day = 1; day <= 7; day++) {
            for (int j = -grid.hour(); j <= grid.hour(); j++) {
                int s = now - grid.day() * day + j + steps;
                if (s >= 0 && s <= now && !Float.isNaN(peaks[s])) {
                    sameHour[count++] = peaks[s];
                }
            }
        }
        Arrays.sort(sameHour, 0, count);
        return count;
    }

    private double histogram(double q) {
        double wanted = q * total - 1e-12;
        double sum = 0;
        for (int k = 0; k < counts.length; k++) {
            sum += counts[k];
            if (sum >= wanted) {
                return EDGES[k];
            }
        }
        return 1;
    }

    /** By linear interpolation at position (n - 1) q of sorted values, at least one. */
    private static double quantile(float[] sorted, int count, double q) {
        double position = (count - 1) * q;
        int low = (int) position;
        double below = sorted[low];
        return below + (position - low) * (sorted[Math.min(low + 1, count - 1)] - below);
    }

    /** Upper edges of the histogram's buckets: .001 (1.05^k - 1) / .05 below 1, then 1. */
    private static float[] edges() {
        double[] edges = new double[128];
        int count = 0;
        for (double edge = .001; edge < 1; edge = .001 * (Math.pow(1.05, count + 1) - 1) / .05) {
            edges[count++] = edge;
        }
        edges[count++] = 1;
        float[] found = new float[count];
        for (int k = 0; k < count; k++) {
            found[k] = (float) edges[k];
        }
        return found;
    }
}
