package org.foreshape.shaping.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PrecedenceTest {
    private static final int SAMPLES = 85;

    /** A seed of priorities by which the one VM counts more than the other, either way round. */
    private static Priorities priorities(boolean firstHigher) {
        for (long seed = 0; ; seed++) {
            Priorities drawn = Priorities.drawn(seed);
            if (firstHigher ? drawn.of("v0") > drawn.of("v1") : drawn.of("v0") < drawn.of("v1")) {
                return drawn;
            }
        }
    }

    private static Score run(Priorities priorities, double otherMib) {
        // The first needs 1,000 MiB and gets 900; the other needs 500.
        Demand demand =
                Worlds.demand(
                        new double[] {2000, 2000},
                        new float[][] {Worlds.steady(SAMPLES, 1000), Worlds.steady(SAMPLES, 500)});
        return new Simulation(demand, 2000, () -> 0, priorities)
                .run(
                        "p",
                        truth ->
                                (look, targetMib) -> {
                                    targetMib[0] = 900;
                                    targetMib[1] = otherMib;
                                },
                        x -> {});
    }

    @Test
    void shouldCountShortagesThatALesserVmCouldHaveEnded() {
        double minutes = run(priorities(true), 700).shortfallVmMinutes();
        assertThat(minutes).isPositive();
        assertThat(run(priorities(true), 700).inversionVmMinutes())
                .isCloseTo(minutes, within(1e-9));
        assertThat(run(priorities(true), 500).inversionVmMinutes()).as("nothing to give").isZero();
        assertThat(run(priorities(false), 700).inversionVmMinutes()).as("it counts more").isZero();
        assertThat(run(Priorities.alike(), 700).inversionVmMinutes()).as("alike").isZero();
    }

    @Test
    void shouldSplitShortfallByPriority() {
        Priorities drawn = priorities(true);
        Score score = run(drawn, 700);
        int own = drawn.of("v0");
        assertThat(score.shortfallVmMinutes(own, own)).isEqualTo(score.shortfallVmMinutes());
        assertThat(score.shortfallGibHours(0, own - 1)).isZero();
        assertThat(score.shortfallGibHours(0, 9))
                .isCloseTo(score.shortfallGibHours(), within(1e-12));
    }
}
