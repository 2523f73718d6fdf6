package org.foreshape.shaping.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.shaping.simulation.Frontier.Point;
import org.foreshape.shaping.simulation.GroupDraws.Interval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FrontierTest {
    @Test
    void shouldKeepWhatIsNotBeatenAndRunStraightOnLogScales() {
        Frontier frontier =
                new Frontier(
                        List.of(
                                new Point(.01, 1000),
                                new Point(.001, 10_000),
                                new Point(.005, 20_000),
                                new Point(.01, 2000)));
        assertThat(frontier.points())
                .containsExactly(new Point(.001, 10_000), new Point(.01, 1000));
        assertThat(frontier.slackAt(Math.sqrt(.001 * .01))).isCloseTo(Math.sqrt(1e7), within(1e-6));
        assertThat(frontier.shareAt(Math.sqrt(1e7))).isCloseTo(Math.sqrt(1e-5), within(1e-9));
        assertThat(frontier.slackAt(.0005)).as("nobody is that short").isNaN();
        assertThat(frontier.slackAt(.5)).isEqualTo(1000);
        assertThat(frontier.shareAt(500)).as("nobody has so little").isNaN();
        assertThat(frontier.shareAt(50_000)).isEqualTo(.001);
        assertThat(new Frontier(List.of()).slackAt(1)).isNaN();
    }

    @Test
    void shouldDrawGroupsTogether() {
        // Two VMs of one group always weigh the same, so their difference never varies.
        GroupDraws draws = new GroupDraws(List.of("a", "a", "b"));
        assertThat(draws.groupCount()).isEqualTo(2);
        Interval difference = draws.interval(weight -> weight[0] - weight[1]);
        assertThat(difference).isEqualTo(new Interval(0, 0, 0));
        Interval sum = draws.interval(weight -> weight[0] + weight[1] + weight[2]);
        assertThat(sum.value()).isEqualTo(3);
        assertThat(sum.low()).as("twice b").isEqualTo(2);
        assertThat(sum.high()).as("twice a").isEqualTo(4);
        assertThat(draws.interval(weight -> Double.NaN).low()).isNaN();
    }
}
