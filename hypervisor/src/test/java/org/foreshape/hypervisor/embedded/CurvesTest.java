package org.foreshape.hypervisor.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

class CurvesTest {
    private static final long SECOND_NS = 1_000_000_000;
    private static final long LOW_KIB = 100_000;
    private static final long HIGH_KIB = 400_000;
    private static final long PERIOD_NS = 600 * SECOND_NS;
    private static final double NOISE = 0.0301;

    @Test
    void shouldFollowFromTheSeedAlone() {
        for (LongFunction<DemandCurve> make : makers()) {
            DemandCurve one = make.apply(5);
            DemandCurve same = make.apply(5);
            DemandCurve other = make.apply(6);
            boolean differs = false;
            // Asked in another order, so that no hidden state can help.
            for (int i = 0; i < 3000; i++) {
                long upNs = i * SECOND_NS;
                long downNs = (2999 - i) * SECOND_NS;
                assertThat(one.memoryKib(upNs)).isEqualTo(same.memoryKib(upNs));
                assertThat(one.cpuMillicores(downNs)).isEqualTo(same.cpuMillicores(downNs));
                differs |= one.memoryKib(upNs) != other.memoryKib(upNs);
            }
            assertThat(differs).as("%s with another seed", one.kind()).isTrue();
            assertThat(one.tasks(0, 10 * PERIOD_NS)).isEqualTo(same.tasks(0, 10 * PERIOD_NS));
        }
    }

    @Test
    void shouldStayBetweenItsLevels() {
        for (LongFunction<DemandCurve> make : makers()) {
            for (long seed = 0; seed < 20; seed++) {
                DemandCurve curve = make.apply(seed);
                for (int i = 0; i < 4000; i++) {
                    assertThat((double) curve.memoryKib(i * SECOND_NS))
                            .as("%s, seed %d, second %d", curve.kind(), seed, i)
                            .isBetween(LOW_KIB * (1 - NOISE), HIGH_KIB * (1 + NOISE));
                    assertThat(curve.cpuMillicores(i * SECOND_NS)).isNotNegative();
                }
            }
        }
    }

    @Test
    void shouldReachBothLevels() {
        for (LongFunction<DemandCurve> make : makers().subList(1, makers().size())) {
            DemandCurve curve = make.apply(3);
            long least = Long.MAX_VALUE;
            long most = 0;
            for (int i = 0; i < 12_000; i++) {
                least = Math.min(least, curve.memoryKib(i * SECOND_NS));
                most = Math.max(most, curve.memoryKib(i * SECOND_NS));
            }
            assertThat(least).as(curve.kind()).isLessThan(LOW_KIB + 60_000);
            assertThat(most).as(curve.kind()).isGreaterThan(HIGH_KIB - 60_000);
        }
    }

    @Test
    void shouldTakeTurnsInASwapPair() {
        for (long seed = 0; seed < 20; seed++) {
            List<DemandCurve> pair = Curves.swapPair(LOW_KIB, HIGH_KIB, PERIOD_NS, seed);
            int turns = 0;
            boolean firstWasHigh = true;
            for (int i = 0; i < 4000; i++) {
                long firstKib = pair.get(0).memoryKib(i * SECOND_NS);
                long secondKib = pair.get(1).memoryKib(i * SECOND_NS);
                assertThat((double) (firstKib + secondKib))
                        .isLessThan((LOW_KIB + HIGH_KIB) * (1 + NOISE));
                boolean firstIsHigh = firstKib > secondKib;
                turns += firstIsHigh == firstWasHigh ? 0 : 1;
                firstWasHigh = firstIsHigh;
            }
            assertThat(turns).as("seed %d", seed).isGreaterThanOrEqualTo(6);
        }
    }

    @Test
    void shouldTellEveryTaskOfABatchOnceAndInTime() {
        DemandCurve curve = batch(11);
        List<CurveTask> all = curve.tasks(0, 100 * PERIOD_NS);
        assertThat(all).hasSize(100);
        assertThat(all).extracting(CurveTask::id).doesNotHaveDuplicates();
        assertThat(all).filteredOn(CurveTask::announced).hasSizeBetween(50, 95);

        // The same tasks come out of many small looks.
        List<CurveTask> pieces = new java.util.ArrayList<>();
        for (long fromNs = 0; fromNs < 100 * PERIOD_NS; fromNs += 7 * SECOND_NS) {
            pieces.addAll(curve.tasks(fromNs, Math.min(fromNs + 7 * SECOND_NS, 100 * PERIOD_NS)));
        }
        assertThat(pieces).isEqualTo(all);
    }

    @Test
    void shouldUseWhatItsTasksSay() {
        DemandCurve curve = batch(12);
        for (CurveTask task : curve.tasks(0, 50 * PERIOD_NS)) {
            long middleNs = task.startNs() + task.durationNs() / 2;
            long beforeNs = task.startNs() - SECOND_NS;
            assertThat((double) (curve.memoryKib(middleNs) - curve.memoryKib(beforeNs)))
                    .isBetween(
                            task.memoryKib() - 2 * NOISE * LOW_KIB,
                            task.memoryKib() + 2 * NOISE * LOW_KIB);
            assertThat(task.startNs()).isGreaterThanOrEqualTo(task.plannedStartNs());
            assertThat((double) task.memoryKib())
                    .isBetween(task.expectedMemoryKib() * 0.89, task.expectedMemoryKib() * 1.11);
        }
    }

    @Test
    void shouldRefuseImpossibleLevels() {
        assertThatThrownBy(() -> Curves.step(5, 4, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 and 4 KiB");
        assertThatThrownBy(() -> Curves.steady(0, 0)).hasMessageContaining("levelKib is 0");
        assertThatThrownBy(() -> Curves.batch(1, 1, 100, 51, 1, 0))
                .hasMessageContaining("durationNs is 51");
    }

    private static DemandCurve batch(long seed) {
        return Curves.batch(LOW_KIB, HIGH_KIB - LOW_KIB, PERIOD_NS, 150 * SECOND_NS, 0.75, seed);
    }

    /** All bundled curves between the two levels; the steady one first. */
    private static List<LongFunction<DemandCurve>> makers() {
        return List.of(
                seed -> Curves.steady(200_000, seed),
                CurvesTest::batch,
                seed -> Curves.dailyWave(LOW_KIB, HIGH_KIB, PERIOD_NS, seed),
                seed -> Curves.ramp(LOW_KIB, HIGH_KIB, PERIOD_NS, seed),
                seed -> Curves.step(LOW_KIB, HIGH_KIB, PERIOD_NS, seed),
                seed -> Curves.swapPair(LOW_KIB, HIGH_KIB, PERIOD_NS, seed).get(0),
                seed -> Curves.swapPair(LOW_KIB, HIGH_KIB, PERIOD_NS, seed).get(1));
    }
}
