package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.foreshape.ring.event.EventKind;
import org.junit.jupiter.api.Test;

class SampleHistoryTest {
    private final SampleHistory history = new SampleHistory(4, 300);
    private final Samples samples = new Samples(4);

    private void see(Samples filled) {
        history.observe(filled.tick);
    }

    @Test
    void shouldCloseAStepWithItsMeanOverTime() {
        see(samples.at(0).vm(0, 1, 0, 0));
        see(samples.at(100).vm(0, 1, 30, 50));
        see(samples.at(200).vm(0, 1, 60, 0));
        assertThat(history.closedCount()).isZero();
        assertThat(history.openPercent(0, FeatureSchema.MEMORY)).isCloseTo(45f, within(.01f));
        see(samples.at(300).vm(0, 1, 90, 0));
        assertThat(history.closedCount()).isEqualTo(1);
        assertThat(history.closedStep()).isZero();
        assertThat(history.step()).isEqualTo(1);
        assertThat(history.closedPercent(0, FeatureSchema.MEMORY)).isCloseTo(45f, within(.01f));
        assertThat(history.closedPercent(0, FeatureSchema.CPU)).isCloseTo(25f, within(.01f));
        assertThat(history.openPercent(0, FeatureSchema.MEMORY)).isCloseTo(90f, within(.01f));
    }

    @Test
    void shouldNotCountAFigureTwiceThatWasNotTakenAnew() {
        see(samples.at(100).vm(0, 1, 10, 0));
        long takenNs = samples.tick.timeNs;
        samples.at(200).vm(0, 1, 80, 0);
        samples.tick.sample.statsTimeNs[0] = takenNs;
        see(samples);
        assertThat(history.openPercent(0, FeatureSchema.MEMORY)).isCloseTo(10f, within(.01f));
    }

    @Test
    void shouldCountStepsWithoutSamplesAsMissing() {
        see(samples.at(10).vm(0, 1, 10, 10));
        see(samples.at(1000).vm(0, 1, 20, 20));
        assertThat(history.closedCount()).isEqualTo(3);
        assertThat(history.closedStep()).isZero();
        see(samples.at(1300));
        assertThat(history.isAlive(0)).isFalse();
        see(samples.at(1600).vm(0, 1, 20, 20));
        assertThat(history.closedPercent(0, FeatureSchema.MEMORY)).isNaN();
    }

    @Test
    void shouldLetAMissingResourceBeMissingAlone() {
        samples.at(10).vm(0, 1, 10, 10);
        samples.tick.sample.cpuMillicores[0] = -1;
        see(samples);
        see(samples.at(301).vm(1, 1, 10, 10));
        assertThat(history.closedPercent(0, FeatureSchema.MEMORY)).isCloseTo(10f, within(.01f));
        assertThat(history.closedPercent(0, FeatureSchema.CPU)).isNaN();
    }

    @Test
    void shouldStartANewVmInAnOldSlotWithoutHistory() {
        see(samples.at(10).vm(0, 1, 10, 10));
        int births = history.births(0);
        see(samples.at(20).vm(0, 2, 70, 10));
        assertThat(history.births(0)).isGreaterThan(births);
        assertThat(history.openPercent(0, FeatureSchema.MEMORY)).isCloseTo(70f, within(.01f));
    }

    @Test
    void shouldStartAnewAfterMoreThanADayWithoutEvents() {
        see(samples.at(10).vm(0, 1, 10, 10));
        int births = history.births(0);
        see(samples.at(200_000).vm(0, 1, 20, 10));
        assertThat(history.closedCount()).isZero();
        assertThat(history.births(0)).isGreaterThan(births);
    }

    @Test
    void shouldIgnoreEventsThatAreNoSamples() {
        see(samples.at(10).vm(0, 1, 10, 10));
        samples.tick.begin(EventKind.CONTROL, 900 * Samples.SECOND_NS);
        history.observe(samples.tick);
        assertThat(history.step()).isZero();
        assertThat(history.closedCount()).isZero();
        assertThat(history.isAlive(0)).isTrue();
    }
}
