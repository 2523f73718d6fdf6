package org.foreshape.daemon.replay;

import java.util.Locale;
import org.foreshape.daemon.replay.WhatIf.Line;

/** Draws what all VMs needed and had together over time, as SVG. */
final class WhatIfPicture {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 360;
    private static final int LEFT = 60;
    private static final int TOP = 40;
    private static final int GRID_LINES = 5;
    private static final double NS_PER_MINUTE = 6e10;

    private static final String[] COLOUR = {"#888888", "#1f4e9c", "#d62728"};

    private final StringBuilder svg = new StringBuilder(100_000);
    private final Timeline timeline;
    private final int spans;
    private final double top;

    private WhatIfPicture(Timeline timeline) {
        this.timeline = timeline;
        this.spans = timeline.spanCount();
        double greatest = 0;
        for (Line line : Line.values()) {
            for (int span = 0; span < spans; span++) {
                double mean = timeline.mean(line.ordinal(), span);
                greatest = Double.isNaN(mean) ? greatest : Math.max(greatest, mean);
            }
        }
        this.top = Math.max(1e-3, 1.05 * greatest);
    }

    static String draw(Timeline timeline, String policy) {
        return new WhatIfPicture(timeline).compose(policy);
    }

    private String compose(String policy) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                        LEFT + WIDTH + 20,
                        TOP + HEIGHT + 40));
        label(0, "needed");
        label(1, "recorded");
        label(2, "under " + policy);
        for (int i = 0; i <= GRID_LINES; i++) {
            double gib = top * i / GRID_LINES;
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                                    + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>%n",
                            LEFT,
                            y(gib),
                            LEFT + WIDTH,
                            y(gib),
                            LEFT - 6,
                            y(gib) + 4,
                            gib));
            double minutes = timeline.spanNs() * (double) spans * i / GRID_LINES / NS_PER_MINUTE;
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.1f</text>%n",
                            LEFT + (double) WIDTH * i / GRID_LINES,
                            TOP + HEIGHT + 18,
                            minutes));
        }
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%d\">minutes; GiB of all VMs</text>%n",
                        LEFT,
                        TOP + HEIGHT + 34));
        for (Line line : Line.values()) {
            curve(line.ordinal());
        }
        return svg.append("</svg>\n").toString();
    }

    private void label(int line, String text) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"24\" fill=\"%s\">%s</text>%n",
                        LEFT + 100 * line,
                        COLOUR[line],
                        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")));
    }

    private void curve(int line) {
        StringBuilder way = new StringBuilder(16 * spans);
        for (int span = 0; span < spans; span++) {
            double gib = timeline.mean(line, span);
            if (!Double.isNaN(gib)) {
                way.append(
                        String.format(
                                Locale.ROOT,
                                "%.1f,%.1f ",
                                LEFT + (span + .5) * WIDTH / spans,
                                y(gib)));
            }
        }
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"/>%n",
                        way.toString().strip(),
                        COLOUR[line]));
    }

    private double y(double gib) {
        return TOP + HEIGHT * (1 - gib / top);
    }
}
