package org.foreshape.inference.evaluate;

import java.util.List;
import java.util.Locale;
import org.foreshape.inference.FeatureSchema;

/** Draws reliability and fans as SVG (https://www.w3.org/TR/SVG2/). */
final class EvaluationPicture {
    private static final int WIDTH = 1120;
    private static final int PANEL = 260;
    private static final int FAN_HEIGHT = 180;
    private static final int GAP = 44;
    private static final String[] BAND = {"#d6e4f5", "#b3cdec", "#86aedd"};
    private static final int[][] BAND_QUANTILES = {{0, 7}, {0, 6}, {2, 4}};
    private static final int MEDIAN = 3;

    private final StringBuilder svg = new StringBuilder();

    private EvaluationPicture() {}

    static String draw(String name, double[][] reliability, List<Fan> fans) {
        return new EvaluationPicture().compose(name, reliability, fans);
    }

    private String compose(String name, double[][] reliability, List<Fan> fans) {
        int height = 60 + PANEL + GAP + fans.size() * (FAN_HEIGHT + GAP);
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                                + " font-family=\"sans-serif\" font-size=\"12\">%n",
                        WIDTH,
                        height));
        svg.append(
                String.format(
                        Locale.ROOT, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"));
        text(20, 24, "Reliability and fans of " + name);
        for (int s = 0; s < Score.SERIES; s++) {
            reliability(20 + s * 275, 60, s, reliability[s]);
        }
        for (int k = 0; k < fans.size(); k++) {
            fan(20, 60 + PANEL + GAP + k * (FAN_HEIGHT + GAP), fans.get(k));
        }
        svg.append("</svg>\n");
        return svg.toString();
    }

    private void reliability(int left, int top, int series, double[] covered) {
        int side = PANEL - 20;
        text(
                left,
                top - 8,
                Score.RESOURCES.get(series / Score.HORIZON_MINUTES.size())
                        + ", "
                        + Score.HORIZON_MINUTES.get(series % Score.HORIZON_MINUTES.size())
                        + " min: covered against level");
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\""
                                + " stroke=\"#888\"/>%n",
                        left,
                        top,
                        side,
                        side));
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#bbb\"/>%n",
                        left,
                        top + side,
                        left + side,
                        top));
        double[] levels = FeatureSchema.quantiles();
        StringBuilder points = new StringBuilder();
        for (int q = 0; q < levels.length; q++) {
            if (!Double.isNaN(covered[q])) {
                double x = left + side * levels[q];
                double y = top + side * (1 - covered[q]);
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
                svg.append(
                        String.format(
                                Locale.ROOT,
                                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#1f4e9c\"/>%n",
                                x,
                                y));
            }
        }
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<polyline points=\"%s\" fill=\"none\" stroke=\"#1f4e9c\"/>%n",
                        points));
    }

    private void fan(int left, int top, Fan fan) {
        float most = 1e-3f;
        for (int k = 0; k < fan.truth().length; k++) {
            most = Math.max(most, Float.isNaN(fan.truth()[k]) ? 0 : fan.truth()[k]);
            float upper = fan.quantiles()[k][BAND_QUANTILES[1][1]];
            most = Math.max(most, Float.isNaN(upper) ? 0 : upper);
        }
        text(
                left,
                top - 8,
                String.format(
                        Locale.ROOT,
                        "%s: bands .05 to .99, .05 to .95, .25 to .75, median; dots: the peak that"
                                + " came; top is %.1f %% of capacity",
                        fan.title(),
                        100 * most));
        for (int band = 0; band < BAND.length; band++) {
            band(left, top, most, fan, BAND_QUANTILES[band], BAND[band]);
        }
        StringBuilder median = new StringBuilder();
        for (int k = 0; k < fan.truth().length; k++) {
            float m = fan.quantiles()[k][MEDIAN];
            if (!Float.isNaN(m)) {
                median.append(point(left, top, most, fan, k, m));
            }
            float y = fan.truth()[k];
            if (!Float.isNaN(y)) {
                double x = left + (WIDTH - 40.) * k / Math.max(1, fan.truth().length - 1);
                double height = top + FAN_HEIGHT * (1 - y / most);
                svg.append(
                        String.format(
                                Locale.ROOT,
                                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.3\" fill=\"#c0392b\"/>%n",
                                x,
                                height));
            }
        }
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<polyline points=\"%s\" fill=\"none\" stroke=\"#1f4e9c\"/>%n",
                        median));
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\""
                                + " stroke=\"#888\"/>%n",
                        left,
                        top,
                        WIDTH - 40,
                        FAN_HEIGHT));
    }

    private void band(int left, int top, float most, Fan fan, int[] between, String colour) {
        StringBuilder points = new StringBuilder();
        int length = fan.truth().length;
        for (int k = 0; k < 2 * length; k++) {
            int at = k < length ? k : 2 * length - 1 - k;
            float value = fan.quantiles()[at][between[k < length ? 1 : 0]];
            if (!Float.isNaN(value)) {
                points.append(point(left, top, most, fan, at, Math.min(value, most)));
            }
        }
        svg.append(
                String.format(
                        Locale.ROOT, "<polygon points=\"%s\" fill=\"%s\"/>%n", points, colour));
    }

    private static String point(int left, int top, float most, Fan fan, int k, float value) {
        double x = left + (WIDTH - 40.) * k / Math.max(1, fan.truth().length - 1);
        return String.format(Locale.ROOT, "%.1f,%.1f ", x, top + FAN_HEIGHT * (1 - value / most));
    }

    private void text(int x, int y, String words) {
        String safe = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">", x, y))
                .append(safe)
                .append("</text>\n");
    }
}
