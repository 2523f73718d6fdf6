package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;

/** One rule each, on one or two samples. */
class MemoryShaperTest {
    private static final long MIB = Feed.MIB;
    private static final long SECOND_NS = Feed.SECOND_NS;
    private static final ShapingSettings SETTINGS = Feed.RESIZES_ONLY;

    private final Feed feed = new Feed(SETTINGS, 8);
    private long now = Feed.START_NS;

    private void vm(int slot, int priority, long floorMib, long allocationMib) {
        feed.arrive(
                slot,
                1,
                VmMode.ENFORCE,
                priority,
                floorMib * MIB,
                Long.MAX_VALUE,
                allocationMib * MIB,
                now);
    }

    private void row(SampleSection sample, int slot, long allocationMib, long usedMib) {
        Feed.row(
                sample,
                slot,
                1,
                allocationMib * MIB,
                8192 * MIB,
                (allocationMib - usedMib) * MIB,
                now);
    }

    private PlanSection two(long allocation0, long used0, long allocation1, long used1) {
        now += SECOND_NS;
        return feed.sample(
                now,
                tick -> {
                    row(tick.sample, 0, allocation0, used0);
                    row(tick.sample, 1, allocation1, used1);
                });
    }

    private PlanSection one(long allocation, long used) {
        now += SECOND_NS;
        return feed.sample(now, tick -> row(tick.sample, 0, allocation, used));
    }

    private static long act(PlanSection plan, int slot) {
        for (int act = 0; act < plan.actCount; act++) {
            if (plan.actSlot[act] == slot) {
                return plan.actAmount[act];
            }
        }
        return -1;
    }

    @Test
    void shouldMakeNoPlanOnEventsThatNeedNone() {
        vm(0, 5, 128, 512);
        assertThat(feed.plan().made).isFalse();
        feed.budget(1024 * MIB, now);
        assertThat(feed.plan().made).isFalse();
        feed.pressure(PressureSource.PSI_MEMORY_FULL, -1, 0, 0, now);
        assertThat(feed.plan().made).isFalse();
        feed.pressure(PressureSource.BALLOON_CHANGE, 0, 7, 512 * MIB, now);
        assertThat(feed.plan().made).isFalse();
        feed.control(ControlKind.RESTORE, now);
        assertThat(feed.plan().made).isTrue();
    }

    @Test
    void shouldGiveWholeFloorsByPriorityWhenTheyDoNotAllFit() {
        vm(0, 1, 600, 200);
        vm(1, 8, 600, 200);
        feed.budget(900 * MIB, now);
        PlanSection plan = two(200, 100, 200, 100);
        assertThat(plan.targetKib[1]).isEqualTo(600 * MIB);
        assertThat(plan.targetKib[0]).isEqualTo(300 * MIB);
        assertThat(plan.limit[0]).isEqualTo(Limit.BUDGET);
    }

    @Test
    void shouldShareAShortfallByPriority() {
        vm(0, 4, 128, 400);
        vm(1, 5, 128, 400);
        feed.budget(890 * MIB, now);
        PlanSection plan = two(400, 395, 400, 395);
        long low = plan.targetKib[0] - 400 * MIB;
        long high = plan.targetKib[1] - 400 * MIB;
        assertThat(low + high).isBetween(90 * MIB - 4, 90 * MIB);
        assertThat(high).isBetween(2 * low - 4, 2 * low + 4);
    }

    @Test
    void shouldShareAShortfallByNeedForUtilization() {
        Feed other = new Feed(SETTINGS.with("objective", "MAXIMIZE_UTILIZATION"), 8);
        for (int slot = 0; slot < 2; slot++) {
            other.arrive(slot, 1, VmMode.ENFORCE, 9 * slot, 0, Long.MAX_VALUE, 400 * MIB, now);
        }
        other.budget(890 * MIB, now);
        PlanSection plan =
                other.sample(
                        now,
                        tick -> {
                            row(tick.sample, 0, 400, 395);
                            row(tick.sample, 1, 400, 395);
                        });
        assertThat(plan.targetKib[0] - plan.targetKib[1]).isBetween(-4L, 4L);
        assertThat(plan.targetKib[0]).isBetween(445 * MIB - 4, 445 * MIB);
    }

