package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One VM whose use is known beforehand, and forecasts that say always the same. */
@Timeout(20)
class ForecastScoresTest {
    private static final long SIZE_KIB = 1 << 20;
    private static final int VCPUS = 2;

    private final ForecastScores scores = new ForecastScores(2);
    private final Tick tick = new Tick(2);
    private int generation = 1;

    /** A sample at a minute; negative use is none. */
    private void sample(long minute, long usedKib, long millicores, long forecastKib) {
        tick.begin(EventKind.SAMPLE, TimeUnit.MINUTES.toNanos(100 + minute));
        tick.sample.slotCount = 1;
        tick.sample.present[0] = true;
        tick.sample.generation[0] = generation;
        tick.sample.allocationKib[0] = SIZE_KIB;
        tick.sample.maximumKib[0] = SIZE_KIB;
        tick.sample.vcpuCountMax[0] = VCPUS;
        if (usedKib >= 0) {
            tick.sample.statsTimeNs[0] = tick.timeNs;
            tick.sample.usableKib[0] = SIZE_KIB - usedKib;
        }
        tick.sample.cpuMillicores[0] = millicores;
        tick.forecast.slotCount = 1;
        tick.forecast.source[0] = ForecastSource.MODEL;
        for (int k = 0; k < ForecastSection.STRIDE; k++) {
            tick.forecast.quantile[k] = forecastKib;
        }
        scores.learn(tick);
    }

    @Test
    void shouldCountWhatWasHeldAndWhatItLost() {
        sample(0, 1000, 500, 2000);
        sample(3, 1800, 500, 2000);
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isZero();
        sample(5, 1000, 500, 2000);
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isEqualTo(1);
        assertThat(scores.heldCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isEqualTo(1);
        // 200 KiB below all quantiles: each loses (1 - level) of it.
        double lost = 0;
        for (int q = 0; q < Quantiles.COUNT; q++) {
            lost += (1 - Quantiles.level(q)) * 200 / Quantiles.COUNT;
        }
        assertThat(scores.meanLoss(0, Resource.MEMORY, Horizon.MINUTES_5) * SIZE_KIB)
                .isCloseTo(lost, within(1.));
        sample(8, 2500, 500, 2000);
        sample(10, 1000, 500, 2000);
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isEqualTo(2);
        assertThat(scores.heldCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isEqualTo(1);
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_15)).isZero();
        sample(15, 1000, 500, 2000);
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_15)).isEqualTo(1);
        assertThat(scores.heldCount(0, Resource.MEMORY, Horizon.MINUTES_15)).isZero();
        assertThat(scores.scoredCount(0, Resource.CPU, Horizon.MINUTES_5)).isEqualTo(3);
        assertThat(scores.heldCount(0, Resource.CPU, Horizon.MINUTES_5)).isEqualTo(3);
    }

    @Test
    void shouldNotScoreWhatIsNotKnown() {
        for (int minute = 0; minute <= 30; minute += 5) {
            sample(minute, -1, -1, 2000);
        }
        for (Resource resource : Resource.values()) {
            for (Horizon horizon : Horizon.values()) {
                assertThat(scores.scoredCount(0, resource, horizon)).isZero();
                assertThat(scores.meanLoss(0, resource, horizon)).isNaN();
            }
        }
    }

    @Test
    void shouldBeginAnewWithAnotherVm() {
        for (int minute = 0; minute <= 30; minute += 5) {
            sample(minute, 1000, 500, 2000);
        }
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isEqualTo(6);
        generation = 2;
        sample(35, 1000, 500, 2000);
        assertThat(scores.scoredCount(0, Resource.MEMORY, Horizon.MINUTES_5)).isZero();
        assertThat(scores.scoredCount(0, Resource.CPU, Horizon.MINUTES_15)).isZero();
    }
}
