package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplayerTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20261122);
    private static final int VM_COUNT = 5;

    @TempDir Path directory;

    /**
     * A small engine whose decisions depend on every event seen so far and on its configuration.
     */
    private static final class TinyStages {
        private final long marginKib;
        private final int vmCountMax;
        private long seenKib;
        private float level;

        TinyStages(String configuration, int vmCountMax) {
            this.marginKib = Long.parseLong(configuration);
            this.vmCountMax = vmCountMax;
        }

        ReplayStages stages() {
            return new ReplayStages(this::observe, this::forecast, this::shape);
        }

        private void observe(Tick tick) {
            if (tick.kind == EventKind.SAMPLE) {
                for (int slot = 0; slot < tick.sample.slotCount; slot++) {
                    seenKib = seenKib * 31 + tick.sample.usableKib[slot];
                }
            } else {
                seenKib += tick.timeNs;
            }
        }

        private void forecast(Tick tick) {
            if (tick.kind == EventKind.SAMPLE) {
                level = level * 0.7f + (seenKib & 0xFFFF) * 0.3f;
                tick.forecast.slotCount = tick.sample.slotCount;
                for (int slot = 0; slot < tick.sample.slotCount; slot++) {
                    tick.forecast.source[slot] = ForecastSource.MODEL;
                    tick.forecast.quantile[slot * ForecastSection.STRIDE] = level + slot;
                }
                if (seenKib % 13 == 0) {
                    throw new IllegalStateException("a failure that the replay must repeat");
                }
            }
        }

        private void shape(Tick tick) {
            if (tick.kind != EventKind.SAMPLE) {
                return;
            }
            assertThat(tick.sample.slotCount).isLessThanOrEqualTo(vmCountMax);
            tick.plan.made = true;
            tick.plan.slotCount = tick.sample.slotCount;
            tick.plan.deadlineTimeNs = tick.timeNs + 5;
            for (int slot = 0; slot < tick.sample.slotCount; slot++) {
                tick.plan.verdict[slot] = Verdict.GROW;
                tick.plan.reason[slot] = Reason.FORECAST;
                tick.plan.targetKib[slot] =
                        (long) tick.forecast.quantile[slot * ForecastSection.STRIDE]
                                + marginKib
                                + (seenKib & 7);
            }
            if (tick.plan.slotCount > 0) {
                tick.plan.addAct(0, 1, ActKind.RESIZE_MEMORY, tick.plan.targetKib[0]);
            }
        }
    }

    private void record(int runs, int events, String configuration, int flawedEvent) {
        Random random = new Random(SEED);
        for (int run = 0; run < runs; run++) {
            ReplayStages stages = new TinyStages(configuration, VM_COUNT).stages();
            try (JournalWriter writer =
                    JournalWriter.open(JournalRoundTripTest.options(directory, VM_COUNT))) {
                Tick tick = new Tick(VM_COUNT);
                for (int i = 0; i < events; i++) {
                    if (i == 0) {
                        tick.begin(EventKind.CONTROL, 1);
                        tick.control.kind = ControlKind.ENGINE_STARTED;
                        tick.control.text.set(configuration);
                    } else {
                        tick.begin(
                                i % 5 == 0 ? EventKind.PRESSURE : EventKind.SAMPLE,
                                random.nextLong());
                        if (tick.kind == EventKind.SAMPLE) {
                            Ticks.fillSample(tick.sample, random);
                        }
                    }
                    tick.sequence = i;
                    decide(stages, tick);
                    if (i == flawedEvent) {
                        tick.plan.targetKib[0]++;
                    }
                    writer.record(tick);
                }
            }
        }
    }

    private static void decide(ReplayStages stages, Tick tick) {
        stages.observer().observe(tick);
        try {
            stages.forecaster().forecast(tick);
        } catch (IllegalStateException e) {
            tick.forecast.clear();
        }
        stages.shaper().shape(tick);
    }

    @Test
    void shouldMakeTheSamePlansAgainInEachRun() {
        record(3, 400, "1024", -1);
        try (JournalReader reader = JournalReader.open(directory)) {
            ReplayReport report =
                    Replayer.replay(reader, (text, max) -> new TinyStages(text, max).stages());
            assertThat(report.firstDifference()).isNull();
            assertThat(report.firstForecastDifference()).isNull();
            assertThat(report.runs()).isEqualTo(3);
            assertThat(report.events()).isEqualTo(1200);
            assertThat(report.plans()).isEqualTo(3 * 320);
            assertThat(report.identical()).isEqualTo(report.plans());
            assertThat(report.forecasts()).isPositive().isEqualTo(report.forecastsIdentical());
            assertThat(report.stageErrors()).isPositive();
            assertThat(report.ok()).isTrue();
        }
    }

    @Test
    void shouldNameTheFirstPlanThatDiffers() {
        int flawed = sampleWithVms(301);
        record(1, 400, "1024", flawed);
        try (JournalReader reader = JournalReader.open(directory)) {
            ReplayReport report =
                    Replayer.replay(reader, (text, max) -> new TinyStages(text, max).stages());
            assertThat(report.ok()).isFalse();
            assertThat(report.identical()).isEqualTo(report.plans() - 1);
            assertThat(report.forecastsIdentical()).isEqualTo(report.forecasts());
            ReplayReport.Difference difference = report.firstDifference();
            assertThat(difference).isNotNull();
            assertThat(difference.eventSequence()).isEqualTo(flawed);
            assertThat(difference.vmSlot()).isZero();
            assertThat(difference.text()).contains("against");
        }
    }

    @Test
    void shouldFindThatAnotherPolicyPlansOtherwise() {
        record(1, 100, "1024", -1);
        try (JournalReader reader = JournalReader.open(directory)) {
            ReplayReport report =
                    Replayer.replay(reader, (text, max) -> new TinyStages("2048", max).stages());
            assertThat(report.identical()).isLessThan(report.plans() / 2);
            assertThat(report.forecastsIdentical()).isEqualTo(report.forecasts());
            assertThat(report.firstDifference()).isNotNull();
            assertThat(report.firstForecastDifference()).isNull();
        }
    }

    @Test
    void shouldSkipARunWhoseBeginningIsMissing() {
        record(1, 50, "1024", -1);
        record(1, 50, "1024", -1);
        try (JournalReader reader = JournalReader.open(directory)) {
            // As after pruning: the reader begins behind the first run's ENGINE_STARTED.
            assertThat(reader.advance()).isTrue();
            ReplayReport report =
                    Replayer.replay(reader, (text, max) -> new TinyStages(text, max).stages());
            assertThat(report.skipped()).isEqualTo(49);
            assertThat(report.runs()).isEqualTo(1);
            assertThat(report.ok()).isTrue();
        }
    }

    /** The first sample event at or behind an event number that holds a VM, given the seed. */
    private static int sampleWithVms(int from) {
        Random random = new Random(SEED);
        Tick tick = new Tick(VM_COUNT);
        for (int i = 1; ; i++) {
            random.nextLong();
            if (i % 5 != 0) {
                tick.begin(EventKind.SAMPLE, 0);
                Ticks.fillSample(tick.sample, random);
                if (i >= from && tick.sample.slotCount > 0) {
                    return i;
                }
            }
        }
    }
}
