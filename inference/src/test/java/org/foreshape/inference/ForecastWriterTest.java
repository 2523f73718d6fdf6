package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForecastWriterTest {
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;
    private static final int PER_RESOURCE = OUTPUTS / RESOURCES;
    private static final int SLOTS = 2 * ForecastWriter.ROWS + 5;

    private final QuantileTracker tracker = new QuantileTracker(SLOTS, 300);
    private final ForecastWriter writer = new ForecastWriter(SLOTS, tracker);
    private final float[] units = new float[SLOTS * RESOURCES];
    private final float[] answers = new float[SLOTS * OUTPUTS];

    /** Shifts up to all that a tracker allows, so that levels lie beyond their neighbours too. */
    private void shift(int slot, double most, SplittableRandom random) {
        float[] state = new float[QuantileTracker.STATE_SIZE];
        for (int k = 0; k < state.length; k++) {
            state[k] = (float) random.nextDouble(-most, most);
        }
        tracker.restore(slot, state, 0);
    }

    private void answer(SplittableRandom random) {
        for (int k = 0; k < answers.length; k++) {
            answers[k] = random.nextInt(4) == 0 ? 0f : (float) random.nextDouble(0, 100);
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            ForecastRow.tidy(answers, slot * OUTPUTS);
        }
        for (int k = 0; k < units.length; k++) {
            units[k] = (float) random.nextDouble(1, 1e6);
        }
        writer.measure(units);
    }

    /** The plain way: the tracker's own correction of a row, one figure at a time. */
    private float[] plain(int slot) {
        float[] row = Arrays.copyOfRange(answers, slot * OUTPUTS, (slot + 1) * OUTPUTS);
        ForecastRow.tidy(row, 0);
        float[] out = new float[OUTPUTS];
        for (int k = 0; k < OUTPUTS; k++) {
            int series = k - k % FeatureSchema.QUANTILE_COUNT;
            int low = series + tracker.low(slot * OUTPUTS + k);
            float part = tracker.part(slot * OUTPUTS + k);
            int of = slot * RESOURCES + k / PER_RESOURCE;
            float value = row[low] + part * (row[low + 1] - row[low]);
            out[k] = units[of] * Math.clamp(value, 0f, 100f);
        }
        return out;
    }

    private void assertWritten(int slotCount, String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment outputs = arena.allocateFrom(ValueLayout.JAVA_FLOAT, answers);
            float[] out = new float[OUTPUTS + 3];
            for (int first = 0; first < slotCount; first += ForecastWriter.ROWS) {
                int rows = Math.min(ForecastWriter.ROWS, slotCount - first);
                writer.take(outputs, first, rows);
                for (int slot = first; slot < first + rows; slot++) {
                    if (!writer.isWorthless(slot)) {
                        writer.copy(slot, out, 3);
                        assertThat(Arrays.copyOfRange(out, 3, out.length))
                                .as("%s, slot %d", what, slot)
                                .isEqualTo(plain(slot));
                    }
                }
            }
        }
    }

    @Test
    void shouldWriteTheSameBitsAsThePlainWay() {
        for (int seed = 1; seed <= 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            answer(random);
            for (int slot = 0; slot < SLOTS; slot++) {
                if (random.nextBoolean()) {
                    shift(slot, random.nextInt(1, 4), random);
                }
            }
            assertWritten(random.nextInt(1, SLOTS + 1), "seed " + seed);
        }
    }

    @Test
    void shouldFollowWhatTheTrackerLearns() {
        SplittableRandom random = new SplittableRandom(201);
        for (int round = 0; round < 300; round++) {
            answer(random);
            int slot = random.nextInt(SLOTS);
            tracker.learn(slot, FeatureSchema.CPU, 0, (float) random.nextDouble(0, 100));
            tracker.remember(slot, answers, slot * OUTPUTS);
            if (random.nextInt(8) == 0) {
                tracker.reset(slot);
            }
            assertWritten(random.nextInt(1, SLOTS + 1), "seed 201, round " + round);
        }
    }

    @Test
    void shouldPutRowsInOrderThatAreNot() {
        for (int seed = 301; seed <= 400; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            answer(random);
            for (int k = 0; k < 3; k++) {
                answers[random.nextInt(answers.length)] = (float) random.nextDouble(-30, 130);
            }
            shift(random.nextInt(SLOTS), 1, random);
            assertWritten(SLOTS, "seed " + seed);
        }
    }

    @Test
    void shouldTellOfEveryRowThatIsNotAllNumbersAndSpareTheOthers() {
        float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int seed = 401; seed <= 600; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            answer(random);
            int spoilt = random.nextInt(answers.length);
            answers[spoilt] = bad[random.nextInt(bad.length)];
            assertWritten(SLOTS, "seed " + seed);
            int slot = spoilt / OUTPUTS;
            try (Arena arena = Arena.ofConfined()) {
                int first = slot - slot % ForecastWriter.ROWS;
                int rows = Math.min(ForecastWriter.ROWS, SLOTS - first);
                writer.take(arena.allocateFrom(ValueLayout.JAVA_FLOAT, answers), first, rows);
                for (int other = first; other < first + rows; other++) {
                    assertThat(writer.isWorthless(other))
                            .as("seed %d, slot %d, spoilt %d", seed, other, slot)
                            .isEqualTo(other == slot);
                }
            }
        }
    }
}
