package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One shortage, divided under each objective. */
@Timeout(60)
class ObjectivesTest {
    private static final long MIB = Feed.MIB;
    private static final int LARGE_LOW = 0;
    private static final int SMALL_LOW = 1;
    private static final int SMALL_HIGH = 2;

    /** Starved VMs that want more than is left: by how much each may grow, in MiB. */
    private static long[] growthMib(ShapingSettings settings) {
        Feed feed = new Feed(settings, 3);
        long now = Feed.START_NS;
        long[] used = {2000 * MIB, 400 * MIB, 400 * MIB};
        long[] allocation = {2016 * MIB, 404 * MIB, 404 * MIB};
        int[] priority = {2, 2, 8};
        for (int slot = 0; slot < 3; slot++) {
            feed.arrive(
                    slot,
                    1,
                    VmMode.ENFORCE,
                    priority[slot],
                    0,
                    Long.MAX_VALUE,
                    allocation[slot],
                    now);
        }
        feed.budget((2016 + 404 + 404 + 300) * MIB, now);
        PlanSection plan =
                feed.sample(
                        now + Feed.SECOND_NS,
                        tick -> {
                            for (int slot = 0; slot < 3; slot++) {
                                Feed.row(
                                        tick.sample,
                                        slot,
                                        1,
                                        allocation[slot],
                                        8192 * MIB,
                                        allocation[slot] - used[slot],
                                        tick.timeNs);
                            }
                        });
        assertThat(feed.shaper.breachCount()).isZero();
        long[] growth = new long[3];
        long sum = 0;
        for (int slot = 0; slot < 3; slot++) {
            growth[slot] = (plan.targetKib[slot] - allocation[slot]) / MIB;
            sum += growth[slot];
        }
        assertThat(sum).isBetween(290L, 300L);
        return growth;
    }

    private static ShapingSettings with(Objective objective) {
        return Feed.RESIZES_ONLY.with("objective", objective.name());
    }

    @Test
    void shouldServeWhatTheObjectiveNames() {
        long[] priority = growthMib(with(Objective.PRIORITIZE_HIGH_PRIORITY));
        long[] utilization = growthMib(with(Objective.MAXIMIZE_UTILIZATION));
        long[] fragmentation = growthMib(with(Objective.MINIMIZE_FRAGMENTATION));
        assertThat(priority[SMALL_HIGH]).isGreaterThan(priority[SMALL_LOW] + 20);
        assertThat(priority[SMALL_HIGH]).isGreaterThan(2 * utilization[SMALL_HIGH]);
        assertThat(utilization[LARGE_LOW]).isGreaterThan(2 * utilization[SMALL_HIGH]);
        assertThat(utilization[SMALL_LOW]).isEqualTo(utilization[SMALL_HIGH]);
        // Both small ones are served whole, and the large one gets what is left.
        assertThat(fragmentation[SMALL_LOW]).isEqualTo(fragmentation[SMALL_HIGH]);
        assertThat(fragmentation[SMALL_LOW]).isGreaterThan(utilization[SMALL_LOW]);
        assertThat(fragmentation[SMALL_LOW]).isGreaterThanOrEqualTo(120);
        assertThat(fragmentation[LARGE_LOW]).isLessThan(utilization[LARGE_LOW]);
    }

    @Test
    void shouldLieBetweenThoseThatItBlends() {
        ShapingSettings blend =
                with(Objective.BLEND).with("fragmentationWeight", 0).with("utilizationWeight", 1);
        long[] priority = growthMib(with(Objective.PRIORITIZE_HIGH_PRIORITY));
        long[] utilization = growthMib(with(Objective.MAXIMIZE_UTILIZATION));
        long before = priority[LARGE_LOW];
        for (int weight = 8; weight >= 1; weight /= 2) {
            long[] mixed = growthMib(blend.with("priorityWeight", weight));
            assertThat(mixed[LARGE_LOW]).isBetween(before, utilization[LARGE_LOW]);
            before = mixed[LARGE_LOW];
        }
        assertThat(before).isGreaterThan(priority[LARGE_LOW]);
        // A blend of one is that one.
        assertThat(growthMib(blend.with("priorityWeight", 0))).isEqualTo(utilization);
    }
}
