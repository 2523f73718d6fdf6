package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.junit.jupiter.api.Test;

class FallbackForecasterTest {
    private static final int PART_SECONDS = 15;

    private final SampleHistory history = new SampleHistory(4, 300);
    private final FallbackForecaster forecaster = new FallbackForecaster(history);
    private final Samples samples = new Samples(4);

    private void run() {
        history.observe(samples.tick);
        forecaster.forecast(samples.tick);
    }

    @Test
    void shouldBeTheNewestUsePlusTheQuantileOfItsOwnRises() {
        long seed = 99;
        SplittableRandom random = new SplittableRandom(seed);
        int parts = 500;
        double[] use = new double[parts];
        for (int t = 0; t < parts; t++) {
            use[t] = random.nextInt(20, 60);
            run(samples.at((long) t * PART_SECONDS).vm(1, 1, use[t], 10));
        }
        // A part that ended counts from the next event on.
        run(samples.at((parts - 1L) * PART_SECONDS + 1).vm(1, 1, use[parts - 1], 10));
        for (Horizon horizon : Horizon.values()) {
            int reach = horizon.minutes() * 60 / PART_SECONDS;
            // The newest part is still open: the newest closed one is parts - 2.
            double[] rises = new double[RiseWindows.WINDOW_SIZE];
            for (int k = 0; k < rises.length; k++) {
                int origin = parts - 2 - reach - k;
                double peak = use[origin + 1];
                for (int j = 2; j <= reach; j++) {
                    peak = Math.max(peak, use[origin + j]);
                }
                rises[k] = peak - use[origin];
            }
            Arrays.sort(rises);
            for (int q = 0; q < Quantiles.COUNT; q++) {
                double at = (rises.length - 1) * Quantiles.level(q);
                int low = (int) at;
                int high = Math.min(low + 1, rises.length - 1);
                double rise = rises[low] + (at - low) * (rises[high] - rises[low]);
                double percent = Math.clamp(use[parts - 1] + rise, 0, 100);
                assertThat((double) samples.tick.forecast.quantile(1, Resource.MEMORY, horizon, q))
                        .as("seed %d, %s, quantile %d", seed, horizon, q)
                        .isCloseTo(percent / 100 * Samples.MAXIMUM_KIB, within(4.));
            }
        }
        assertThat(samples.tick.forecast.source[1]).isEqualTo(ForecastSource.FALLBACK);
        assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.NONE);
    }

    /** Its horizons are 5 and 15 min, whatever the step of the model that it stands in for. */
    @Test
    void shouldForecastTheSameOnEveryGrid() {
        SampleHistory fine = new SampleHistory(4, 15);
        FallbackForecaster other = new FallbackForecaster(fine);
        SplittableRandom random = new SplittableRandom(4);
        for (int t = 0; t < 2000; t++) {
            run(samples.at(t * 5L).vm(1, 1, random.nextInt(20, 60), 10));
            float[] coarse = samples.tick.forecast.quantile.clone();
            fine.observe(samples.tick);
            other.forecast(samples.tick);
            assertThat(samples.tick.forecast.quantile).as("seed 4, %d", t).isEqualTo(coarse);
        }
    }

    /** Scores are made from steps: sampled once at the end of each, it must say the same. */
    @Test
    void shouldFollowTheSameLawOnRecordedSteps() {
        SampleHistory fine = new SampleHistory(1, 15);
        FallbackForecaster inService = new FallbackForecaster(fine);
        FallbackSteps recorded = new FallbackSteps(15);
        SplittableRandom random = new SplittableRandom(6);
        float[] row = new float[FeatureSchema.OUTPUT_COUNT];
        for (int t = 0; t < 500; t++) {
            int use = random.nextInt(20, 60);
            samples.at(t * 15L + 14).vm(0, 1, use, 10);
            samples.tick.sample.slotCount = 1;
            fine.observe(samples.tick);
            fine.settle();
            inService.forecast(samples.tick);
            recorded.observe(t, FeatureSchema.MEMORY, use);
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                int at = FeatureSchema.outputIndex(FeatureSchema.MEMORY, h, 0);
                recorded.write(FeatureSchema.MEMORY, h, row, at);
                for (int q = at; q < at + Quantiles.COUNT; q++) {
                    assertThat(row[q] / 100 * Samples.MAXIMUM_KIB)
                            .as("seed 6, step %d", t)
                            .isCloseTo(samples.tick.forecast.quantile[q], within(8f));
                }
            }
        }
        recorded.write(FeatureSchema.CPU, 0, row, 0);
        assertThat(row[0]).as("CPU was never told").isNaN();
    }

    private void run(Samples filled) {
        assertThat(filled).isSameAs(samples);
        run();
    }

    /** VMs come, go and pause; one history is settled after each event, the other never. */
    @Test
    void shouldForecastTheSameWhetherTheHistoryIsSettledOrNot() {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        SampleHistory settled = new SampleHistory(4, 300);
        FallbackForecaster other = new FallbackForecaster(settled);
        long seconds = 0;
        for (int t = 0; t < 3000; t++) {
            seconds += random.nextInt(20) == 0 ? random.nextInt(1, 2000) : random.nextInt(1, 9);
            samples.at(seconds);
            for (int slot = 0; slot < 4; slot++) {
                if (random.nextInt(10) > 0) {
                    samples.vm(slot, 1 + t / 1000, random.nextInt(100), random.nextInt(100));
                }
            }
            run();
            float[] unsettled = samples.tick.forecast.quantile.clone();
            settled.observe(samples.tick);
            other.forecast(samples.tick);
            settled.settle();
            assertThat(samples.tick.forecast.quantile)
                    .as("seed %d, %d", seed, t)
                    .isEqualTo(unsettled);
        }
    }

    @Test
    void shouldSpeakForANewVmFromItsFirstSample() {
        run(samples.at(1000).vm(0, 1, 50, 25));
        var forecast = samples.tick.forecast;
        assertThat(forecast.source[0]).isEqualTo(ForecastSource.FALLBACK);
        float p95 = forecast.quantile(0, Resource.MEMORY, Horizon.MINUTES_5, Quantiles.P95);
        assertThat(p95).isBetween(.5f * Samples.MAXIMUM_KIB, .7f * Samples.MAXIMUM_KIB);
        float last = 0;
        for (int q = 0; q < Quantiles.COUNT; q++) {
            float now = forecast.quantile(0, Resource.CPU, Horizon.MINUTES_15, q);
            assertThat(now).isBetween(last, 2000f);
            last = now;
        }
    }

    @Test
    void shouldStayWithinWhatTheVmCanHave() {
        for (int t = 0; t < 400; t++) {
            run(samples.at(t * 15L).vm(0, 1, t % 7 == 0 ? 99 : 1, 100));
        }
        for (Horizon horizon : Horizon.values()) {
            for (int q = 0; q < Quantiles.COUNT; q++) {
                assertThat(samples.tick.forecast.quantile(0, Resource.MEMORY, horizon, q))
                        .isBetween(0f, (float) Samples.MAXIMUM_KIB);
                assertThat(samples.tick.forecast.quantile(0, Resource.CPU, horizon, q))
                        .isBetween(0f, 2000f);
            }
        }
    }

    @Test
    void shouldHaveNoForecastWithoutMemoryStatistics() {
        samples.at(10).vm(0, 1, 50, 25);
        samples.tick.sample.usableKib[0] = -1;
        run();
        assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.NONE);
        assertThat(samples.tick.forecast.quantile(0, Resource.MEMORY, Horizon.MINUTES_5, 9))
                .isZero();
    }

    @Test
    void shouldForgetTheRisesOfTheVmBefore() {
        for (int t = 0; t < 400; t++) {
            run(samples.at(t * 15L).vm(0, 1, t % 2 * 90, 0));
        }
        run(samples.at(400 * 15L).vm(0, 2, 10, 0));
        float reused =
                samples.tick.forecast.quantile(
                        0, Resource.MEMORY, Horizon.MINUTES_5, Quantiles.P95);
        run(samples.at(400 * 15L).vm(1, 1, 10, 0));
        float fresh =
                samples.tick.forecast.quantile(
                        1, Resource.MEMORY, Horizon.MINUTES_5, Quantiles.P95);
        assertThat(reused).isEqualTo(fresh);
    }

    private float storage(int slot, Horizon horizon, int q) {
        return samples.tick.forecast.quantile(slot, Resource.STORAGE, horizon, q);
    }

    @Test
    void shouldSayNothingOfStorageThatWasNeverSeen() {
        samples.at(0).vm(0, 1, 50, 10);
        samples.tick.sample.storageKib[0] = SampleSection.UNKNOWN;
        run();
        for (Horizon horizon : Horizon.values()) {
            for (int q = 0; q < Quantiles.COUNT; q++) {
                assertThat(storage(0, horizon, q)).isZero();
            }
        }
    }

    @Test
    void shouldForecastStorageByItsOwnGrowth() {
        int parts = 400;
        long kib = 0;
        for (int t = 0; t < parts; t++) {
            samples.at((long) t * PART_SECONDS).vm(1, 1, 50, 10);
            kib = 1_000_000 + 300L * t;
            samples.tick.sample.storageKib[1] = kib;
            run();
        }
        samples.at((parts - 1L) * PART_SECONDS + 1).vm(1, 1, 50, 10);
        samples.tick.sample.storageKib[1] = kib;
        run();
        for (Horizon horizon : Horizon.values()) {
            int reach = horizon.minutes() * 60 / PART_SECONDS;
            for (int q = 0; q < Quantiles.COUNT; q++) {
                // It grows evenly: every rise is the same, but for the prior's at the lowest level.
                assertThat((double) storage(1, horizon, q))
                        .isCloseTo(kib + 300. * reach, within(1.));
            }
        }
        // Another VM in the slot starts with its own storage, which it is not taken to outgrow.
        samples.at(parts * (long) PART_SECONDS).vm(1, 2, 50, 10);
        samples.tick.sample.storageKib[1] = 77;
        run();
        for (int q = 0; q < Quantiles.COUNT; q++) {
            assertThat(storage(1, Horizon.MINUTES_15, q)).isEqualTo(77);
        }
    }

    @Test
    void shouldForecastNoMoreStorageThanTheDisksCanHoldOrHoldAlready() {
        long capacityKib = 1_100_000;
        for (int t = 0; t < 400; t++) {
            samples.at((long) t * PART_SECONDS).vm(1, 1, 50, 10);
            samples.tick.sample.storageKib[1] = 1_000_000 + 300L * t;
            samples.tick.sample.storageCapacityKib[1] = capacityKib;
            run();
            long now = 1_000_000 + 300L * t;
            for (Horizon horizon : Horizon.values()) {
                for (int q = 0; q < Quantiles.COUNT; q++) {
                    assertThat(storage(1, horizon, q))
                            .isBetween((float) now, (float) Math.max(now, capacityKib));
                }
            }
            if (t == 330) {
                assertThat(storage(1, Horizon.MINUTES_15, Quantiles.MEDIAN))
                        .isEqualTo((float) capacityKib);
            }
        }
        // Disks were added: there is room again.
        samples.at(400L * PART_SECONDS).vm(1, 1, 50, 10);
        samples.tick.sample.storageKib[1] = 1_120_000;
        samples.tick.sample.storageCapacityKib[1] = 2 * capacityKib;
        run();
        assertThat(storage(1, Horizon.MINUTES_15, Quantiles.MEDIAN)).isGreaterThan(1_130_000);
    }

    @Test
    void shouldNotForecastLessStorageThanNone() {
        SplittableRandom random = new SplittableRandom(3);
        for (int t = 0; t < 500; t++) {
            samples.at((long) t * PART_SECONDS).vm(0, 1, 50, 10);
            samples.tick.sample.storageKib[0] = random.nextInt(4) == 0 ? 0 : random.nextInt(5000);
            run();
            for (Horizon horizon : Horizon.values()) {
                for (int q = 0; q < Quantiles.COUNT; q++) {
                    assertThat(storage(0, horizon, q))
                            .isGreaterThanOrEqualTo(q == 0 ? 0 : storage(0, horizon, q - 1));
                }
            }
        }
        assertThat(storage(0, Horizon.MINUTES_5, Quantiles.P95)).isPositive();
    }

    /** Horizons are minutes, whatever the model's grid is. */
    @Test
    void shouldLookAsFarAheadOnAFinerGrid() {
        SampleHistory fine = new SampleHistory(4, 15);
        FallbackForecaster other = new FallbackForecaster(fine);
        SplittableRandom random = new SplittableRandom(4);
        for (int t = 0; t < 300; t++) {
            run(samples.at((long) t * PART_SECONDS).vm(0, 1, random.nextInt(100), 10));
        }
        float[] coarse = samples.tick.forecast.quantile.clone();
        random = new SplittableRandom(4);
        for (int t = 0; t < 300; t++) {
            samples.at((long) t * PART_SECONDS).vm(0, 1, random.nextInt(100), 10);
            fine.observe(samples.tick);
            other.forecast(samples.tick);
        }
        assertThat(samples.tick.forecast.quantile).isEqualTo(coarse);
    }
}
