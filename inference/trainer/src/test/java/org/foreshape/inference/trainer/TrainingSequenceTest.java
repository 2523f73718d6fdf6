package org.foreshape.inference.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainingSequenceTest {
    @Test
    void shouldFindThePeakOfTheNextStepsOnly() {
        float[] use = {9, 1, 5, Float.NaN, 2};
        assertThat(TrainingSequence.peak(use, 0, 1)).isEqualTo(1f);
        assertThat(TrainingSequence.peak(use, 0, 2)).isEqualTo(5f);
        assertThat(TrainingSequence.peak(use, 0, 3)).isNaN();
        assertThat(TrainingSequence.peak(use, 3, 1)).isEqualTo(2f);
        assertThat(TrainingSequence.peak(use, 4, 1)).as("past the end").isNaN();
    }
}
