package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;

class PriceTest {
    private static final float GIB = 1 << 20;

    @Test
    void shouldNotBelieveWhatIsNoDistribution() {
        float[] good = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        assertThat(Peaks.usable(good, 0)).isTrue();
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, -1}) {
            for (int i = 0; i < good.length; i++) {
                float[] broken = good.clone();
                broken[i] = bad;
                assertThat(Peaks.usable(broken, 0)).as(bad + " at " + i).isFalse();
            }
        }
        good[9] = Float.POSITIVE_INFINITY;
        assertThat(Peaks.usable(good, 0)).isFalse();
        assertThat(Peaks.usable(new float[10], 0)).isFalse();
    }

    @Test
    void shouldFindTheCheapestLevel() {
        long seed = 4711;
        SplittableRandom random = new SplittableRandom(seed);
        Price price = new Price(ShapingSettings.defaults());
        for (int round = 0; round < 2_000; round++) {
            float[] quantile = new float[Quantiles.COUNT];
            for (int i = 0; i < quantile.length; i++) {
                quantile[i] = (float) (random.nextDouble() * random.nextDouble() * 8 * GIB);
            }
            Arrays.sort(quantile);
            long demand = (long) (quantile[random.nextInt(4)] * random.nextDouble());
            int priority = random.nextInt(10);
            long level = Math.max(demand, level(price, quantile, demand, priority));
            double ratio = ratio(priority);
            double best = cost(quantile, (double) demand, ratio);
            for (int step = 0; step <= 1000; step++) {
                double candidate = (double) demand + step * (quantile[9] - (double) demand) / 1000;
                best = Math.min(best, cost(quantile, Math.max(candidate, (double) demand), ratio));
            }
            assertThat(cost(quantile, (double) level, ratio))
                    .as("seed %d round %d", seed, round)
                    .isLessThanOrEqualTo(best + 1e-5);
        }
    }

    @Test
    void shouldReserveMoreForHigherPriorityAndNothingThatDoesNotPay() {
        Price price = new Price(ShapingSettings.defaults());
        // A tail that thins out: 2^-k of the mass in each further GiB.
        float[] quantile = new float[Quantiles.COUNT];
        for (int i = 0; i < quantile.length; i++) {
            quantile[i] = (float) (-Math.log(1 - Quantiles.level(i)) * .5 * GIB);
        }
        long before = 0;
        for (int priority = 0; priority <= 9; priority++) {
            long level = level(price, quantile, 0, priority);
            assertThat(level).isGreaterThanOrEqualTo(before);
            before = level;
        }
        assertThat(before).isGreaterThan(level(price, quantile, 0, 0));
        // One chance in a thousand of 8 TiB is not worth holding 8 TiB.
        float[] rare = {1, 1, 1, 1, 1, 1, 1, 1, 1, 8192 * GIB};
        assertThat(level(price, rare, 2, 9)).isLessThan((long) GIB);
        assertThat(level(price, quantile, 100 * (long) GIB, 9)).isZero();
    }

    private static long level(Price price, float[] quantile, long demand, int priority) {
        ForecastSection forecast = new Tick(1).forecast;
        System.arraycopy(quantile, 0, forecast.quantile, 0, quantile.length);
        Peaks peaks = new Peaks(1);
        assertThat(peaks.take(0, forecast.quantile, 0, demand)).isTrue();
        return price.level(peaks, 0, priority, 1);
    }

    private static double ratio(int priority) {
        return 1 / (12 * 12.0 * Math.pow(2, (priority - 5) / 2.0) / 6) / GIB;
    }

    /** With a tail that falls by a constant share between quantiles. */
    private static double cost(float[] quantile, double level, double ratio) {
        double miss = 1;
        for (int i = 0; i < quantile.length; i++) {
            if (level >= quantile[i]) {
                int segment = Math.min(i, quantile.length - 2);
                double fall =
                        Math.log(
                                (1 - Quantiles.level(segment))
                                        / (1 - Quantiles.level(segment + 1)));
                double width = quantile[segment + 1] - quantile[segment];
                miss = (1 - Quantiles.level(i)) * Math.exp(-fall * (level - quantile[i]) / width);
            }
        }
        return ratio * level + miss;
    }
}
