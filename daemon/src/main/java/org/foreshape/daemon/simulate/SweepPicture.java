package org.foreshape.daemon.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.shaping.simulation.Frontier;
import org.foreshape.shaping.simulation.Measure;

/** Draws slack against shortfall as SVG (https://www.w3.org/TR/SVG2/), both on log scales. */
public final class SweepPicture {
    private static final int SIDE = 460;
    private static final int LEFT = 70;
    private static final int TOP = 60;
    private static final int GAP = 90;
    private static final double[] SHARE = {1e-5, 1e-1};
    private static final double[] SLACK = {1e3, 3e5};
    private static final String[] COLOUR = {
        "#888888", "#9467bd", "#8c564b", "#ff7f0e", "#2ca02c", "#17becf", "#222222", "#1f4e9c",
        "#d62728"
    };

    private final StringBuilder svg = new StringBuilder();

    private SweepPicture() {}

    /** A panel for each measure. */
    public static String draw(Sweep sweep) {
        return new SweepPicture().compose(sweep);
    }

    private String compose(Sweep sweep) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                                + " font-family=\"sans-serif\" font-size=\"12\">%n",
                        LEFT + 2 * SIDE + GAP + 40,
                        TOP + SIDE + 60));
        svg.append(
                String.format(
                        Locale.ROOT, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"));
        List<String> policies =
                sweep.settings().stream().map(Sweep.Setting::policy).distinct().toList();
        for (int k = 0; k < policies.size(); k++) {
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"%d\" y=\"24\" fill=\"%s\">%s</text>%n",
                            LEFT + 90 * k,
                            COLOUR[k % COLOUR.length],
                            policies.get(k)));
        }
        panel(LEFT, "% of VM-time short", Measure.VM_TIME, sweep, policies);
        panel(LEFT + SIDE + GAP, "% of demand (GiB h) short", Measure.DEMAND, sweep, policies);
        return svg.append("</svg>\n").toString();
    }

    private void panel(
            int left, String label, Measure measure, Sweep sweep, List<String> policies) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\""
                                + " stroke=\"#888\"/>%n",
                        left,
                        TOP,
                        SIDE,
                        SIDE));
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%d\">slack GiB h against %s</text>%n",
                        left,
                        TOP - 10,
                        label));
        for (double share = SHARE[0]; share < 1.01 * SHARE[1]; share *= 10) {
            double x = x(left, share);
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>"
                                    + "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
                            x,
                            TOP,
                            x,
                            TOP + SIDE,
                            x - 10,
                            TOP + SIDE + 18,
                            number(100 * share)));
        }
        for (double slack = SLACK[0]; slack < SLACK[1]; slack *= 10) {
            double y = y(slack);
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                                    + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                            left,
                            y,
                            left + SIDE,
                            y,
                            left - 6,
                            y + 4,
                            number(slack)));
        }
        for (int k = 0; k < policies.size(); k++) {
            Frontier frontier = sweep.frontier(policies.get(k), measure);
            List<String> way = new ArrayList<>();
            for (Frontier.Point point : frontier.points()) {
                double x = x(left, point.share());
                double y = y(point.slackGibHours());
                way.add(String.format(Locale.ROOT, "%.1f,%.1f", x, y));
                svg.append(
                        String.format(
                                Locale.ROOT,
                                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n",
                                x,
                                y,
                                COLOUR[k % COLOUR.length]));
            }
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"/>%n",
                            String.join(" ", way),
                            COLOUR[k % COLOUR.length]));
        }
    }

    private static double x(int left, double share) {
        return left + SIDE * place(share, SHARE);
    }

    private static double y(double slack) {
        return TOP + SIDE * (1 - place(slack, SLACK));
    }

    /** Where a value lies on a logarithmic axis; what lies beyond it is drawn at its end. */
    private static double place(double value, double[] axis) {
        double within = Math.clamp(value, axis[0], axis[1]);
        return Math.log(within / axis[0]) / Math.log(axis[1] / axis[0]);
    }

    private static String number(double value) {
        return value >= 1
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.3g", value).replaceAll("0+$", "");
    }
}
