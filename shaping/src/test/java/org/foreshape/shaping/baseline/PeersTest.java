package org.foreshape.shaping.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.foreshape.shaping.simulation.Worlds.steady;
import static org.foreshape.shaping.simulation.Worlds.step;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.Score;
import org.foreshape.shaping.simulation.Simulation;
import org.foreshape.shaping.simulation.Worlds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each rule on a world that is small enough to reckon by hand. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeersTest {
    private static final int SAMPLES = 90;

    /** What every VM had in each sub-step. */
    private static List<double[]> live(Demand demand, double limitMib, Policy policy) {
        List<double[]> had = new ArrayList<>();
        Policy probe =
                new Policy() {
                    @Override
                    public void begin(Look look) {
                        policy.begin(look);
                    }

                    @Override
                    public void appeared(Look look, int vm) {
                        policy.appeared(look, vm);
                    }

                    @Override
                    public void decide(Look look, double[] targetMib) {
                        double[] now = new double[look.vmCount()];
                        for (int vm = 0; vm < now.length; vm++) {
                            now[vm] = look.allocationMib(vm);
                        }
                        had.add(now);
                        policy.decide(look, targetMib);
                    }
                };
        new Simulation(demand, limitMib, () -> 0).run("probe", truth -> probe, x -> {});
        return had;
    }

    private static List<double[]> live(Demand demand, Policy policy) {
        return live(demand, Double.POSITIVE_INFINITY, policy);
    }

    @Test
    void shouldFillEqualSharesUpToTheCeilings() {
        Demand demand =
                Worlds.demand(
                        new double[] {1000, 4000, 9000},
                        new float[][] {steady(SAMPLES, 1), steady(SAMPLES, 1), steady(SAMPLES, 1)});
        assertThat(live(demand, new FixedSize()).getLast()).containsExactly(1000, 4000, 9000);
        assertThat(live(demand, 7000, new FixedSize()).getLast()).containsExactly(1000, 3000, 3000);
    }

    @Test
    void shouldLeaveAFixedAmountFree() {
        Demand demand =
                Worlds.demand(new double[] {8192}, new float[][] {step(SAMPLES, 1000, 60, 3000)});
        List<double[]> had = live(demand, new Balloond(256));
        assertThat(had.get(2)[0]).as("130 MiB/s down").isEqualTo(8192 - 1300);
        assertThat(had.get(60)[0]).isEqualTo(1256);
        assertThat(had.getLast()[0]).isEqualTo(3256);
    }

    @Test
    void shouldShrinkByFivePercentUnderPressureAndGrowElse() {
        // The host is the one VM's ceiling, so at first it has nothing free at all.
        Demand demand = Worlds.demand(new double[] {10_000}, new float[][] {steady(SAMPLES, 100)});
        List<double[]> had = live(demand, new Mom(Mom.PRESSURE_SHARE));
        assertThat(had.get(1)[0]).as("cannot be acted on at first").isEqualTo(10_000);
        for (int s = 2; s < 7; s++) {
            assertThat(had.get(s)[0]).isCloseTo(.95 * had.get(s - 1)[0], within(1e-6));
        }
        // Around four fifths of the host it goes to and fro.
        double least = 10_000;
        double most = 0;
        for (double[] now : had.subList(1000, had.size())) {
            least = Math.min(least, now[0]);
            most = Math.max(most, now[0]);
        }
        assertThat(least).isBetween(6000., 8000.);
        assertThat(most).isBetween(8000., 10_000.);
    }

    @Test
    void shouldLetAGuestBeShortWhileTheHostIsUnderPressure() {
        Demand demand = Worlds.demand(new double[] {10_000}, new float[][] {steady(SAMPLES, 8600)});
        // It shrinks while the mean of what the host has free is critical, then neither way.
        double last = live(demand, new Mom(Mom.PRESSURE_SHARE)).getLast()[0];
        assertThat(last).isCloseTo(10_000 * Math.pow(.95, 3), within(1e-6));
    }

    @Test
    void shouldComeToFourFifthsOfTheHostInEqualSharesAboveTheFloors() {
        Demand demand =
                Worlds.demand(
                        new double[] {2000, 10_000},
                        new float[][] {steady(SAMPLES, 100), steady(SAMPLES, 100)});
        List<double[]> had = live(demand, new Proxmox(Proxmox.TARGET_SHARE));
        assertThat(had.get(2)[1]).as("at most 100 MiB a step").isEqualTo(9900);
        assertThat(had.get(2)[0]).as("has less than an equal share").isEqualTo(2000);
        assertThat(had.getLast()[0] + had.getLast()[1]).isCloseTo(9600, within(10.));
    }

    @Test
    void shouldGiveToNobodyWhileTheHostIsAtItsTarget() {
        // At the target neither grows, though one needs it and the other has it to spare.
        Demand demand =
                Worlds.demand(
                        new double[] {10_000, 10_000},
                        new float[][] {step(SAMPLES, 100, 80, 9500), steady(SAMPLES, 100)});
        double[] last = live(demand, new Proxmox(Proxmox.TARGET_SHARE)).getLast();
        assertThat(last[0] + last[1]).isCloseTo(16_000, within(10.));
        assertThat(last[0]).as("short of what it uses").isLessThan(9500);
    }

    @Test
    void shouldSettleWhereTheWantedShareIsFree() {
        Demand demand =
                Worlds.demand(new double[] {16_384}, new float[][] {step(SAMPLES, 6000, 80, 8000)});
        List<double[]> had = live(demand, new Pi(.2, 8));
        assertThat(had.get(2000)[0]).isCloseTo(7500, within(10.));
        assertThat(had.getLast()[0]).isCloseTo(10_000, within(13.));
        assertThat(live(demand, new Pi(.4, 8)).getLast()[0]).isCloseTo(13_333, within(16.));
    }

    @Test
    void shouldNotMoveByLessThanTheHysteresisSaveToABound() {
        Demand demand =
                Worlds.demand(new double[] {16_384}, new float[][] {step(SAMPLES, 6000, 80, 6050)});
        List<double[]> had = live(demand, new Pi(.2, 2000));
        assertThat(had.getLast()[0]).isEqualTo(had.get(1500)[0]);
        Demand idle = Worlds.demand(new double[] {16_384}, new float[][] {steady(SAMPLES, 10)});
        assertThat(live(idle, new Pi(.2, 128)).getLast()[0]).as("its floor").isEqualTo(256);
    }

    @Test
    void shouldTakeAPercentileOfThePastAndAMarginAndNotReact() {
        // 80 samples of 1000 and ten of 5000, which count a little more since they are newer.
        Demand demand =
                Worlds.demand(new double[] {16_384}, new float[][] {step(SAMPLES, 1000, 80, 5000)});
        double low = live(demand, new Vpa(.8, .15)).getLast()[0];
        assertThat(low / 1.15).as("the end of the bucket of 1000").isBetween(1000., 1060.);
        double high = live(demand, new Vpa(.95, .15)).getLast()[0];
        assertThat(high / 1.15).as("the end of the bucket of 5000").isBetween(5000., 5260.);
        Score late =
                new Simulation(demand, Double.POSITIVE_INFINITY, () -> 0)
                        .run("vpa", truth -> new Vpa(.9, .15), x -> {});
        assertThat(late.shortfallVmMinutes()).as("it waits for its histogram").isGreaterThan(10);
    }

    @Test
    void shouldHaveWhatComesBeforeItComes() {
        Demand demand =
                Worlds.demand(new double[] {16_384}, new float[][] {step(SAMPLES, 1000, 80, 9000)});
        Score score =
                new Simulation(demand, Double.POSITIVE_INFINITY, () -> 0)
                        .run("oracle", truth -> new Oracle(truth, 900), x -> {});
        assertThat(score.shortfallVmMinutes()).isZero();
    }

    @Test
    void shouldListEachPeerOnceWithItsKnob() {
        List<PolicyKind> all = Baselines.all();
        assertThat(all.stream().map(PolicyKind::name))
                .containsExactly("static", "mom", "proxmox", "balloond", "pi", "vpa", "oracle");
        assertThat(all.stream().filter(kind -> !kind.sweep().isEmpty()).map(PolicyKind::name))
                .containsExactly("mom", "proxmox", "balloond", "pi", "vpa");
    }
}
