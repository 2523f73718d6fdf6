package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;

/** When memory is made resident, and when it is brought together. */
class HandsTest {
    private static final long MIB = Feed.MIB;
    private static final long SECOND_NS = Feed.SECOND_NS;
    private static final long MAXIMUM = 2048 * MIB;

    private final ShapingSettings settings = ShapingSettings.defaults();
    private final Feed feed = new Feed(settings, 1);
    private long now = Feed.START_NS;
    private long allocation = 512 * MIB;
    private long used = 300 * MIB;
    private long planSequence;
    private long taskKib;
    private long taskStartNs = Long.MAX_VALUE;

    private HandsTest() {
        feed.arrive(0, 1, VmMode.ENFORCE, 5, 128 * MIB, Long.MAX_VALUE, allocation, now);
        feed.budget(4096 * MIB, now);
    }

    /** One sample a second; the balloon obeys at once. Returns the plan. */
    private PlanSection tick() {
        now += SECOND_NS;
        feed.begin(EventKind.SAMPLE, now);
        Feed.row(feed.tick.sample, 0, 1, allocation, MAXIMUM, allocation - used, now);
        Feed.forecast(feed.tick.forecast, 0, used, used);
        feed.tick.forecast.taskKib[0] = taskKib;
        feed.tick.forecast.taskStartTimeNs[0] = taskStartNs;
        feed.shape();
        assertThat(feed.shaper.breachCount()).isZero();
        planSequence = feed.tick.sequence;
        return feed.plan();
    }

    private static int find(PlanSection plan, ActKind kind) {
        for (int act = 0; act < plan.actCount; act++) {
            if (plan.actKind[act] == kind) {
                return act;
            }
        }
        return -1;
    }

    /** Ticks and obeys all else until an act of the kind comes; returns its amount, -1 for none. */
    private long awaitAct(ActKind kind, int ticks) {
        for (int i = 0; i < ticks; i++) {
            PlanSection plan = tick();
            int wanted = find(plan, kind);
            long amount = wanted < 0 ? -1 : plan.actAmount[wanted];
            int resize = find(plan, ActKind.RESIZE_MEMORY);
            ActKind other = kind == ActKind.SCULPT ? ActKind.PREFAULT : ActKind.SCULPT;
            int hand = find(plan, other);
            long handAmount = hand < 0 ? 0 : plan.actAmount[hand];
            if (hand >= 0) {
                feed.outcome(planSequence, 0, 1, other, handAmount, OutcomeStatus.DONE, now + 1);
            }
            if (resize >= 0) {
                allocation = plan.actAmount[resize];
                feed.outcome(planSequence, 0, 1, allocation, OutcomeStatus.DONE, now + 1_000_000);
            }
            if (amount >= 0) {
                return amount;
            }
        }
        return -1;
    }

    private void end(ActKind kind, long amount, OutcomeStatus status, long afterNs) {
        feed.outcome(planSequence, 0, 1, kind, amount, status, now + afterNs);
    }

    private void announce(long kib, long inNs) {
        taskKib = kib;
        taskStartNs = now + inNs;
    }

    @Test
    void shouldMakeAGrantResidentOnceItHasLanded() {
        used = 480 * MIB;
        tick();
        int resize = find(feed.plan(), ActKind.RESIZE_MEMORY);
        long target = feed.plan().actAmount[resize];
        assertThat(find(feed.plan(), ActKind.PREFAULT)).as("before it has landed").isEqualTo(-1);
        feed.outcome(planSequence, 0, 1, target, OutcomeStatus.DONE, now + 1);
        assertThat(find(tick(), ActKind.PREFAULT)).as("while the balloon moves").isEqualTo(-1);
        long before = allocation;
        allocation = target;
        PlanSection plan = tick();
        int act = find(plan, ActKind.PREFAULT);
        assertThat(act).isNotNegative();
        assertThat(plan.actAmount[act]).isEqualTo(target - before);
    }

    @Test
    void shouldPopulateForATaskAsLateAsTheMeasuredPaceAllows() {
        announce(600 * MIB, 60 * SECOND_NS);
        long amount = awaitAct(ActKind.PREFAULT, 70);
        assertThat(amount).isPositive();
        long leadNs = taskStartNs - now;
        double expectedNs = amount * 1e9 / settings.prefaultPaceKibPerS();
        assertThat(leadNs)
                .isGreaterThan((long) expectedNs)
                .isLessThanOrEqualTo((long) (settings.taskLeadNs() + 2 * expectedNs) + SECOND_NS);
    }

