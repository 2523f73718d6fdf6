package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every model in service must do, whatever kind it is. */
abstract class ModelForecasterContract {
    private static final int SLOTS = 8;

    private final ForecastModel model;
    private final int least;
    private final Samples samples = new Samples(SLOTS);

    ModelForecasterContract(ForecastModel model) {
        this.model = model;
        this.least = model.manifest().historyStepsMin();
    }

    /** A forecaster on a given session. */
    abstract ModelForecaster on(
            ForecastModel of,
            SampleHistory history,
            Arena arena,
            SessionBuffers buffers,
            ModelSession session);

    /** A forecaster with its history, as the engine runs them. */
    private final class Engine implements AutoCloseable {
        final SampleHistory history = new SampleHistory(SLOTS, 300);
        final ModelForecaster forecaster;

        Engine() {
            forecaster = ModelForecaster.open(model, history, false);
        }

        void run(Samples filled) {
            history.observe(filled.tick);
            forecaster.forecast(filled.tick);
        }

        @Override
        public void close() {
            forecaster.close();
        }
    }

    private Samples wave(long t, int vms, int generation) {
        samples.at(300 + t * 100);
        for (int vm = 0; vm < vms; vm++) {
            samples.vm(
                    vm, generation, 40 + 20 * Math.sin(t / 30. + vm), 30 + 10 * Math.cos(t / 9.));
        }
        return samples;
    }

