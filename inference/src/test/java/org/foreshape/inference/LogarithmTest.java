package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LogarithmTest {
    @Test
    void shouldAgreeWithTheExactOneWhereverScalesLie() {
        int count = 0;
        for (float x = 1e-3f; x < 1e3f; x *= 1.0007f) {
            double exact = StrictMath.log(x);
            assertThat((double) Logarithm.of(x))
                    .as("ln %s", x)
                    .isCloseTo(exact, within(2e-8 + Math.abs(exact) * 6e-8));
            count++;
        }
        assertThat(count).isGreaterThan(10_000);
    }

    @Test
    void shouldBeExactAtPowersOfTwo() {
        for (int k = -10; k <= 10; k++) {
            assertThat(Logarithm.of((float) Math.pow(2, k)))
                    .isEqualTo((float) (k * StrictMath.log(2)));
        }
    }
}
