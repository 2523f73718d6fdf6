package org.foreshape.shaping.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DemandTest {
    private static AnnouncedTask task(int vm, long start, long duration, double mib) {
        return new AnnouncedTask(
                vm, "t" + start, "x", 5, start - 60, start, duration, mib, 1, 1, List.of());
    }

    @Test
    void shouldJumpOnceBetweenTwoSamplesAtTheSameMomentForTheSameSeed() {
        float[] used = new float[100];
        for (int k = 0; k < used.length; k++) {
            used[k] = k + 1;
        }
        double[] ceiling = {1000};
        Demand a = Worlds.demand(7, ceiling, new float[][] {used});
        Demand same = Worlds.demand(7, ceiling, new float[][] {used});
        Demand other = Worlds.demand(8, ceiling, new float[][] {used});
        int differences = 0;
        for (int sample = 0; sample < 99; sample++) {
            double before = 0;
            int jumps = 0;
            for (int since = 0; since < 30; since++) {
                long s = 30L * sample + since;
                double now = a.memoryMib(0, s);
                assertThat(now).isIn((double) used[sample], (double) used[sample + 1]);
                assertThat(same.memoryMib(0, s)).isEqualTo(now);
                differences += other.memoryMib(0, s) == now ? 0 : 1;
                jumps += since > 0 && now != before ? 1 : 0;
                before = now;
            }
            assertThat(a.memoryMib(0, 30L * sample))
                    .as("the jump is at 1 to 30")
                    .isEqualTo(sample + 1);
            assertThat(jumps).isLessThanOrEqualTo(1);
        }
        assertThat(differences).isPositive();
    }

    @Test
    void shouldFindThePeakThatALookAtEverySubStepFinds() {
        for (long seed = 1; seed <= 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Demand plain = Worlds.random(random, 2, 90);
            Demand demand =
                    new Demand(
                            plain.trace(),
                            plain.span(),
                            seed,
                            List.of(task(0, 22_000, 700, 900), task(0, 22_300, 40, 50)));
            for (int k = 0; k < 200; k++) {
                int vm = random.nextInt(2);
                long from = random.nextLong(30L * 89);
                long to = from + random.nextInt(120);
                double most = 0;
                for (long s = from; s <= Math.min(to, 30L * 90 - 1); s++) {
                    if (demand.present(vm, (int) (s / 30))) {
                        most = Math.max(most, demand.memoryMib(vm, s));
                    }
                }
                assertThat(demand.peakMib(vm, from, to))
                        .as("seed %d, VM %d, %d to %d", seed, vm, from, to)
                        .isEqualTo(most);
            }
        }
    }

    @Test
    void shouldAddTasksToTheDemandUpToTheCeiling() {
        Demand demand =
                Worlds.demand(
                        new double[] {1000},
                        new float[][] {Worlds.steady(90, 400)},
                        task(0, 24_005, 60, 300),
                        task(0, 24_030, 60, 900));
        assertThat(demand.memoryMib(0, 2400)).isEqualTo(400);
        assertThat(demand.memoryMib(0, 2401)).as("the first whole sub-step").isEqualTo(700);
        assertThat(demand.memoryMib(0, 2403)).as("both, clipped").isEqualTo(1000);
        assertThat(demand.memoryMib(0, 2407)).isEqualTo(1000);
        assertThat(demand.memoryMib(0, 2409)).isEqualTo(400);
    }

    @Test
    void shouldTellWhatNobodyCanAvoid() {
        Demand demand =
                Worlds.demand(
                        new double[] {4096, 4096},
                        new float[][] {Worlds.steady(85, 1024), Worlds.steady(85, 0)});
        // Twelve intervals of five minutes are scored, an hour.
        assertThat(demand.totalQuantileMib(.99)).isEqualTo(1024);
        assertThat(demand.unavoidableGibHours(512, false)).isEqualTo(.5);
        assertThat(demand.unavoidableGibHours(512, true)).isEqualTo(.75);
    }

    @Test
    void shouldChooseWholeDaysAndRefuseWhatIsNotThere() {
        Span span = Span.ofDays(300, 0, 20_736, 65, 7);
        assertThat(span).isEqualTo(new Span(300, 14_688, 18_648, 18_720, 20_736));
        assertThat(span.scoredHours()).isEqualTo(168);
        assertThat(Span.ofDays(300, 0, 288, 0, 7)).isEqualTo(new Span(300, 0, 0, 72, 288));
        assertThatThrownBy(() -> Span.ofDays(300, 0, 20_736, 72, 7)).hasMessageContaining("72.00");
        assertThatThrownBy(() -> Span.ofDays(300, 0, 60, 0, 7)).hasMessageContaining("6 hours");
    }

    @Test
    void shouldShowNoSampleBeforeItsTime() {
        Demand demand = Worlds.demand(new double[] {1000}, new float[][] {Worlds.steady(90, 5)});
        long[] seen = {0};
        Policy policy =
                (look, targetMib) -> {
                    assertThat(look.lastSample())
                            .isEqualTo((int) Math.floorDiv(look.subStep() - 1, 30L));
                    int next = look.lastSample() + 1;
                    assertThatThrownBy(() -> look.memoryUsedMib(0, next))
                            .isInstanceOf(IllegalArgumentException.class);
                    seen[0] += look.newSample() ? 1 : 0;
                };
        new Simulation(demand, Double.POSITIVE_INFINITY, () -> 0).run("p", t -> policy, x -> {});
        assertThat(seen[0]).isEqualTo(90);
    }
}
