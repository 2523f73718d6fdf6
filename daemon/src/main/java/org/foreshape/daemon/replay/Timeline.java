package org.foreshape.daemon.replay;

import java.util.Arrays;

/**
 * Some figures over time, as means over spans that grow with the whole: as long a journal as there
 * is fits. One thread.
 */
final class Timeline {
    private static final int SPANS = 800;
    private static final long FIRST_SPAN_NS = 1_000_000_000;

    private final double[][] sum;
    private final double[] weight = new double[SPANS];
    private long spanNs = FIRST_SPAN_NS;
    private long startNs = -1;

    Timeline(int figureCount) {
        sum = new double[figureCount][SPANS];
    }

    /** Adds what the figures are at a time; times never go back. */
    void add(long timeNs, double... figures) {
        if (startNs < 0) {
            startNs = timeNs;
        }
        while ((timeNs - startNs) / spanNs >= SPANS) {
            halve();
        }
        int span = (int) ((timeNs - startNs) / spanNs);
        weight[span]++;
        for (int i = 0; i < sum.length; i++) {
            sum[i][span] += figures[i];
        }
    }

    private void halve() {
        for (double[] each : sum) {
            fold(each);
        }
        fold(weight);
        spanNs *= 2;
    }

    private static void fold(double[] values) {
        for (int i = 0; i < SPANS / 2; i++) {
            values[i] = values[2 * i] + values[2 * i + 1];
        }
        Arrays.fill(values, SPANS / 2, SPANS, 0);
    }

    /** How many spans there are, the empty ones too. */
    int spanCount() {
        int last = SPANS - 1;
        while (last >= 0 && weight[last] == 0) {
            last--;
        }
        return last + 1;
    }

    long spanNs() {
        return spanNs;
    }

    /** Mean of a figure in a span; NaN when nothing was added there. */
    double mean(int figure, int span) {
        return weight[span] == 0 ? Double.NaN : sum[figure][span] / weight[span];
    }
}
