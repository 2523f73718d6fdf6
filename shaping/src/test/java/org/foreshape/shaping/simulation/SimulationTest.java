package org.foreshape.shaping.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SimulationTest {
    private static final double ALL = Double.POSITIVE_INFINITY;

    private static Score run(Demand demand, double limit, Policy policy) {
        return new Simulation(demand, limit, () -> 0).run("p", truth -> policy, x -> {});
    }

    @Test
    void shouldCountSlackShortfallAndActs() {
        // An hour is scored: 1024 MiB reserved, 512 needed, then 1536 from sample 78 on.
        Demand demand =
                Worlds.demand(new double[] {4096}, new float[][] {Worlds.step(85, 512, 78, 1536)});
        Score score = run(demand, ALL, (look, targetMib) -> targetMib[0] = 1024);
        assertThat(score.hours()).isEqualTo(13 / 12.);
        assertThat(score.vms()).isEqualTo(1);
        assertThat(score.staticGibHours()).isCloseTo(4, within(1e-9));
        assertThat(score.reservedGibHours()).isCloseTo(1, within(1e-9));
        assertThat(score.savedFraction()).isCloseTo(.75, within(1e-9));
        double shortHours = score.shortfallVmMinutes() / 60;
        assertThat(shortHours).as("the jump is somewhere in 77..78").isBetween(.5, .6);
        assertThat(score.demandGibHours()).isCloseTo(.5 + shortHours, within(1e-9));
        assertThat(score.shortfallGibHours()).isCloseTo(.5 * shortHours, within(1e-9));
        assertThat(score.slackGibHours()).isCloseTo(.5 * (1 - shortHours), within(1e-9));
        assertThat(score.shortfallFraction()).isCloseTo(shortHours, within(1e-9));
        assertThat(score.starvedVmMinutes()).isEqualTo(score.shortfallVmMinutes());
        assertThat(score.growActs() + score.shrinkActs()).as("before scoring").isZero();
        assertThat(score.slackGibHours(0)).isEqualTo(score.slackGibHours());
        assertThat(score.presentMinutes(0)).isCloseTo(60, within(1e-9));
    }

    @Test
    void shouldMeasureDecisionsWithTheClockItIsGiven() {
        Demand demand = Worlds.demand(new double[] {4096}, new float[][] {Worlds.steady(85, 1)});
        long[] now = {0};
        Score score =
                new Simulation(demand, ALL, () -> now[0] += 2500)
                        .run("p", t -> (l, x) -> {}, x -> {});
        assertThat(score.decisionUs(.5)).isEqualTo(2.5);
    }

    @Test
    void shouldTellOfTasksInTimeAndScoreTheirFirstMinute() {
        AnnouncedTask task =
                new AnnouncedTask(0, "t", "x", 5, 23_000, 24_000, 300, 1024, 0, 1, List.of());
        Demand demand =
                Worlds.demand(new double[] {8192}, new float[][] {Worlds.steady(90, 256)}, task);
        List<String> heard = new ArrayList<>();
        Policy deaf =
                new Policy() {
                    @Override
                    public void announced(Look look, AnnouncedTask told) {
                        heard.add("announced " + look.timeSeconds());
                    }

                    @Override
                    public void started(Look look, AnnouncedTask told) {
                        heard.add("started " + look.timeSeconds() + " " + look.demandMib(0));
                    }

                    @Override
                    public void finished(Look look, AnnouncedTask told) {
                        heard.add("finished " + look.timeSeconds() + " " + look.demandMib(0));
                    }

                    @Override
                    public void decide(Look look, double[] targetMib) {
                        targetMib[0] = 256;
                    }
                };
        Score score = run(demand, ALL, deaf);
        assertThat(heard)
                .containsExactly("announced 23000", "started 24010 1280.0", "finished 24310 256.0");
        assertThat(score.taskStarts()).isEqualTo(1);
        assertThat(score.taskStartShortfallVmMinutes()).isEqualTo(1);
        assertThat(score.taskStartShortfallGibHours()).isCloseTo(1 / 60., within(1e-9));
        assertThat(score.shortfallVmMinutes()).isEqualTo(5);
    }

    @Test
    void shouldWarmUpInTheOrderOfTime() {
        Demand plain = Worlds.demand(new double[] {512}, new float[][] {Worlds.steady(120, 9)});
        Demand demand = new Demand(plain.trace(), new Span(300, 10, 20, 92, 120), 1, List.of());
        List<Integer> samples = new ArrayList<>();
        Policy policy =
                new Policy() {
                    @Override
                    public void warmUp(Look look) {
                        samples.add(look.lastSample());
                        assertThat(look.memoryUsedMib(0, look.lastSample())).isEqualTo(9);
                        assertThat(look.present(0)).isFalse();
                    }

                    @Override
                    public void decide(Look look, double[] targetMib) {
                        if (look.newSample() && samples.size() < 12) {
                            samples.add(look.lastSample());
                        }
                    }
                };
        run(demand, ALL, policy);
        assertThat(samples).containsExactly(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
    }
}