    @Test
    void shouldStartEarlierAfterASlowAct() {
        announce(600 * MIB, 60 * SECOND_NS);
        long amount = awaitAct(ActKind.PREFAULT, 70);
        long firstLeadNs = taskStartNs - now;
        end(ActKind.PREFAULT, amount, OutcomeStatus.DONE, 8 * SECOND_NS);
        now += 9 * SECOND_NS;
        taskKib = 0;
        taskStartNs = Long.MAX_VALUE;
        for (int i = 0; i < 60; i++) {
            awaitAct(ActKind.SCULPT, 1);
        }
        announce(600 * MIB, 60 * SECOND_NS);
        assertThat(awaitAct(ActKind.PREFAULT, 70)).isPositive();
        assertThat(taskStartNs - now).isGreaterThan(firstLeadNs);
    }

    @Test
    void shouldNotMakeResidentWhatTheGuestUsesAlready() {
        used = 480 * MIB;
        tick();
        long target = feed.plan().actAmount[find(feed.plan(), ActKind.RESIZE_MEMORY)];
        feed.outcome(planSequence, 0, 1, target, OutcomeStatus.DONE, now + 1);
        allocation = target;
        used = target - 70 * MIB;
        PlanSection plan = tick();
        int act = find(plan, ActKind.PREFAULT);
        if (act >= 0) {
            assertThat(plan.actAmount[act]).isLessThanOrEqualTo(70 * MIB);
        }
    }

    @Test
    void shouldBringMemoryTogetherAfterTheBalloonHasMovedALot() {
        used = 480 * MIB;
        long prefault = awaitAct(ActKind.PREFAULT, 5);
        end(ActKind.PREFAULT, prefault, OutcomeStatus.DONE, SECOND_NS);
        used = allocation - 20 * MIB;
        prefault = awaitAct(ActKind.PREFAULT, 5);
        end(ActKind.PREFAULT, prefault, OutcomeStatus.DONE, SECOND_NS);
        used = 200 * MIB;
        long sculpt = awaitAct(ActKind.SCULPT, 120);
        assertThat(sculpt).isEqualTo(allocation);
        end(ActKind.SCULPT, sculpt, OutcomeStatus.DONE, SECOND_NS);
        assertThat(awaitAct(ActKind.SCULPT, 30)).as("nothing has moved since").isEqualTo(-1);
    }

    @Test
    void shouldLeaveAVmAloneAfterAnActThatIsUnavailable() {
        used = 480 * MIB;
        long amount = awaitAct(ActKind.PREFAULT, 5);
        end(ActKind.PREFAULT, amount, OutcomeStatus.UNAVAILABLE, 1);
        long backoffS = settings.backoffNs() / SECOND_NS;
        assertThat(awaitAct(ActKind.PREFAULT, (int) backoffS - 2)).isEqualTo(-1);
        assertThat(awaitAct(ActKind.PREFAULT, 5)).isEqualTo(amount);
        end(ActKind.PREFAULT, amount, OutcomeStatus.FAILED, 1);
        assertThat(awaitAct(ActKind.PREFAULT, (int) (2 * backoffS) - 2)).isEqualTo(-1);
    }

    @Test
    void shouldDoNothingWhilePausedOrOff() {
        used = 480 * MIB;
        tick();
        long target = feed.plan().actAmount[find(feed.plan(), ActKind.RESIZE_MEMORY)];
        feed.outcome(planSequence, 0, 1, target, OutcomeStatus.DONE, now + 1);
        allocation = target;
        feed.control(ControlKind.PAUSED, now);
        for (int i = 0; i < 10; i++) {
            assertThat(tick().actCount).isZero();
        }
        feed.control(ControlKind.RESUMED, now);
        assertThat(awaitAct(ActKind.PREFAULT, 2)).isPositive();
    }

    @Test
    void shouldReadSettingsOfOlderJournalsWithoutTheseActs() {
        ShapingSettings older = ShapingSettings.parse("bandKib=1024\n");
        assertThat(older.prefaultLeastKib()).isZero();
        assertThat(older.sculptChurnKib()).isZero();
        assertThat(ShapingSettings.parse(settings.toText())).isEqualTo(settings);
    }
}
