package org.foreshape.shaping.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The least slack at each shortfall that some settings reach. Between two of them it runs straight
 * on logarithmic scales. Immutable.
 */
public final class Frontier {
    private final List<Point> points = new ArrayList<>();

    /**
     * A setting.
     *
     * @param share its shortfall, as a share
     * @param slackGibHours its slack
     */
    public record Point(double share, double slackGibHours) {}

    /**
     * Keeps what no other setting beats in both.
     *
     * @param settings all there are
     */
    public Frontier(List<Point> settings) {
        double least = Double.POSITIVE_INFINITY;
        for (Point point :
                settings.stream()
                        .sorted(
                                Comparator.comparingDouble(Point::share)
                                        .thenComparingDouble(Point::slackGibHours))
                        .toList()) {
            if (point.slackGibHours < least) {
                least = point.slackGibHours;
                points.add(point);
            }
        }
    }

    /**
     * The frontier of some scores.
     *
     * @param scores of all settings
     * @param measure of the shortfall
     * @param weight of each VM
     * @return the frontier
     */
    public static Frontier of(List<Score> scores, Measure measure, double[] weight) {
        return new Frontier(
                scores.stream()
                        .map(score ->
                                new Point(
                                        measure.share(score, weight), Measure.slack(score, weight)))
                        .toList());
    }

    /**
     * Its corners, from the least shortfall to the least slack.
     *
     * @return a copy
     */
    public List<Point> points() {
        return List.copyOf(points);
    }

    /**
     * The slack that a shortfall costs at least.
     *
     * @param share the shortfall
     * @return GiB h; NaN where no setting has so little shortfall
     */
    public double slackAt(double share) {
        for (int k = 0; k < points.size(); k++) {
            Point right = points.get(k);
            if (right.share > share) {
                if (k == 0) {
                    return Double.NaN;
                }
                Point left = points.get(k - 1);
                return between(
                        share, left.share, right.share, left.slackGibHours, right.slackGibHours);
            }
        }
        return points.isEmpty() ? Double.NaN : points.getLast().slackGibHours;
    }

    /**
     * The least shortfall that a slack buys.
     *
     * @param slackGibHours the slack
     * @return a share; NaN where no setting has so little slack
     */
    public double shareAt(double slackGibHours) {
        for (int k = points.size() - 1; k >= 0; k--) {
            Point left = points.get(k);
            if (left.slackGibHours > slackGibHours) {
                if (k == points.size() - 1) {
                    return Double.NaN;
                }
                Point right = points.get(k + 1);
                return between(
                        slackGibHours,
                        left.slackGibHours,
                        right.slackGibHours,
                        left.share,
                        right.share);
            }
        }
        return points.isEmpty() ? Double.NaN : points.getFirst().share;
    }

    private static double between(double x, double x0, double x1, double y0, double y1) {
        if (x0 > 0 && x1 > 0 && y0 > 0 && y1 > 0) {
            double way = Math.log(x / x0) / Math.log(x1 / x0);
            return y0 * Math.pow(y1 / y0, way);
        }
        return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
    }
}
