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
    private Feed feed = new Feed(settings, 1);
    private long cpuTimeNs;
    private long now = Feed.START_NS;
    private long allocation = 512 * MIB;
    private long used = 300 * MIB;
    private long planSequence;
    private long taskKib;
    private long taskStartNs = Long.MAX_VALUE;

    private HandsTest() {
        begin();
    }

    private void begin() {
        feed.arrive(0, 1, VmMode.ENFORCE, 5, 128 * MIB, Long.MAX_VALUE, allocation, now);
        feed.budget(4096 * MIB, now);
    }

    /** One sample a second; the balloon obeys at once. Returns the plan. */
    private PlanSection tick() {
        now += SECOND_NS;
        feed.begin(EventKind.SAMPLE, now);
        Feed.row(feed.tick.sample, 0, 1, allocation, MAXIMUM, allocation - used, now);
        feed.tick.sample.cpuTimeNs[0] = cpuTimeNs;
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
    void shouldBringTogetherWhatCannotBeMadeResident() {
        int prefaultCount = 0;
        int sculpt = -1;
        used = 480 * MIB;
        for (int i = 0; i < 200 && sculpt < 0; i++) {
            PlanSection plan = tick();
            sculpt = find(plan, ActKind.SCULPT);
            int resize = find(plan, ActKind.RESIZE_MEMORY);
            int prefault = find(plan, ActKind.PREFAULT);
            long target = resize < 0 ? allocation : plan.actAmount[resize];
            if (prefault >= 0) {
                end(ActKind.PREFAULT, plan.actAmount[prefault], OutcomeStatus.UNAVAILABLE, 1);
                prefaultCount++;
            }
            if (resize >= 0) {
                feed.outcome(planSequence, 0, 1, target, OutcomeStatus.DONE, now + 1_000_000);
                allocation = target;
            }
            used = Math.min(allocation - 20 * MIB, 900 * MIB);
        }
        assertThat(prefaultCount).isPositive();
        assertThat(sculpt).isNotNegative();
    }

    @Test
    void shouldLoadForATaskAsLateAsTheMeasuredPaceAllows() {
        long warmKib = 512 * MIB;
        long startNs = now + 60 * SECOND_NS;
        feed.warmth(0, 1, warmKib, startNs, now);
        assertThat(awaitAct(ActKind.PREWARM, 70)).isEqualTo(warmKib);
        long leadNs = startNs - now;
        double expectedNs = warmKib * 1e9 / settings.prewarmPaceKibPerS();
        assertThat(leadNs)
                .isGreaterThan((long) expectedNs)
                .isLessThanOrEqualTo((long) (settings.taskLeadNs() + 2 * expectedNs) + SECOND_NS);
        end(ActKind.PREWARM, warmKib, OutcomeStatus.DONE, 10 * SECOND_NS);
        now += 11 * SECOND_NS;
        assertThat(awaitAct(ActKind.PREWARM, 60)).as("once for an announcement").isEqualTo(-1);

        startNs = now + 60 * SECOND_NS;
        feed.warmth(0, 1, warmKib, startNs, now);
        assertThat(awaitAct(ActKind.PREWARM, 70)).isEqualTo(warmKib);
        assertThat(startNs - now).as("after a slow act").isGreaterThan(leadNs);
    }

    @Test
    void shouldNotLoadForATaskThatWasWithdrawnOrHasStarted() {
        feed.warmth(0, 1, 64 * MIB, now + 30 * SECOND_NS, now);
        assertThat(awaitAct(ActKind.PREWARM, 10)).as("too early").isEqualTo(-1);
        feed.warmth(0, 1, 0, 0, now);
        assertThat(awaitAct(ActKind.PREWARM, 40)).as("withdrawn").isEqualTo(-1);
        feed.warmth(0, 1, 64 * MIB, now, now);
        assertThat(awaitAct(ActKind.PREWARM, 10)).as("it has started").isEqualTo(-1);
        feed.warmth(0, 2, 64 * MIB, now + 5 * SECOND_NS, now);
        assertThat(awaitAct(ActKind.PREWARM, 10)).as("another VM's").isEqualTo(-1);
    }

    @Test
    void shouldTakeBackWhereMemoryWasMovedToOnARestore() {
        used = 480 * MIB;
        end(ActKind.PREFAULT, awaitAct(ActKind.PREFAULT, 5), OutcomeStatus.DONE, SECOND_NS);
        used = allocation - 20 * MIB;
        end(ActKind.PREFAULT, awaitAct(ActKind.PREFAULT, 5), OutcomeStatus.DONE, SECOND_NS);
        used = 200 * MIB;
        long sculpt = awaitAct(ActKind.SCULPT, 120);
        end(ActKind.SCULPT, sculpt, OutcomeStatus.DONE, SECOND_NS);
        now += 2 * SECOND_NS;
        assertThat(awaitAct(ActKind.UNSCULPT, 10)).as("without a restore").isEqualTo(-1);
        feed.control(ControlKind.RESTORE, now);
        planSequence = feed.tick.sequence;
        long undo =
                find(feed.plan(), ActKind.UNSCULPT) >= 0
                        ? allocation
                        : awaitAct(ActKind.UNSCULPT, 3);
        assertThat(undo).isPositive();
        end(ActKind.UNSCULPT, undo, OutcomeStatus.DONE, SECOND_NS);
        now += 2 * SECOND_NS;
        assertThat(awaitAct(ActKind.UNSCULPT, 30)).as("it is undone").isEqualTo(-1);
    }

    @Test
    void shouldTakeBackOnARestoreWhatAnEarlierRunLeft() {
        feed.sculptedBefore(0, 2, now);
        feed.control(ControlKind.RESTORE, now);
        assertThat(awaitAct(ActKind.UNSCULPT, 3)).as("another VM's").isEqualTo(-1);
        feed.sculptedBefore(0, 1, now);
        long undo = awaitAct(ActKind.UNSCULPT, 3);
        assertThat(undo).isPositive();
        end(ActKind.UNSCULPT, undo, OutcomeStatus.DONE, SECOND_NS);
        now += 2 * SECOND_NS;
        assertThat(awaitAct(ActKind.UNSCULPT, 10)).as("it is undone").isEqualTo(-1);
    }

    @Test
    void shouldLetTheMemoryOfAnIdleVmGoFirstOnlyWhereThatIsAskedFor() {
        assertThat(awaitAct(ActKind.RECLAIM, 200)).as("off by default").isEqualTo(-1);
        feed = new Feed(settings.with("reclaimIdleNs", 60 * SECOND_NS), 1);
        begin();
        cpuTimeNs = 0;
        for (int i = 0; i < 90; i++) {
            cpuTimeNs += SECOND_NS / 2;
            assertThat(find(tick(), ActKind.RECLAIM)).as("it works").isEqualTo(-1);
        }
        long beganNs = now;
        assertThat(awaitAct(ActKind.RECLAIM, 100)).isPositive();
        assertThat(now - beganNs).isGreaterThanOrEqualTo(60 * SECOND_NS);
        end(ActKind.RECLAIM, allocation, OutcomeStatus.DONE, SECOND_NS);
        now += 2 * SECOND_NS;
        assertThat(awaitAct(ActKind.RECLAIM, 100)).as("once for each rest").isEqualTo(-1);
    }

    @Test
    void shouldReadSettingsOfOlderJournalsWithoutTheseActs() {
        ShapingSettings older = ShapingSettings.parse("bandKib=1024\n");
        assertThat(older.prefaultLeastKib()).isZero();
        assertThat(older.sculptChurnKib()).isZero();
        assertThat(older.prewarmPaceKibPerS()).isZero();
        assertThat(settings.atSpeed(10).reclaimIdleNs()).as("off stays off").isZero();
        assertThat(ShapingSettings.parse(settings.toText())).isEqualTo(settings);
    }
}
