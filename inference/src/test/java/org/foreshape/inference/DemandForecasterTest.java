package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DemandForecasterTest extends ModelForecasterContract {
    private static final int VMS = 2;

    DemandForecasterTest() {
        super(ForecastModel.shipped());
    }

    @Override
    ModelForecaster on(
            ForecastModel of,
            SampleHistory history,
            Arena arena,
            SessionBuffers buffers,
            ModelSession session) {
        DemandBuffers rows = (DemandBuffers) buffers;
        ModelSeat seat = new ModelSeat(of, rows, session, false);
        return DemandForecaster.on(of, history, arena, rows, seat, 0);
    }

    /** The shipped model with another last bias: one that answers otherwise. */
    private static ForecastModel other() {
        ForecastModel shipped = ForecastModel.shipped();
        byte[] bytes = shipped.bytes().clone();
        // In a tensor its name comes before its data, whose length is a varint.
        byte[] head = {'n', '0', '_', 'b', '3', 0x4A, (byte) 0xA0, 0x01};
        int at = 0;
        while (!Arrays.equals(bytes, at, at + head.length, head, 0, head.length)) {
            at++;
        }
        ByteBuffer weights = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int k = 0; k < FeatureSchema.OUTPUT_COUNT; k++) {
            int place = at + head.length + Float.BYTES * k;
            weights.putFloat(place, weights.getFloat(place) + 2);
        }
        String manifest =
                new String(ManifestJson.write(shipped.manifest()), StandardCharsets.UTF_8)
                        .replace(shipped.manifest().modelSha256(), ForecastModel.sha256(bytes));
        return ForecastModel.of("other", bytes, manifest.getBytes(StandardCharsets.UTF_8));
    }

    /** A forecaster that sees a wave. */
    private static final class Run implements AutoCloseable {
        final SampleHistory history = new SampleHistory(VMS, 300);
        final Samples samples = new Samples(VMS);
        final DemandForecaster forecaster;

        Run(ForecastModel model) {
            this(model, 0);
        }

        Run(ForecastModel model, int falseAlarmHorizons) {
            forecaster =
                    (DemandForecaster)
                            ModelForecaster.open(model, history, false, falseAlarmHorizons);
        }

        float[] sample(long t) {
            samples.at(300 + t * 100);
            for (int vm = 0; vm < VMS; vm++) {
                samples.vm(vm, 1, 40 + 20 * Math.sin(t / 30. + vm), 30 + 10 * Math.cos(t / 9.));
            }
            history.observe(samples.tick);
            forecaster.forecast(samples.tick);
            return samples.tick.forecast.quantile.clone();
        }

        void swap(long t, String text) {
            samples.tick.begin(EventKind.CONTROL, (300 + t * 100) * Samples.SECOND_NS);
            samples.tick.control.kind = ControlKind.MODEL_SWAPPED;
            samples.tick.control.text.set(text);
            history.observe(samples.tick);
            forecaster.forecast(samples.tick);
        }

        @Override
        public void close() {
            forecaster.close();
        }
    }

    @Test
    void shouldForecastWithAnotherModelFromTheEventOnThatNamesIt() {
        ForecastModel other = other();
        try (Run run = new Run(ForecastModel.shipped());
                Run always = new Run(other)) {
            for (int t = 0; t < 200; t++) {
                run.sample(t);
                always.sample(t);
            }
            run.forecaster.prepare(other);
            run.swap(200, "nobody prepared this");
            assertThat(run.forecaster.model().name()).isEqualTo("the shipped model");
            float[] before = run.sample(200);
            run.swap(201, DemandForecaster.swapText(other));
            assertThat(run.forecaster.model()).isSameAs(other);
            run.forecaster.closeRetired();
            always.sample(200);
            for (int vm = 0; vm < VMS; vm++) {
                always.forecaster.tracker().reset(vm); // What it learnt is not what a swap keeps.
            }
            float[] after = run.sample(201);
            assertThat(run.samples.tick.forecast.source[0]).isEqualTo(ForecastSource.MODEL);
            assertThat(after).isEqualTo(always.sample(201)).isNotEqualTo(before);
            for (int t = 202; t < 260; t++) {
                assertThat(run.sample(t)).as("at %d", t).isEqualTo(always.sample(t));
            }
        }
    }

    @Test
    void shouldLetThePlainForecasterSpeakWhereTheModelDriftedUntilAnotherTakesOver() {
        // Its answers lie two of the row's scales too high: far too wide on a quiet VM.
        try (Run run = new Run(other(), 50);
                Run unwatched = new Run(other())) {
            FallbackForecaster plain = new FallbackForecaster(run.history);
            int t = 0;
            while (run.samples.tick.forecast.source[0] != ForecastSource.DRIFTED) {
                assertThat(t).as("samples without an alarm").isLessThan(2000);
                float[] watched = run.sample(t);
                float[] model = unwatched.sample(t++);
                if (run.samples.tick.forecast.source[0] == ForecastSource.MODEL) {
                    assertThat(Arrays.copyOf(watched, FeatureSchema.OUTPUT_COUNT))
                            .as("at %d", t)
                            .isEqualTo(Arrays.copyOf(model, FeatureSchema.OUTPUT_COUNT));
                }
            }
            float[] drifted = run.sample(t++);
            assertThat(run.forecaster.drift().driftedVms()).isPositive();
            plain.forecast(run.samples.tick);
            assertThat(Arrays.copyOf(drifted, FeatureSchema.OUTPUT_COUNT))
                    .isEqualTo(
                            Arrays.copyOf(
                                    run.samples.tick.forecast.quantile,
                                    FeatureSchema.OUTPUT_COUNT));

            ForecastModel shipped = ForecastModel.shipped();
            run.forecaster.prepare(shipped);
            run.swap(t, DemandForecaster.swapText(shipped));
            run.sample(t);
            assertThat(run.samples.tick.forecast.source[0]).isEqualTo(ForecastSource.MODEL);
            assertThat(run.forecaster.drift().driftedVms()).isZero();
        }
    }

    @Test
    void shouldRefuseToSwapToAModelOfAnotherKindOrGrid() {
        try (Run run = new Run(ForecastModel.shipped())) {
            assertThatThrownBy(() -> run.forecaster.prepare(ForecastModel.lstm()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("LSTM has schema");
            assertThatThrownBy(() -> run.forecaster.prepare(ForecastModelTest.shippedFor(15)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("steps of 15 s, at work is one of schema");
            run.forecaster.prepare(other());
            run.forecaster.prepare(other());
        }
    }
}
