package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.foreshape.inference.OrtApi.OrtFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSessionTest {
    private static final int STEPS = 60;

    private final ForecastModel model = ForecastModel.lstm();
    private final int hiddenSize = model.manifest().hiddenSize();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 16, 64})
    void shouldAnswerAsTheJavaApiOverStatefulSteps(int rows) {
        long seed = 7L + rows;
        SplittableRandom random = new SplittableRandom(seed);
        try (Arena arena = Arena.ofConfined()) {
            ModelBuffers nativeBuffers = new ModelBuffers(64, hiddenSize, arena);
            ModelBuffers javaBuffers = new ModelBuffers(64, hiddenSize, arena);
            try (ModelSession byC = NativeModelSession.open(model.bytes(), nativeBuffers, false);
                    ModelSession byJava = JavaModelSession.open(model.bytes(), javaBuffers)) {
                int batch = nativeBuffers.batchIndexFor(rows);
                float previous = Float.NaN;
                for (int step = 0; step < STEPS; step++) {
                    for (int k = 0; k < rows * FeatureSchema.FEATURE_COUNT; k++) {
                        float value = (float) random.nextGaussian();
                        nativeBuffers.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, k, value);
                        javaBuffers.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, k, value);
                    }
                    poison(nativeBuffers, 1 - step % 2);
                    poison(javaBuffers, 1 - step % 2);
                    assertThat(byC.run(batch, step % 2)).as(byC.lastError()).isTrue();
                    assertThat(byJava.run(batch, step % 2)).as(byJava.lastError()).isTrue();
                    for (int k = 0; k < rows * FeatureSchema.OUTPUT_COUNT; k++) {
                        float got = nativeBuffers.outputs().getAtIndex(ValueLayout.JAVA_FLOAT, k);
                        assertThat(got)
                                .as("seed %d, step %d, output %d", seed, step, k)
                                .isFinite()
                                .isCloseTo(
                                        javaBuffers.outputs().getAtIndex(ValueLayout.JAVA_FLOAT, k),
                                        within(1e-6f));
                    }
                    float first = nativeBuffers.outputs().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
                    assertThat(first).as("answers follow their inputs").isNotEqualTo(previous);
                    previous = first;
                }
                int states = rows * hiddenSize;
                for (int k = 0; k < states; k++) {
                    assertThat(nativeBuffers.cell(0).getAtIndex(ValueLayout.JAVA_FLOAT, k))
                            .isCloseTo(
                                    javaBuffers.cell(0).getAtIndex(ValueLayout.JAVA_FLOAT, k),
                                    within(1e-5f));
                }
            }
        }
    }

    /** NaN wherever the run has to write, so that a cell that it leaves out shows. */
    private static void poison(ModelBuffers buffers, int writtenSide) {
        buffers.outputs().fill((byte) 0xFF);
        buffers.hidden(writtenSide).fill((byte) 0xFF);
        buffers.cell(writtenSide).fill((byte) 0xFF);
    }

    @Test
    void shouldRunOnTheCpuAndSayWhyWhenThereIsNoCuda() {
        try (Arena arena = Arena.ofConfined()) {
            ModelBuffers buffers = new ModelBuffers(2, hiddenSize, arena);
            try (ModelSession session = ModelSessions.open(model.bytes(), buffers, true)) {
                assertThat(session.description()).contains("C API").contains("CUDA");
                assertThat(session.run(1, 0)).isTrue();
                assertThat(session.lastError()).isEmpty();
            }
        }
    }

    @Test
    void shouldRefuseGarbageWithTheRuntimesOwnMessage() {
        try (Arena arena = Arena.ofConfined()) {
            ModelBuffers buffers = new ModelBuffers(2, hiddenSize, arena);
            byte[] garbage = {1, 2, 3, 4};
            assertThatThrownBy(() -> NativeModelSession.open(garbage, buffers, false))
                    .isInstanceOf(OrtFailure.class)
                    .message()
                    .isNotBlank();
            assertThatThrownBy(() -> ModelSessions.open(garbage, buffers, false))
                    .isInstanceOf(ModelRejectedException.class)
                    .hasMessageContaining("Train it again");
        }
    }

    @Test
    void shouldFailARunWhoseShapesAreWrongWithoutDying() {
        try (Arena arena = Arena.ofConfined()) {
            ModelBuffers buffers = new ModelBuffers(2, hiddenSize + 1, arena);
            try (ModelSession session = NativeModelSession.open(model.bytes(), buffers, false)) {
                assertThat(session.run(0, 0)).isFalse();
                assertThat(session.lastError()).contains("ONNX Runtime failed");
                assertThat(session.run(0, 0)).isFalse();
            } catch (OrtFailure e) {
                // The runtime may tell at binding already; either way it is said, not suffered.
                assertThat(e).message().isNotBlank();
            }
        }
    }

    @Test
    void shouldCloseTwice() {
        try (Arena arena = Arena.ofConfined()) {
            ModelBuffers buffers = new ModelBuffers(2, hiddenSize, arena);
            ModelSession session = NativeModelSession.open(model.bytes(), buffers, false);
            session.close();
            session.close();
            assertThat(session.description()).contains("CPU");
        }
    }
}
