package org.foreshape.daemon.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.foreshape.inference.ForecastModel;
import org.foreshape.shaping.simulation.AnnouncedTask;
import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.DemandTrace;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.Score;
import org.foreshape.shaping.simulation.Simulation;
import org.foreshape.shaping.simulation.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EnginePolicyTest {
    private static final long SEED = 20_261_130;
    private static final int STEP_S = 300;
    private static final int SAMPLES_A_DAY = 86_400 / STEP_S;
    private static final int DAYS = 3;
    private static final int VMS = 12;
    private static final float CEILING_MIB = 4096;

    private static final EnginePolicies ENGINE = new EnginePolicies(Map.of());
    private static final PolicyKind FORESHAPE = ENGINE.foreshape(ForecastModel.shipped());

    @Test
    void shouldKeepEveryInvariantOnAHostThatIsTooSmallForAll() {
        Demand demand = demand(List.of());
        double limitMib = demand.totalQuantileMib(.9);
        for (PolicyKind kind : List.of(FORESHAPE, ENGINE.reactive())) {
            // A plan that breaks one ends the simulation with its name.
            Score score = run(demand, limitMib, kind.standard());
            assertThat(score.reservedGibHours())
                    .as(kind.name() + ", seed " + SEED)
                    .isPositive()
                    .isLessThanOrEqualTo(limitMib / 1024 * score.hours() * (1 + 1e-9));
        }
    }

    @Test
    void shouldDecideTheSameAgain() {
        Demand demand = demand(List.of());
        Score once = run(demand, Double.POSITIVE_INFINITY, FORESHAPE.standard());
        Score again = run(demand, Double.POSITIVE_INFINITY, FORESHAPE.standard());
        assertThat(again.reservedGibHours()).isEqualTo(once.reservedGibHours());
        assertThat(again.shortfallGibHours()).isEqualTo(once.shortfallGibHours());
        assertThat(again.growActs()).isEqualTo(once.growActs());
    }

    @Test
    void shouldReserveMoreAndBeShortOfLessTheHigherThePrice() {
        Demand demand = demand(List.of());
        Score before = run(demand, Double.POSITIVE_INFINITY, FORESHAPE.sweep().getFirst().maker());
        for (int k : new int[] {4, FORESHAPE.sweep().size() - 1}) {
            PolicyKind.Variant variant = FORESHAPE.sweep().get(k);
            Score score = run(demand, Double.POSITIVE_INFINITY, variant.maker());
            assertThat(score.slackGibHours())
                    .as(variant.knob())
                    .isGreaterThan(before.slackGibHours());
            assertThat(score.shortfallVmMinutes())
                    .as(variant.knob())
                    .isLessThan(before.shortfallVmMinutes());
            before = score;
        }
    }

    @Test
    void shouldBeReadyWhenAnAnnouncedTaskStarts() {
        long start = (DAYS - 1) * 86_400L + 7 * 3600 + 100;
        AnnouncedTask task =
                new AnnouncedTask(
                        0, "t", "batch", 5, start - 900, start, 1800, 1500, 1, 1, List.of());
        Demand demand = demand(List.of(task));
        Score ready = run(demand, Double.POSITIVE_INFINITY, FORESHAPE.standard());
        Score late = run(demand, Double.POSITIVE_INFINITY, ENGINE.reactive().standard());
        assertThat(ready.taskStarts()).isEqualTo(1);
        assertThat(late.taskStartShortfallGibHours()).isPositive();
        assertThat(ready.taskStartShortfallGibHours()).isZero();
    }

    private static Score run(Demand demand, double limitMib, PolicyKind.Maker maker) {
        return new Simulation(demand, limitMib, () -> 0).run("x", maker, share -> {});
    }

    /** Noise around a daily wave, with bursts; one VM has gaps, one comes late, one leaves. */
    private static Demand demand(List<AnnouncedTask> tasks) {
        SplittableRandom random = new SplittableRandom(SEED);
        int end = DAYS * SAMPLES_A_DAY;
        DemandTrace.Builder builder = new DemandTrace.Builder(STEP_S, 0, end);
        for (int vm = 0; vm < VMS; vm++) {
            float[] used = new float[end];
            float[] cap = new float[end];
            float[] cores = new float[end];
            float[] capCores = new float[end];
            Arrays.fill(cap, CEILING_MIB);
            Arrays.fill(capCores, 4);
            for (int k = 0; k < end; k++) {
                double wave = 1 + .5 * Math.sin(2 * Math.PI * k / SAMPLES_A_DAY + vm);
                double burst = random.nextInt(40) == 0 ? random.nextDouble(1500) : 0;
                used[k] = (float) (600 * wave + 80 * random.nextDouble() + burst);
                cores[k] = (float) (wave + random.nextDouble());
                boolean missing =
                        (vm == 1 && random.nextInt(5) == 0)
                                || (vm == 2 && k < end - SAMPLES_A_DAY / 2)
                                || (vm == 3 && k > end - SAMPLES_A_DAY / 2);
                if (missing) {
                    used[k] = Float.NaN;
                    cap[k] = Float.NaN;
                    cores[k] = Float.NaN;
                    capCores[k] = Float.NaN;
                }
            }
            builder.add("vm" + vm, 0, used, cap, cores, capCores);
        }
        return new Demand(builder.build(), Span.ofDays(STEP_S, 0, end, DAYS - 1, 1), SEED, tasks);
    }
}
