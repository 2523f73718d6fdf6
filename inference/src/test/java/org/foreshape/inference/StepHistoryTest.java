package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StepHistoryTest {
    /** Steps of a day on grids of 300, 60 and 15 s, and some that no block divides. */
    private static final int[] DAYS = {288, 1440, 5760, 289, 7, 1};

    @Test
    void shouldKnowTheExtremesOfADayAsAPlainScanDoes() {
        for (int day : DAYS) {
            SplittableRandom random = new SplittableRandom(day);
            StepHistory history = new StepHistory(2, day + 3, day);
            history.clear(0);
            history.clear(1);
            double missing = 0;
            for (int t = 0; t < 2 * day + 600; t++) {
                if (t % 97 == 0) {
                    missing = random.nextInt(3) / 2. * random.nextDouble(.8, 1.2);
                }
                for (int s = 0; s < 2; s++) {
                    boolean seen = random.nextDouble() >= missing;
                    history.put(s, t, seen ? random.nextInt(1000) / 10f : Float.NaN);
                }
                if (t % 5 == 0) {
                    assertExtremes(history, t, day);
                }
            }
        }
    }

    @Test
    void shouldStartAnewWhenCleared() {
        StepHistory history = new StepHistory(1, 300, 288);
        history.clear(0);
        for (int t = 0; t < 1000; t++) {
            history.put(0, t, 90f);
        }
        history.clear(0);
        for (int t = 0; t < 40; t++) {
            history.put(0, t, t % 3 == 0 ? Float.NaN : 10f + t);
            assertExtremes(history, t, 288);
        }
    }

    private static void assertExtremes(StepHistory history, int t, int day) {
        for (int s = 0; s < (day > 288 ? 2 : 1); s++) {
            float most = Float.NaN;
            float least = Float.NaN;
            for (int ago = 0; ago < day; ago++) {
                most = StepHistory.max(most, history.at(s, t, ago));
                least = StepHistory.min(least, history.at(s, t, ago));
            }
            assertThat(history.dayMost(s, t))
                    .as("day %d, t %d", day, t)
                    .isEqualTo(Float.valueOf(most));
            assertThat(history.dayLeast(s, t))
                    .as("day %d, t %d", day, t)
                    .isEqualTo(Float.valueOf(least));
        }
    }
}
