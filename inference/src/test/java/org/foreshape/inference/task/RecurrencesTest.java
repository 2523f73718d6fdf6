package org.foreshape.inference.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RecurrencesTest {
    private static final long MINUTE_NS = 60_000_000_000L;
    private static final long DAY_NS = 24 * 60 * MINUTE_NS;
    private static final long BASE_NS = 20_000 * DAY_NS;

    private final Recurrences recurrences = new Recurrences();

    private Optional<NextStart> next(long nowNs) {
        return recurrences.next("backup", "vm", nowNs);
    }

    @Test
    void shouldNeedThreeRepeats() {
        for (int day = 0; day < 3; day++) {
            recurrences.started("backup", "vm", BASE_NS + day * DAY_NS);
        }
        assertThat(next(BASE_NS + 2 * DAY_NS + 1)).isEmpty();
        recurrences.started("backup", "vm", BASE_NS + 3 * DAY_NS);
        NextStart next = next(BASE_NS + 3 * DAY_NS + 1).orElseThrow();
        assertThat(next.timeNs()).isEqualTo(BASE_NS + 4 * DAY_NS);
        assertThat(next.startCount()).isEqualTo(4);
        assertThat(recurrences.next("backup", "other", BASE_NS)).isEmpty();
    }

    @Test
    void shouldFindAPeriodThatIsNotOfTheCalendar() {
        for (int k = 0; k < 6; k++) {
            recurrences.started("backup", "vm", BASE_NS + k * 97L * MINUTE_NS);
        }
        NextStart next = next(BASE_NS + 5 * 97 * MINUTE_NS + 1).orElseThrow();
        assertThat(next.timeNs()).isEqualTo(BASE_NS + 6 * 97 * MINUTE_NS);
    }

    @Test
    void shouldExpectNothingMoreOfAJobThatStopped() {
        for (int day = 0; day < 8; day++) {
            recurrences.started("backup", "vm", BASE_NS + day * DAY_NS);
        }
        assertThat(next(BASE_NS + 10 * DAY_NS)).isPresent();
        assertThat(next(BASE_NS + 12 * DAY_NS)).isEmpty();
    }

    @Test
    void shouldPassOverAStartThatIsNotLater() {
        recurrences.started("backup", "vm", BASE_NS);
        recurrences.started("backup", "vm", BASE_NS);
        recurrences.started("backup", "vm", BASE_NS - 5);
        for (int day = 1; day < 4; day++) {
            recurrences.started("backup", "vm", BASE_NS + day * DAY_NS);
        }
        assertThat(next(BASE_NS + 3 * DAY_NS + 1).orElseThrow().startCount()).isEqualTo(4);
    }

    @Test
    void shouldForgetThePairThatStartedLongestAgo() {
        for (int day = 0; day < 4; day++) {
            recurrences.started("backup", "vm", BASE_NS + day * DAY_NS);
        }
        for (int k = 0; k < Recurrences.KEYS_MAX; k++) {
            recurrences.started("t" + k, "vm", BASE_NS + 4 * DAY_NS + k);
        }
        assertThat(recurrences.forgottenCount()).isEqualTo(1);
        assertThat(next(BASE_NS + 3 * DAY_NS + 1)).isEmpty();
    }

    /** 500 daily jobs, normal jitter of 5 minutes, each sixth start left out. */
    @Test
    void shouldAnticipateDailyJobsWithJitterAndMissedDays() {
        Random random = new Random(41);
        int asked = 0;
        int found = 0;
        int rightDay = 0;
        int inside = 0;
        double errorMinutes = 0;
        double widthMinutes = 0;
        for (int job = 0; job < 500; job++) {
            var daily = new Recurrences();
            long phase = BASE_NS + (long) (random.nextDouble() * DAY_NS);
            for (int day = 0; day < 30; day++) {
                long start = phase + day * DAY_NS + (long) (5 * MINUTE_NS * random.nextGaussian());
                if (random.nextInt(6) == 0) {
                    continue;
                }
                if (day >= 10) {
                    asked++;
                    // Asked two hours before, on a day on which it will come.
                    Optional<NextStart> next = daily.next("backup", "vm", start - 120 * MINUTE_NS);
                    if (next.isPresent()) {
                        found++;
                        double off = (double) (start - next.get().timeNs()) / MINUTE_NS;
                        rightDay += Math.abs(off) < 60 ? 1 : 0;
                        errorMinutes += Math.abs(off);
                        inside +=
                                start >= next.get().earliestNs() && start <= next.get().latestNs()
                                        ? 1
                                        : 0;
                        widthMinutes +=
                                (double) (next.get().latestNs() - next.get().earliestNs())
                                        / MINUTE_NS;
                    }
                }
                daily.started("backup", "vm", start);
            }
        }
        System.out.printf(
                "seed 41, daily: asked %d, found %.4f, right day %.4f, in interval %.4f, mean"
                        + " error %.1f min, mean interval %.1f min%n",
                asked,
                (double) found / asked,
                (double) rightDay / found,
                (double) inside / found,
                errorMinutes / found,
                widthMinutes / found);
        assertThat(found).isGreaterThan((int) (.97 * asked));
        assertThat(rightDay).isGreaterThan((int) (.99 * found));
        assertThat((double) inside / found).isBetween(.92, .995);
    }

    /** 2,000 streams of 16 starts with no period: exponential gaps of a day on average. */
    @Test
    void shouldSeldomSeeAPeriodInRandomStarts() {
        Random random = new Random(42);
        int asked = 0;
        int found = 0;
        for (int stream = 0; stream < 2000; stream++) {
            var any = new Recurrences();
            long at = BASE_NS;
            for (int k = 0; k < 16; k++) {
                at += 1 + (long) (-Math.log(1 - random.nextDouble()) * DAY_NS);
                any.started("backup", "vm", at);
                asked++;
                found += any.next("backup", "vm", at + 1).isPresent() ? 1 : 0;
            }
        }
        System.out.printf(
                "seed 42, random: asked %d, periods seen %d (%.5f)%n",
                asked, found, (double) found / asked);
        assertThat((double) found / asked).isLessThan(.005);
    }
}
