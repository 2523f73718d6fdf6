package org.foreshape.ring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DistinctErrorsTest {
    @Test
    void shouldCountOneKindOnceAndStayBounded() {
        DistinctErrors errors = new DistinctErrors();
        for (int i = 0; i < 5; i++) {
            errors.record("recorder", failure());
        }
        assertThat(errors.list()).hasSize(1);
        assertThat(errors.list().getFirst().count()).isEqualTo(5);

        for (int i = 0; i < 2 * DistinctErrors.KIND_COUNT_MAX; i++) {
            errors.record("stage " + i, failure());
        }
        assertThat(errors.list()).hasSize(DistinctErrors.KIND_COUNT_MAX + 1);
    }

    private static IllegalStateException failure() {
        return new IllegalStateException("no room");
    }
}
