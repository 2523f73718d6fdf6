package org.foreshape.daemon.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.daemon.replay.CostBook.Entry;
import org.foreshape.daemon.replay.Estimate.Figure;
import org.foreshape.shaping.tuning.EpochCost;
import org.junit.jupiter.api.Test;

class EstimateTest {
    private static final Figure SLACK = Figure.smooth(entry -> entry.cost().slackGibHours());
    private static final Figure STARVED =
            Figure.counted(entry -> entry.cost().shortMinutes(), Entry::starvedSamples);

    /** One entry of a VM for each figure. */
    private static List<Entry> entries(double... figures) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < figures.length; i++) {
            entries.add(new Entry("vm" + i, new EpochCost(figures[i], figures[i], 0), 0, 0, 0.25));
        }
        return entries;
    }

    /** Of a policy for which it is the same how late its acts are. */
    private static Estimate of(
            List<Entry> recorded, List<Entry> again, List<Entry> other, Figure figure) {
        return Estimate.of(new Estimate.Lives(recorded, again, other, other), figure);
    }

    @Test
    void shouldBeUnsureOfWhatLateActsMove() {
        Estimate moved =
                Estimate.of(
                        new Estimate.Lives(
                                entries(1, 1, 1, 1),
                                entries(1, 1, 1, 1),
                                entries(5, 5, 5, 5),
                                entries(6, 6, 6, 6)),
                        SLACK);
        assertThat(moved.value()).isEqualTo(20);
        assertThat(moved.high() - moved.value()).isCloseTo(1.96 * 4, within(1e-9));
    }

    @Test
    void shouldBeSureWhereTheRecordedPolicyReplaysAsItWas() {
        Estimate sure = of(entries(1, 2, 3, 4), entries(1, 2, 3, 4), entries(5, 5, 5, 5), SLACK);
        assertThat(sure).isEqualTo(new Estimate(10, 10, 20, 20, 20, 20));
    }

    @Test
    void shouldBeAsUnsureAsTheRecordedPolicyIsOff() {
        Estimate off = of(entries(2, 2, 2, 2), entries(1, 1, 1, 1), entries(5, 5, 5, 5), SLACK);
        // Off by 4 in all, the same everywhere: the other is off by something from 0 to 4.
        assertThat(off.value()).isEqualTo(22);
        assertThat(off.high() - off.value()).isCloseTo(1.96 * 4 / Math.sqrt(12), within(1e-9));
        Estimate scattered =
                of(entries(2, 0, 2, 0), entries(1, 1, 1, 1), entries(5, 5, 5, 5), SLACK);
        // Right in all, wrong by 1 in each: four parts of variance 4/3, twice.
        assertThat(scattered.value()).isEqualTo(20);
        assertThat(scattered.value() - scattered.low())
                .isCloseTo(1.96 * Math.sqrt(2 * 4 * 4 / 3.), within(1e-9));
    }

    @Test
    void shouldBeUnsureOfFewEvents() {
        // Four starved samples of a quarter of a minute in each of four entries.
        Estimate few = of(entries(1, 1, 1, 1), entries(1, 1, 1, 1), entries(1, 1, 1, 1), STARVED);
        assertThat(few.value()).isEqualTo(4);
        assertThat(few.high() - few.value()).isCloseTo(1.96 * .25 * Math.sqrt(32), within(1e-9));
        assertThat(few.low()).isCloseTo(4 - 1.96 * Math.sqrt(2), within(1e-9));
    }

    @Test
    void shouldHaveNoBoundsOfNearlyNothing() {
        Estimate short3 = of(entries(1, 2, 3), entries(1, 2, 3), entries(4, 4, 4), SLACK);
        assertThat(short3.value()).isEqualTo(12);
        assertThat(short3.low()).isNaN();
        assertThat(short3.high()).isNaN();
        Estimate none = of(List.of(), List.of(), List.of(), SLACK);
        assertThat(none.value()).isZero();
    }

    @Test
    void shouldSeeWhatOneVmIsOffInAllItsStretches() {
        List<Entry> measured = new ArrayList<>();
        List<Entry> again = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String vm = i < 4 ? "off" : "right";
            measured.add(new Entry(vm, new EpochCost(i < 4 ? 2 : 1, 0, 0), 0, 0, 1));
            again.add(new Entry(vm, new EpochCost(1, 0, 0), 0, 0, 1));
        }
        Estimate estimate = of(measured, again, again, SLACK);
        // By VM: 4 and 0 off, a variance of 2 times 8; by stretch it would be a quarter of that.
        assertThat(estimate.high() - estimate.value())
                .isCloseTo(1.96 * Math.sqrt(2 * 16 + 16 / 12.), within(1e-9));
    }
}