    @Test
    void shouldLetTheModelSpeakOnceAVmHasLivedLongEnough() {
        try (Engine engine = new Engine()) {
            for (int t = 0; t < 3 * least; t++) {
                engine.run(wave(t, 3, 1));
                assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.FALLBACK);
            }
            engine.run(wave(3L * least, 3, 1));
            for (int vm = 0; vm < 3; vm++) {
                assertThat(samples.tick.forecast.source[vm]).isEqualTo(ForecastSource.MODEL);
                assertWellFormed(vm);
            }
            assertThat(samples.tick.forecast.slotCount).isEqualTo(3);
            assertThat(engine.forecaster.failedRuns()).isZero();
            assertThat(engine.forecaster.nonFiniteForecasts()).isZero();
        }
    }

    private void assertWellFormed(int vm) {
        for (Resource resource : Resource.values()) {
            float most =
                    switch (resource) {
                        case MEMORY -> Samples.MAXIMUM_KIB;
                        case CPU -> 2000;
                        case STORAGE -> Samples.STORAGE_KIB;
                    };
            for (Horizon horizon : Horizon.values()) {
                float last = 0;
                for (int q = 0; q < Quantiles.COUNT; q++) {
                    float now = samples.tick.forecast.quantile(vm, resource, horizon, q);
                    assertThat(now).isBetween(last, most);
                    last = now;
                }
                assertThat(last).isPositive();
            }
        }
    }

    @Test
    void shouldForecastTheSameBitsFromTheSameEventsRehearsedOrNot() {
        long seed = 4711;
        Tick scratch = new Tick(SLOTS);
        int[][] runs = new int[3][];
        for (int run = 0; run < 3; run++) {
            SplittableRandom random = new SplittableRandom(seed);
            int hash = 1;
            try (Engine engine = new Engine()) {
                long second = 0;
                for (int t = 0; t < 600; t++) {
                    second += random.nextInt(1, 200);
                    samples.at(second);
                    for (int vm = 0; vm < SLOTS; vm++) {
                        if (random.nextInt(10) > 0) {
                            int generation = 1 + (int) (second / 20_000);
                            samples.vm(vm, generation, random.nextInt(100), random.nextInt(100));
                        }
                    }
                    if (run == 2 && t % 4 > 0) {
                        engine.forecaster.rehearseForecast(scratch);
                        scratch.clearDecision();
                    }
                    engine.run(samples);
                    for (int k = 0; k < samples.tick.forecast.quantile.length; k++) {
                        hash =
                                31 * hash
                                        + Float.floatToRawIntBits(
                                                samples.tick.forecast.quantile[k]);
                    }
                }
            }
            runs[run] = new int[] {hash};
        }
        assertThat(runs[1]).as("seed %d", seed).isEqualTo(runs[0]);
        assertThat(runs[2]).as("rehearsed, seed %d", seed).isEqualTo(runs[0]);
    }

    @Test
    void shouldForgetTheVmThatHadTheSlotBefore() {
        try (Engine engine = new Engine();
                Engine fresh = new Engine()) {
            for (int t = 0; t < 200; t++) {
                engine.run(wave(t, 3, 1));
            }
            for (int t = 201; t < 201 + 3 * least + 3; t++) {
                engine.run(wave(t, 3, 2));
                float[] reused = samples.tick.forecast.quantile.clone();
                ForecastSource source = samples.tick.forecast.source[0];
                fresh.run(wave(t, 3, 2));
                assertThat(samples.tick.forecast.quantile).isEqualTo(reused);
                assertThat(samples.tick.forecast.source[0]).isEqualTo(source);
            }
            assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.MODEL);
        }
    }

    @Test
    void shouldStepOverMissingSamples() {
        try (Engine engine = new Engine()) {
            for (int t = 0; t < 100; t++) {
                engine.run(wave(t, 2, 1));
            }
            engine.run(wave(120, 2, 1)); // Six steps passed without an event.
            assertThat(samples.tick.forecast.source[1]).isEqualTo(ForecastSource.MODEL);
            assertWellFormed(1);
            for (int t = 121; t < 140; t++) {
                wave(t, 2, 1);
                samples.tick.sample.usableKib[1] = -1; // No guest statistics any more.
                engine.run(samples);
            }
            assertThat(samples.tick.forecast.source[1]).isEqualTo(ForecastSource.MODEL);
            assertWellFormed(1);
        }
    }

    @Test
    void shouldPutTheRiseOnTheNewestUseWhenItJumps() {
        try (Engine engine = new Engine()) {
            for (int t = 0; t < 100; t++) {
                engine.run(samples.at(300 + t * 60L).vm(0, 1, 20, 10));
            }
            engine.run(samples.at(300 + 100 * 60L + 40).vm(0, 1, 80, 10));
            float median =
                    samples.tick.forecast.quantile(
                            0, Resource.MEMORY, Horizon.MINUTES_5, Quantiles.P95);
            assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.MODEL);
            assertThat(median).isGreaterThan(.75f * Samples.MAXIMUM_KIB);
        }
    }

    @Test
    void shouldFallBackAndCountWhenARunFails() {
        SampleHistory history = new SampleHistory(SLOTS, 300);
        try (Arena arena = Arena.ofShared()) {
            SessionBuffers buffers = SessionBuffers.of(model.manifest(), SLOTS, arena);
            ModelForecaster forecaster =
                    on(model, history, arena, buffers, new BrokenSession(null));
            for (int t = 0; t < 3 * least + 2; t++) {
                history.observe(wave(t, 2, 1).tick);
                forecaster.forecast(samples.tick);
                assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.FALLBACK);
            }
            assertThat(forecaster.failedRuns()).isGreaterThan(3L * least);
        }
    }

    @Test
    void shouldFallBackAndCountWhenAnAnswerIsNotFinite() {
        SampleHistory history = new SampleHistory(SLOTS, 300);
        try (Arena arena = Arena.ofShared()) {
            SessionBuffers buffers = SessionBuffers.of(model.manifest(), SLOTS, arena);
            ModelForecaster forecaster =
                    on(model, history, arena, buffers, new BrokenSession(buffers));
            for (int t = 0; t < 3 * least + 2; t++) {
                history.observe(wave(t, 2, 1).tick);
                forecaster.forecast(samples.tick);
                assertThat(samples.tick.forecast.source[1]).isEqualTo(ForecastSource.FALLBACK);
                assertThat(
                                samples.tick.forecast.quantile(
                                        1, Resource.MEMORY, Horizon.MINUTES_5, Quantiles.P95))
                        .isFinite()
                        .isPositive();
            }
            assertThat(forecaster.nonFiniteForecasts()).isPositive();
        }
    }

    @Test
    void shouldLeaveOtherEventsAlone() {
        try (Engine engine = new Engine()) {
            engine.run(wave(0, 2, 1));
            samples.tick.begin(EventKind.OUTCOME, 5 * Samples.SECOND_NS);
            engine.run(samples);
            assertThat(samples.tick.forecast.slotCount).isZero();
        }
    }

    @Test
    void shouldRefuseAHistoryOnAnotherGrid() {
        SampleHistory history = new SampleHistory(SLOTS, 60);
        assertThatThrownBy(() -> ModelForecaster.open(model, history, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("300 s")
                .hasMessageContaining("60 s");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotAllocatePerTickOnceWarm(boolean byC) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SampleHistory history = new SampleHistory(SLOTS, 300);
        try (Arena arena = Arena.ofShared()) {
            SessionBuffers buffers = SessionBuffers.of(model.manifest(), SLOTS, arena);
            ModelSession session =
                    byC
                            ? NativeModelSession.open(model.bytes(), buffers, false)
                            : JavaModelSession.open(model.bytes(), buffers);
            try (session) {
                ModelForecaster forecaster = on(model, history, arena, buffers, session);
                long t = 0;
                for (int k = 0; k < 15_000; k++) {
                    history.observe(wave(t++, SLOTS, 1).tick);
                    forecaster.forecast(samples.tick);
                }
                long self = Thread.currentThread().threadId();
                int ticks = 1_000;
                long least = Long.MAX_VALUE;
                // The compiler may still deoptimise once: the best of three rounds is the cost.
                for (int round = 0; round < 3; round++) {
                    long bytes = 0;
                    for (int k = 0; k < ticks; k++) {
                        wave(t++, SLOTS, 1);
                        long before = threads.getThreadAllocatedBytes(self);
                        history.observe(samples.tick);
                        forecaster.forecast(samples.tick);
                        bytes += threads.getThreadAllocatedBytes(self) - before;
                    }
                    least = Math.min(least, bytes);
                }
                assertThat(least / ticks).isLessThanOrEqualTo(byC ? 0L : 2_000L);
                if (byC) {
                    assertThat(least).as("bytes over %d ticks", ticks).isZero();
                }
                assertThat(samples.tick.forecast.source[0]).isEqualTo(ForecastSource.MODEL);
            }
        }
    }

    /** A session that fails, or, given buffers, answers with NaN. */
    private record BrokenSession(@Nullable SessionBuffers buffers) implements ModelSession {
        @Override
        public boolean run(int batchIndex, int side) {
            if (buffers == null) {
                return false;
            }
            buffers.outputs().fill((byte) 0xFF);
            return true;
        }

        @Override
        public String lastError() {
            return "broken on purpose";
        }

        @Override
        public String description() {
            return "broken on purpose";
        }

        @Override
        public void close() {}
    }
}
