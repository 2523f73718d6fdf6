package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;

/** The way from sample to plan makes no garbage; its time is printed, not judged. */
class HotPathTest {
    private static final long MIB = Feed.MIB;
    private static final long TICK_NS = 1_000_000_000L;

    @Test
    void shouldNotAllocateWhilePlansAreMade() {
        Host host = new Host(64, 20_261_122L);
        host.ticks(20_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        threads.getThreadAllocatedBytes(thread);
        long before = threads.getThreadAllocatedBytes(thread);
        long measuring = threads.getThreadAllocatedBytes(thread) - before;
        int ticks = 2_000;
        long acts = host.actCount;
        before = threads.getThreadAllocatedBytes(thread);
        host.ticks(ticks);
        long bytes = threads.getThreadAllocatedBytes(thread) - before - measuring;
        System.out.println(
                "64 VMs: "
                        + bytes
                        + " B in "
                        + ticks
                        + " ticks with "
                        + (host.actCount - acts)
                        + " acts");
        assertThat(host.actCount).isGreaterThan(acts);
        assertThat(bytes).isZero();
        assertThat(host.handCount).isPositive();
        assertThat(host.feed.shaper.breachCount()).isZero();
    }

    @Test
    void shouldTellItsTimePerPlan() {
        for (int vmCount : new int[] {64, 256}) {
            Host host = new Host(vmCount, 20_261_122L);
            host.ticks(20_000);
            long[] timesNs = new long[10_000];
            for (int i = 0; i < timesNs.length; i++) {
                host.ticks(1);
                timesNs[i] = host.shapeNs;
            }
            Arrays.sort(timesNs);
            System.out.printf(
                    "%d VMs: a sample and its plan take p50 %.2f, p99 %.2f, max %.0f us%n",
                    vmCount,
                    timesNs[timesNs.length / 2] / 1e3,
                    timesNs[timesNs.length * 99 / 100] / 1e3,
                    timesNs[timesNs.length - 1] / 1e3);
            assertThat(host.feed.shaper.breachCount()).isZero();
        }
    }

    /** VMs whose use wanders, with forecasts, under a budget that is short. */
    private static final class Host {
        final Feed feed;
        final int vmCount;
        final SplittableRandom random;
        final long[] allocation;
        final long[] used;
        long now = Feed.START_NS;
        long actCount;
        long handCount;
        long shapeNs;

        Host(int vmCount, long seed) {
            this.vmCount = vmCount;
            random = new SplittableRandom(seed);
            feed = new Feed(ShapingSettings.defaults(), vmCount);
            allocation = new long[vmCount];
            used = new long[vmCount];
            for (int slot = 0; slot < vmCount; slot++) {
                allocation[slot] = 1024 * MIB;
                used[slot] = (300 + random.nextInt(400)) * MIB;
                feed.arrive(
                        slot,
                        1,
                        VmMode.ENFORCE,
                        slot % 10,
                        128 * MIB,
                        Long.MAX_VALUE,
                        allocation[slot],
                        now);
            }
            feed.budget(vmCount * 900L * MIB, now);
        }

        void ticks(int count) {
            for (int i = 0; i < count; i++) {
                tick();
            }
        }

        private void tick() {
            now += TICK_NS;
            feed.begin(EventKind.SAMPLE, now);
            for (int slot = 0; slot < vmCount; slot++) {
                long change = (random.nextInt(41) - 20) * MIB;
                used[slot] =
                        Math.clamp(
                                used[slot] + change,
                                200 * MIB,
                                Math.min(900 * MIB, allocation[slot] - 8 * MIB));
                Feed.row(
                        feed.tick.sample,
                        slot,
                        1,
                        allocation[slot],
                        2048 * MIB,
                        allocation[slot] - used[slot],
                        now);
                Feed.forecast(feed.tick.forecast, slot, used[slot], used[slot] + 128 * MIB);
            }
            long startNs = System.nanoTime();
            feed.shape();
            shapeNs = System.nanoTime() - startNs;
            obey(feed.plan(), feed.tick.sequence);
        }

        private void obey(PlanSection plan, long sequence) {
            for (int act = 0; act < plan.actCount; act++) {
                if (plan.actKind[act].resizes()) {
                    allocation[plan.actSlot[act]] = plan.actAmount[act];
                } else {
                    handCount++;
                }
            }
            int acts = plan.actCount;
            actCount += acts;
            for (int act = 0; act < acts; act++) {
                feed.outcome(
                        sequence,
                        actedSlot(act),
                        1,
                        feed.plan().actKind[act],
                        actedAmount(act),
                        OutcomeStatus.DONE,
                        now + 1);
            }
        }

        // Beginning the next event empties the plan's count, not what stood in it.
        private int actedSlot(int act) {
            return feed.plan().actSlot[act];
        }

        private long actedAmount(int act) {
            return feed.plan().actAmount[act];
        }
    }
}
