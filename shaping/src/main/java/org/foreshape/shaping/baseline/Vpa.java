package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/**
 * The recommender of the Kubernetes Vertical Pod Autoscaler: for each VM a histogram of its use
 * whose weights halve each day, of it the 90th percentile and 15 % more, once a minute. It does not
 * react to a VM that is short.
 *
 * <p>Restated from vertical-pod-autoscaler/pkg/recommender (util/histogram.go, util/
 * histogram_options.go, util/decaying_histogram.go, logic/recommender.go,
 * model/aggregations_config.go) of github.com/kubernetes/autoscaler (commit 03934eb): the first
 * bucket ends at 10 MiB, each next is 5 % wider; a percentile is the upper end of its bucket. Peaks
 * are those of 5 minutes here, not of a day, since a balloon moves at once.
 */
final class Vpa implements Policy {
    /** The default percentile. */
    static final double PERCENTILE = .9;

    /** The default margin. */
    static final double MARGIN = .15;

    private static final double HALF_LIFE_SECONDS = 86_400;
    private static final double FIRST_BUCKET_MIB = 10;
    private static final double GROWTH = 1.05;
    private static final int BUCKETS = 196;
    private static final int SUB_STEPS = 6;

    /** Weights grow with time instead of fading; above this they are all scaled down. */
    private static final double WEIGHT_MAX = 1e30;

    private final double percentile;
    private final double margin;
    private final double[] bucketEndMib = new double[BUCKETS];
    private double[][] weight = new double[0][];
    private double[] total = new double[0];
    private double sampleWeight = 1;

    Vpa(double percentile, double margin) {
        this.percentile = percentile;
        this.margin = margin;
        for (int k = 0; k < BUCKETS; k++) {
            bucketEndMib[k] = FIRST_BUCKET_MIB * (Math.pow(GROWTH, k + 1.) - 1) / (GROWTH - 1);
        }
    }

    @Override
    public void begin(Look look) {
        weight = new double[look.vmCount()][BUCKETS];
        total = new double[look.vmCount()];
    }

    @Override
    public void warmUp(Look look) {
        learn(look);
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        if (look.newSample()) {
            learn(look);
        }
        if (look.subStep() % SUB_STEPS != 0) {
            return;
        }
        for (int vm = 0; vm < targetMib.length; vm++) {
            if (look.present(vm) && total[vm] > 0) {
                targetMib[vm] = (1 + margin) * percentileMib(vm);
            }
        }
    }

    private void learn(Look look) {
        sampleWeight *= Math.pow(2, look.sampleSeconds() / HALF_LIFE_SECONDS);
        for (int vm = 0; vm < total.length; vm++) {
            double peak = peakMib(look, vm);
            if (!Double.isNaN(peak)) {
                weight[vm][bucket(peak)] += sampleWeight;
                total[vm] += sampleWeight;
            }
        }
        if (sampleWeight > WEIGHT_MAX) {
            scaleDown();
        }
    }

    /** The most that a VM used from the sample before to the newest; NaN when it was absent. */
    private static double peakMib(Look look, int vm) {
        int sample = look.lastSample();
        double now = look.memoryUsedMib(vm, sample);
        double before =
                sample > look.firstSample() ? look.memoryUsedMib(vm, sample - 1) : Double.NaN;
        return before > now ? before : now;
    }

    private void scaleDown() {
        for (int vm = 0; vm < total.length; vm++) {
            total[vm] /= sampleWeight;
            for (int k = 0; k < BUCKETS; k++) {
                weight[vm][k] /= sampleWeight;
            }
        }
        sampleWeight = 1;
    }

    private static int bucket(double mib) {
        double k = Math.log(mib * (GROWTH - 1) / FIRST_BUCKET_MIB + 1) / Math.log(GROWTH);
        return Math.min((int) k, BUCKETS - 1);
    }

    private double percentileMib(int vm) {
        double left = percentile * total[vm];
        for (int k = 0; k < BUCKETS; k++) {
            left -= weight[vm][k];
            if (left <= 0) {
                return bucketEndMib[k];
            }
        }
        return bucketEndMib[BUCKETS - 1];
    }
}
