package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against hosts whose VMs move together by a known amount. */
@Timeout(60)
class HostRiskTest {
    private static final long MIB = Feed.MIB;
    private static final long HORIZON_NS = 300 * Feed.SECOND_NS;
    private static final int VMS = 40;
    private static final long MEAN_KIB = 1000 * MIB;

    /** Forecasts below rise evenly over two thirds of a GiB; this is the deviation of that. */
    private static final double WIDTH_KIB = 600 * MIB;

    @Test
    void shouldKnowTheNormalDistribution() {
        assertThat(Normal.above(0)).isEqualTo(.5, within(1e-7));
        assertThat(Normal.above(1.959964)).isEqualTo(.025, within(1e-6));
        assertThat(Normal.above(-1)).isEqualTo(.8413447, within(1e-6));
        for (double level = .01; level < 1; level += .01) {
            assertThat(1 - Normal.above(Normal.quantile(level))).isEqualTo(level, within(2e-4));
        }
    }

    /** After a day of five minutes' rounds the correlation is learnt and the stated risk is met. */
    @ParameterizedTest
    @ValueSource(doubles = {0, .3, .8})
    void shouldLearnHowFarVmsMoveTogether(double correlation) {
        long seed = 20_261_130L;
        SplittableRandom random = new SplittableRandom(seed);
        VmTable vms = new VmTable(VMS, ShapingSettings.defaults());
        Wants wants = new Wants(vms, ShapingSettings.defaults());
        HostRisk risk = new HostRisk(vms, wants);
        Feed feed = new Feed(ShapingSettings.defaults(), VMS);
        for (int slot = 0; slot < VMS; slot++) {
            feed.begin(EventKind.CONTROL, Feed.START_NS);
            feed.tick.control.vmSlot = slot;
            feed.tick.control.vmGeneration = 1;
            feed.tick.control.mode = VmMode.ENFORCE;
            feed.tick.control.ceilingKib = Long.MAX_VALUE;
            feed.tick.control.originalKib = 4096 * MIB;
            vms.arrive(feed.tick.control, Feed.START_NS);
        }
        long now = Feed.START_NS;
        int above = 0;
        int judged = 0;
        for (int round = 0; round < 2_000; round++) {
            // Calm when the forecasts are made, which come true in the middle of the horizon.
            sample(feed, vms, wants, risk, now, new double[VMS]);
            double level = risk.levelKib(.05);
            double common = random.nextGaussian();
            double[] rise = new double[VMS];
            double total = 0;
            for (int slot = 0; slot < VMS; slot++) {
                double own =
                        Math.sqrt(correlation) * common
                                + Math.sqrt(1 - correlation) * random.nextGaussian();
                // The median of an even rise over the width, and its deviation.
                rise[slot] = Math.max(0, WIDTH_KIB / 2 + own * WIDTH_KIB / Math.sqrt(12));
                total += MEAN_KIB + rise[slot];
            }
            sample(feed, vms, wants, risk, now + HORIZON_NS / 2, rise);
            now += HORIZON_NS;
            if (round >= 500) {
                judged++;
                above += total > level ? 1 : 0;
            }
        }
        System.out.printf(
                "seed %d: correlation %.2f, learnt %.2f; total above its .95 level in %.1f %%%n",
                seed, correlation, risk.correlation(), 100. * above / judged);
        assertThat(risk.correlation()).as("seed " + seed).isEqualTo(correlation, within(.12));
        assertThat(above / (double) judged).as("seed " + seed).isBetween(.01, .08);
    }

    private static void sample(
            Feed feed, VmTable vms, Wants wants, HostRisk risk, long nowNs, double[] riseKib) {
        feed.begin(EventKind.SAMPLE, nowNs);
        for (int slot = 0; slot < VMS; slot++) {
            long used = MEAN_KIB + (long) riseKib[slot];
            Feed.row(feed.tick.sample, slot, 1, 4096 * MIB, 4096 * MIB, 4096 * MIB - used, nowNs);
            Feed.forecast(feed.tick.forecast, slot, MEAN_KIB, MEAN_KIB + (long) WIDTH_KIB);
        }
        vms.sample(feed.tick.sample, nowNs);
        wants.forecast(feed.tick.forecast, nowNs);
        risk.sample(nowNs);
    }
}
