package org.foreshape.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EngineClockTest {
    @Test
    void shouldRunFasterThanTheWallByItsSpeed() {
        EngineClock clock = EngineClock.compressed(1000, 7_000_000_000L);
        long startNanoTime = System.nanoTime();
        long startTimeNs = clock.timeNs();
        assertThat(startTimeNs).isGreaterThanOrEqualTo(7_000_000_000L);
        while (System.nanoTime() - startNanoTime < 5_000_000) {
            Thread.onSpinWait();
        }
        assertThat(clock.timeNs() - startTimeNs).isGreaterThanOrEqualTo(4_900_000_000L);
        assertThat(clock.speed()).isEqualTo(1000);
    }

    @Test
    void shouldRefuseASpeedThatIsNotAboveZero() {
        for (double speed : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> EngineClock.compressed(speed, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be above 0");
        }
    }
}