    @Test
    void shouldShrinkNobodyBelowUseAndMarginHoweverLowTheBudget() {
        vm(0, 5, 128, 400);
        vm(1, 5, 128, 400);
        feed.budget(300 * MIB, now);
        PlanSection plan = two(400, 300, 400, 390);
        assertThat(plan.targetKib[0]).isEqualTo(364 * MIB);
        assertThat(plan.targetKib[1]).isEqualTo(400 * MIB);
        assertThat(plan.verdict[1]).isEqualTo(Verdict.HOLD);
        assertThat(feed.shaper.breachCount()).isZero();
    }

    @Test
    void shouldPutTheMarginWhereTheForecastsPriceSays() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        now += SECOND_NS;
        PlanSection plan =
                feed.sample(
                        now,
                        tick -> {
                            row(tick.sample, 0, 400, 300);
                            Feed.forecast(tick.forecast, 0, 300 * MIB, 600 * MIB);
                        });
        assertThat(plan.reason[0]).isEqualTo(Reason.FORECAST);
        assertThat(plan.targetKib[0]).isBetween(550 * MIB, 600 * MIB);
        assertThat(act(plan, 0)).isEqualTo(plan.targetKib[0]);
    }

    @Test
    void shouldLeaveTheReactiveLawAtWorkWhenAForecastIsBroken() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        now += SECOND_NS;
        PlanSection plan =
                feed.sample(
                        now,
                        tick -> {
                            row(tick.sample, 0, 400, 300);
                            Feed.forecast(tick.forecast, 0, 300 * MIB, 600 * MIB);
                            tick.forecast
                                            .quantile[
                                            ForecastSection.offset(
                                                            0, Resource.MEMORY, Horizon.MINUTES_5)
                                                    + 4] =
                                    Float.NaN;
                        });
        assertThat(plan.wantKib[0]).isEqualTo(364 * MIB);
        plan = one(400, 385);
        assertThat(plan.reason[0]).isEqualTo(Reason.STARVED);
        assertThat(act(plan, 0)).isGreaterThan(500 * MIB);
    }

    @Test
    void shouldGatherMemoryForAnAnnouncedTaskBeforeItStarts() {
        vm(0, 5, 128, 800);
        vm(1, 5, 128, 224);
        feed.budget(1024 * MIB, now);
        long startNs = now + 60 * SECOND_NS;
        long asked = -1;
        for (int second = 0; second < 60 && asked < 0; second++) {
            now += SECOND_NS;
            PlanSection plan =
                    feed.sample(
                            now,
                            tick -> {
                                row(tick.sample, 0, 800, 200);
                                row(tick.sample, 1, 224, 100);
                                tick.forecast.slotCount = 2;
                                tick.forecast.taskKib[1] = 520 * MIB;
                                tick.forecast.taskStartTimeNs[1] = startNs;
                            });
            if (plan.reason[1] == Reason.TASK) {
                asked = startNs - now;
                assertThat(plan.targetKib[1]).isEqualTo(684 * MIB);
                assertThat(plan.reason[0]).isEqualTo(Reason.RECLAIM_FOR_OTHERS);
                assertThat(plan.verdict[0]).isEqualTo(Verdict.SHRINK);
                assertThat(plan.partnerSlot[0]).isEqualTo(1);
            }
        }
        // 460 MiB are missing: 3.5 s to gather, 0.9 s to grant, 5 s to spare.
        assertThat(asked).isBetween(8 * SECOND_NS, 11 * SECOND_NS);
    }

    @Test
    void shouldLearnThePaceAtWhichGuestsGiveAndTake() {
        Gauge gauge = new Gauge(1, SETTINGS);
        gauge.clear(0);
        long allocation = 1000 * MIB;
        for (int tenth = 0; tenth < 60; tenth++) {
            now += SECOND_NS / 10;
            gauge.moved(0, allocation, now);
            allocation -= 6 * MIB;
        }
        assertThat(gauge.takePaceKibPerS).isBetween(60 * MIB, 90 * MIB);
        assertThat(gauge.growPaceKibPerS[0]).isEqualTo(SETTINGS.growPaceKibPerS());
        for (int tenth = 0; tenth < 10; tenth++) {
            now += SECOND_NS / 10;
            allocation += 100 * MIB;
            gauge.moved(0, allocation, now);
        }
        assertThat(gauge.growPaceKibPerS[0]).isBetween(900 * MIB, 1000 * MIB);
    }

    @Test
    void shouldCountARunningTaskOnce() {
        vm(0, 5, 128, 800);
        feed.budget(4096 * MIB, now);
        long startNs = now + 2 * SECOND_NS;
        long want = 0;
        for (int second = 0; second < 10; second++) {
            now += SECOND_NS;
            long used = now < startNs ? 200 : 500;
            want =
                    feed.sample(
                                    now,
                                    tick -> {
                                        row(tick.sample, 0, 800, used);
                                        tick.forecast.slotCount = 1;
                                        tick.forecast.taskKib[0] = 300 * MIB;
                                        tick.forecast.taskStartTimeNs[0] = startNs;
                                    })
                            .wantKib[0];
        }
        assertThat(want).isEqualTo(564 * MIB);
    }

    @Test
    void shouldKeepOneActInFlightUntilItsOutcome() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        PlanSection plan = one(400, 395);
        long sequence = feed.tick.sequence;
        assertThat(plan.actCount).isEqualTo(1);
        plan = one(400, 396);
        assertThat(plan.actCount).isZero();
        assertThat(plan.limit[0]).isEqualTo(Limit.IN_FLIGHT);
        feed.outcome(sequence + 1, 0, 1, 0, OutcomeStatus.DONE, now);
        assertThat(one(400, 396).actCount).as("another plan's outcome").isZero();
        feed.outcome(sequence, 0, 2, 0, OutcomeStatus.DONE, now);
        assertThat(one(400, 396).actCount).as("another VM's outcome").isZero();
        feed.outcome(sequence, 0, 1, 0, OutcomeStatus.DROPPED_LATE, now);
        assertThat(one(400, 396).actCount).isEqualTo(1);
    }

    @Test
    void shouldWaitLongerAfterEachFailure() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        int acts = 0;
        for (int second = 0; second < 120; second++) {
            PlanSection plan = one(400, 395);
            if (plan.actCount > 0) {
                acts++;
                feed.outcome(feed.tick.sequence, 0, 1, 0, OutcomeStatus.FAILED, now);
            }
        }
        assertThat(acts).isBetween(5, 10);
    }

    @Test
    void shouldForgetAnActWhoseOutcomeNeverCame() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        assertThat(one(400, 395).actCount).isEqualTo(1);
        now += SETTINGS.inFlightNsMax();
        assertThat(one(400, 395).actCount).isZero();
        // What it asked for may still come; only a greater want calls for another act.
        assertThat(one(523, 520).actCount).as("statistics may be older").isZero();
        assertThat(one(523, 520).actCount).isEqualTo(1);
    }

    @Test
    void shouldReactToAStarvedGuestAndAMovedBalloonBetweenSamples() {
        vm(0, 5, 128, 640);
        vm(1, 5, 128, 384);
        feed.budget(1024 * MIB, now);
        two(640, 150, 384, 300);
        feed.pressure(PressureSource.GUEST_STARVED, 1, 1, 8 * MIB, now + 1);
        PlanSection plan = feed.plan();
        long sequence = feed.tick.sequence;
        assertThat(plan.reason[1]).isEqualTo(Reason.STARVED);
        assertThat(act(plan, 1)).as("nothing is free yet").isEqualTo(-1);
        assertThat(act(plan, 0)).isLessThan(640 * MIB);
        feed.outcome(sequence, 0, 1, act(plan, 0), OutcomeStatus.DONE, now + 2);
        feed.pressure(PressureSource.BALLOON_CHANGE, 0, 1, 600 * MIB, now + 3);
        assertThat(act(feed.plan(), 1)).isEqualTo(424 * MIB);
    }

    @Test
    void shouldNotTakeAGrantThatLandsForAFill() {
        vm(0, 5, 128, 400);
        feed.budget(8192 * MIB, now);
        PlanSection plan = one(400, 395);
        long granted = act(plan, 0);
        feed.outcome(feed.tick.sequence, 0, 1, granted, OutcomeStatus.DONE, now);
        // The balloon has moved, the statistics are still those of the moment before.
        now += SECOND_NS / 10;
        plan =
                feed.sample(
                        now,
                        tick -> Feed.row(tick.sample, 0, 1, granted, 8192 * MIB, 5 * MIB, now - 1));
        assertThat(plan.demandKib[0]).isEqualTo(395 * MIB);
        assertThat(plan.actCount).isZero();
    }

    @Test
    void shouldNotLetAVmInheritFromTheOneBeforeInItsSlot() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        assertThat(one(400, 395).actCount).isEqualTo(1);
        long sequence = feed.tick.sequence;
        feed.vm(ControlKind.VM_DEPARTED, 0, 1, VmMode.ENFORCE, 0, 0, 0, 0, now);
        feed.arrive(0, 2, VmMode.ENFORCE, 5, 0, Long.MAX_VALUE, 300 * MIB, now);
        feed.outcome(sequence, 0, 1, 0, OutcomeStatus.DONE, now);
        PlanSection plan = one(400, 395);
        assertThat(plan.allocationKib[0]).as("a row of the old VM").isEqualTo(300 * MIB);
        assertThat(plan.reason[0]).isEqualTo(Reason.STALE);
        assertThat(plan.actCount).isZero();
    }

    @Test
    void shouldHoldActsWhileTheConnectionIsLostOrEnforcementStopped() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        feed.control(ControlKind.CONNECTION_LOST, now);
        assertThat(one(400, 395).limit[0]).isEqualTo(Limit.MODE);
        feed.control(ControlKind.CONNECTION_BACK, now);
        feed.control(ControlKind.ENFORCEMENT_STOPPED, now);
        assertThat(one(400, 395).actCount).isZero();
        assertThat(feed.shaper.enforcementStopped()).isTrue();
        feed.control(ControlKind.RESUMED, now);
        assertThat(one(400, 395).actCount).isEqualTo(1);
        assertThat(feed.shaper.enforcementStopped()).isFalse();
    }

    @Test
    void shouldHoldActsWhileTheJournalIsFullAndGoOnByItself() {
        vm(0, 5, 128, 400);
        feed.budget(4096 * MIB, now);
        feed.control(ControlKind.JOURNAL_FULL, now);
        PlanSection plan = one(400, 395);
        assertThat(plan.made).isTrue();
        assertThat(plan.actCount).isZero();
        feed.control(ControlKind.PAUSED, now);
        feed.control(ControlKind.JOURNAL_ROOM, now);
        assertThat(one(400, 395).actCount).as("the operator's word stands").isZero();
        feed.control(ControlKind.RESUMED, now);
        assertThat(one(400, 395).actCount).isEqualTo(1);
    }

    @Test
    void shouldDampAFlappingVm() {
        // An hour's allowance, what comes back of it in ten minutes, and emergencies on top.
        assertThat(flap(10)).isBetween(5, 16);
        assertThat(flap(1000)).isGreaterThan(40);
    }

    @Test
    void shouldDoNothingMoreOnceAPlanWasTurnedDown() {
        vm(0, 5, 128, 640);
        vm(1, 5, 128, 384);
        feed.budget(1024 * MIB, now);
        PlanSection plan = two(640, 150, 384, 376);
        assertThat(plan.actCount).isPositive();
        feed.shaper.turnDown(plan, Breach.TOO_DEEP);
        assertThat(plan.actCount).isZero();
        assertThat(plan.verdict).startsWith(Verdict.HOLD, Verdict.HOLD);
        assertThat(plan.targetKib).startsWith(640 * MIB, 384 * MIB);
        assertThat(plan.partnerSlot).startsWith(-1, -1);
        assertThat(feed.shaper.breachCount()).isOne();
        assertThat(feed.shaper.lastBreach()).isEqualTo(Breach.TOO_DEEP);
        assertThat(feed.shaper.enforcementStopped()).isTrue();
        assertThat(two(640, 150, 384, 376).actCount).isZero();
    }

    @Test
    void shouldTakeNothingThatNobodyNeedsWhenToldSo() {
        Feed kind = new Feed(SETTINGS.with("reclaimWhenAmple", "false"), 1);
        kind.arrive(0, 1, VmMode.ENFORCE, 5, 0, Long.MAX_VALUE, 4000 * MIB, now);
        kind.budget(4000 * MIB, now);
        for (int second = 0; second < 10; second++) {
            now += SECOND_NS;
            PlanSection plan = kind.sample(now, tick -> row(tick.sample, 0, 4000, 100));
            assertThat(plan.verdict[0]).isEqualTo(Verdict.HOLD);
            assertThat(plan.actCount).isZero();
        }
    }

    private int flap(int changesPerHourMax) {
        Feed flapping = new Feed(SETTINGS.with("changesPerHourMax", changesPerHourMax), 1);
        flapping.arrive(0, 1, VmMode.ENFORCE, 5, 0, Long.MAX_VALUE, 400 * MIB, now);
        flapping.budget(4096 * MIB, now);
        long allocation = 400;
        int acts = 0;
        for (int second = 0; second < 600; second++) {
            now += SECOND_NS;
            long has = allocation;
            long uses = second / 10 % 2 == 0 ? Math.min(350, has - 30) : 60;
            PlanSection plan = flapping.sample(now, tick -> row(tick.sample, 0, has, uses));
            if (plan.actCount > 0) {
                acts++;
                allocation = plan.actAmount[0] / MIB;
                flapping.outcome(flapping.tick.sequence, 0, 1, 0, OutcomeStatus.DONE, now);
            }
        }
        return acts;
    }

    @Test
    void shouldExplainATransferInWords() {
        vm(0, 5, 128, 640);
        vm(1, 5, 128, 384);
        feed.budget(1024 * MIB, now);
        PlanSection plan = two(640, 150, 384, 376);
        String[] names = {"batch-2", "web-1"};
        assertThat(Explanation.explain(plan, null, 1, slot -> names[slot]))
                .isEqualTo(
                        "web-1: uses 376 of 384 MiB; wants 504 MiB, a margin of 128 MiB, since it"
                                + " is starved; takes up to 120 MiB from batch-2, which is left"
                                + " with 242 idle; bounded by the budget of 1024 MiB -> target 504"
                                + " MiB, grow");
        assertThat(Explanation.explain(plan, null, 0, slot -> names[slot]))
                .contains("since it needs no more and others do")
                .contains("gives up to 120 MiB to web-1")
                .contains("shrink, now to 392 MiB");
        assertThat(Explanation.explain(plan, null, 5, slot -> "none")).contains("no plan");
    }

    @Test
    void shouldCountTheTargetThatAGuestMayStillBeRisingTo() {
        VmTable vms = new VmTable(1, ShapingSettings.defaults());
        feed.begin(EventKind.CONTROL, now);
        feed.tick.control.vmSlot = 0;
        feed.tick.control.vmGeneration = 1;
        feed.tick.control.originalKib = 400 * MIB;
        vms.arrive(feed.tick.control, now);
        vms.balloonAt(0, 400 * MIB, now);
        resize(vms, 691, 1);
        vms.balloonAt(0, 663 * MIB, now);
        resize(vms, 383, 2);

        assertThat(vms.committed(0)).as("on its way still").isEqualTo(691 * MIB);
        vms.balloonAt(0, 663 * MIB, now + 1);
        vms.balloonAt(0, 682 * MIB, now + 2);
        assertThat(vms.committed(0)).as("rises on").isEqualTo(691 * MIB);
        vms.balloonAt(0, 666 * MIB, now + 3);
        assertThat(vms.committed(0)).as("has turned").isEqualTo(666 * MIB);

        resize(vms, 700, 3);
        resize(vms, 300, 4);
        assertThat(vms.committed(0)).isEqualTo(700 * MIB);
        vms.balloonAt(0, 666 * MIB, now + 3 * SECOND_NS);
        assertThat(vms.committed(0)).as("does not move at all").isEqualTo(666 * MIB);
    }

    private void resize(VmTable vms, long mib, long sequence) {
        vms.commit(0, mib * MIB, sequence, now);
        feed.begin(EventKind.OUTCOME, now);
        feed.tick.outcome.planSequence = sequence;
        feed.tick.outcome.vmSlot = 0;
        feed.tick.outcome.vmGeneration = 1;
        feed.tick.outcome.actKind = ActKind.RESIZE_MEMORY;
        feed.tick.outcome.status = OutcomeStatus.DONE;
        vms.outcome(feed.tick.outcome, now);
    }
}
