package org.foreshape.shaping;

import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;

/**
 * How likely all VMs together will need more than there is within five minutes. What VMs need is
 * not taken for independent: one correlation between any two of them is learnt from how their
 * peaks, once they are known, lay beside their forecasts. The sum is taken for normal.
 *
 * <p>Peaks of VMs need not fall into the same moment, so the sum of peaks errs to the safe side.
 * Nothing here allocates. Engine thread only.
 */
final class HostRisk {
    private static final long HORIZON_NS = Horizon.MINUTES_5.durationNs();

    /** What a round counts for in the next. */
    private static final double KEPT = .98;

    /** Until something is known: VMs of one host often do the same at the same time. */
    private static final double CORRELATION_FIRST = .1;

    /** Pairs that the first guess is worth. */
    private static final double FIRST_PAIRS = 200;

    /** An error beyond this says that the forecast was wrong, not that VMs move together. */
    private static final double ERROR_MAX = 4;

    /** Share of the distribution that each quantile stands for. */
    private static final double[] WEIGHT = weights();

    private final VmTable vms;
    private final Wants wants;
    private final boolean[] watched;
    private final int[] generation;
    private final double[] meanKib;
    private final double[] deviationKib;
    private final long[] peakKib;
    private long sinceTimeNs;
    private double products = CORRELATION_FIRST * FIRST_PAIRS;
    private double pairs = FIRST_PAIRS;

    /** Errors that all forecasts have in common say nothing of VMs that move together. */
    private double bias;

    private double ownMeanKib;
    private double ownVariance;
    private double hostMeanKib;
    private double hostDeviationKib;

    HostRisk(VmTable vms, Wants wants) {
        this.vms = vms;
        this.wants = wants;
        watched = new boolean[vms.vmCountMax];
        generation = new int[vms.vmCountMax];
        meanKib = new double[vms.vmCountMax];
        deviationKib = new double[vms.vmCountMax];
        peakKib = new long[vms.vmCountMax];
    }

    /** Takes a sample with its forecasts in, from table and wants. */
    void sample(long nowNs) {
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (watched[slot]) {
                peakKib[slot] = Math.max(peakKib[slot], vms.usedKib[slot]);
            }
        }
        if (nowNs - sinceTimeNs >= HORIZON_NS) {
            if (sinceTimeNs > 0 && nowNs - sinceTimeNs < 2 * HORIZON_NS) {
                learn();
            }
            watch();
            sinceTimeNs = nowNs;
        }
        sum();
    }

    /** Sums up what the next sample will, and keeps nothing of it. */
    void rehearse() {
        double mean = hostMeanKib;
        double deviation = hostDeviationKib;
        sum();
        hostMeanKib = mean;
        hostDeviationKib = deviation;
    }

    /** The average correlation of any two VMs, 0 to 1. */
    double correlation() {
        return Math.clamp(products / pairs, 0, 1);
    }

    /** The chance that all together need more than this within five minutes. */
    double chanceAbove(double memoryKib) {
        if (hostDeviationKib <= 0) {
            return hostMeanKib > memoryKib ? 1 : 0;
        }
        return Normal.above((memoryKib - hostMeanKib) / hostDeviationKib);
    }

    /** What all together will not exceed within five minutes but with this chance. */
    double levelKib(double chance) {
        return hostMeanKib + Normal.quantile(1 - chance) * hostDeviationKib;
    }

    private void sum() {
        double mean = 0;
        double variances = 0;
        double deviations = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (!vms.present[slot]) {
                continue;
            }
            if (wants.peaks.known[slot]) {
                moments(slot);
                mean += Math.max(ownMeanKib, (double) vms.usedKib[slot]);
                variances += ownVariance;
                deviations += Math.sqrt(ownVariance);
            } else {
                mean += vms.usedKib[slot];
            }
        }
        double rho = correlation();
        hostMeanKib = mean;
        hostDeviationKib = Math.sqrt((1 - rho) * variances + rho * deviations * deviations);
    }

    private void watch() {
        for (int slot = 0; slot < vms.vmCountMax; slot++) {
            watched[slot] = slot < vms.slotCount && vms.present[slot] && wants.peaks.known[slot];
            if (watched[slot]) {
                moments(slot);
                generation[slot] = vms.generation[slot];
                meanKib[slot] = ownMeanKib;
                deviationKib[slot] = Math.sqrt(ownVariance);
                peakKib[slot] = vms.usedKib[slot];
            }
        }
    }

    /** The mean product of two VMs' errors, from the square of their sum. */
    private void learn() {
        double sum = 0;
        double squares = 0;
        double errors = 0;
        int count = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (watched[slot]
                    && vms.present[slot]
                    && vms.generation[slot] == generation[slot]
                    && deviationKib[slot] > 0) {
                double error =
                        Math.clamp(
                                (peakKib[slot] - meanKib[slot]) / deviationKib[slot],
                                -ERROR_MAX,
                                ERROR_MAX);
                errors += error;
                sum += error - bias;
                squares += (error - bias) * (error - bias);
                count++;
            }
        }
        if (count > 1) {
            products = KEPT * products + (sum * sum - squares) / 2;
            pairs = KEPT * pairs + count * (count - 1) / 2.;
            bias = KEPT * bias + (1 - KEPT) * errors / count;
        }
    }

    private void moments(int slot) {
        int at = slot * Quantiles.COUNT;
        double first = 0;
        double second = 0;
        for (int i = 0; i < Quantiles.COUNT; i++) {
            double kib = wants.peaks.quantileKib[at + i];
            first += WEIGHT[i] * kib;
            second += WEIGHT[i] * kib * kib;
        }
        ownMeanKib = first;
        ownVariance = Math.max(0, second - first * first);
    }

    private static double[] weights() {
        double[] weights = new double[Quantiles.COUNT];
        for (int i = 0; i < weights.length; i++) {
            double low = i == 0 ? 0 : (Quantiles.level(i - 1) + Quantiles.level(i)) / 2;
            double high =
                    i == weights.length - 1 ? 1 : (Quantiles.level(i) + Quantiles.level(i + 1)) / 2;
            weights[i] = high - low;
        }
        return weights;
    }
}
