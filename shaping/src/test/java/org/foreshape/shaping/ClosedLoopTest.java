package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;

/** The shaper against guests that move: what each scenario must show, counted in its own world. */
class ClosedLoopTest {
    private static final long MIB = Feed.MIB;
    private static final long TENTH_NS = 100_000_000L;
    private static final ShapingSettings SETTINGS = Feed.RESIZES_ONLY;

    @Test
    void shouldCoverASurpriseFillAtTheFirstOrSecondSampleThatShowsIt() {
        for (long fillMibPerS : new long[] {300, 400, 600}) {
            for (long phase = 0; phase < 10; phase++) {
                World world = new World(SETTINGS, 2048);
                World.Guest web = world.guest(VmMode.ENFORCE, 5, 384, 1024, 230);
                world.guest(VmMode.ENFORCE, 5, 512, 1024, 200);
                world.run(3, TENTH_NS, (now, plan) -> {});
                world.run(phase * .01, TENTH_NS, (now, plan) -> {});
                long startNs = world.nowNs;
                double before = web.usedKib;
                double need = before + 256 * MIB;
                web.usedGoalKib = need;
                web.fillKibPerS = fillMibPerS * MIB;
                long[] grantNs = {-1};
                long[] seen = {-1};
                world.run(
                        2,
                        TENTH_NS,
                        (now, plan) -> {
                            if (seen[0] < 0 && plan.demandKib[0] > before + 4 * MIB) {
                                seen[0] = now;
                            }
                            for (int act = 0; act < plan.actCount; act++) {
                                if (plan.actSlot[act] == 0
                                        && plan.actAmount[act] >= need
                                        && grantNs[0] < 0) {
                                    grantNs[0] = now;
                                }
                            }
                        });
                String which = fillMibPerS + " MiB/s, phase " + phase;
                assertThat(grantNs[0]).as(which).isGreaterThan(startNs);
                assertThat(grantNs[0] - seen[0]).as(which).isLessThanOrEqualTo(TENTH_NS);
                if (fillMibPerS * MIB < World.GROW_KIB_PER_S) {
                    assertThat(web.shortSeconds).as(which).isZero();
                }
                assertThat(web.allocationKib).as(which).isGreaterThan(need);
            }
        }
    }

    @Test
    void shouldMoveMemoryFromIdleToStarvedInTheSamePlan() {
        World world = new World(SETTINGS, 1024);
        World.Guest idle = world.guest(VmMode.ENFORCE, 5, 640, 1024, 150);
        World.Guest busy = world.guest(VmMode.ENFORCE, 5, 384, 1024, 370);
        List<String> transfers = new ArrayList<>();
        world.run(
                5,
                TENTH_NS,
                (now, plan) -> {
                    if (plan.reason[1] == Reason.STARVED) {
                        assertThat(plan.verdict[0]).isEqualTo(Verdict.SHRINK);
                        assertThat(plan.verdict[1]).isEqualTo(Verdict.GROW);
                        assertThat(plan.reason[0]).isEqualTo(Reason.RECLAIM_FOR_OTHERS);
                        assertThat(plan.partnerSlot[0]).isEqualTo(1);
                        assertThat(plan.partnerSlot[1]).isZero();
                        transfers.add(Explanation.explain(plan, null, 1, slot -> "vm-" + slot));
                    }
                });
        assertThat(transfers).isNotEmpty();
        assertThat(transfers.getFirst()).contains("starved").contains("from vm-0");
        assertThat(busy.allocationKib).isGreaterThan(430 * MIB);
        assertThat(idle.allocationKib).isLessThan(600 * MIB);
        assertThat(world.allocatedKibMax).isLessThanOrEqualTo(world.budgetKib);
    }

    @Test
    void shouldSwapMemoryBetweenTwoGuestsAndNeverExceedTheBudget() {
        List<Double> covered = new ArrayList<>();
        for (int phase = 0; phase < 10; phase++) {
            World world = new World(SETTINGS, 896);
            World.Guest first = world.guest(VmMode.ENFORCE, 5, 576, 1024, 450);
            World.Guest second = world.guest(VmMode.ENFORCE, 5, 320, 1024, 194);
            world.run(3 + phase * .01, TENTH_NS, (now, plan) -> {});
            first.usedGoalKib -= 256 * MIB;
            second.usedGoalKib += 256 * MIB;
            long startNs = world.nowNs;
            double need = second.usedGoalKib;
            double[] seconds = {-1};
            world.run(
                    6,
                    TENTH_NS,
                    (now, plan) -> {
                        if (seconds[0] < 0 && second.allocationKib >= need) {
                            seconds[0] = (now - startNs) * 1e-9;
                        }
                    });
            assertThat(seconds[0]).as("phase " + phase).isPositive();
            covered.add(seconds[0]);
            assertThat(world.allocatedKibMax).isLessThanOrEqualTo(world.budgetKib);
            assertThat(first.starvedSeconds).isZero();
        }
        System.out.println(
                "swap of 256 MiB covered after, s: " + covered.stream().sorted().toList());
    }

    @Test
    void shouldNeverTouchAVmInObserve() {
        World world = new World(SETTINGS, 1024);
        World.Guest watched = world.guest(VmMode.OBSERVE, 0, 640, 1024, 100);
        World.Guest busy = world.guest(VmMode.ENFORCE, 9, 384, 1024, 370);
        world.run(
                5,
                TENTH_NS,
                (now, plan) -> {
                    assertThat(plan.verdict[0]).isEqualTo(Verdict.HOLD);
                    assertThat(plan.targetKib[0]).isEqualTo(640 * MIB);
                    assertThat(plan.targetKib[1]).isLessThanOrEqualTo(384 * MIB);
                });
        assertThat(watched.actCount).isZero();
        assertThat(busy.actCount).isZero();
    }

    @Test
    void shouldOnlyAdviseAVmInRecommend() {
        World world = new World(SETTINGS, 1024);
        World.Guest idle = world.guest(VmMode.RECOMMEND, 5, 640, 1024, 150);
        World.Guest busy = world.guest(VmMode.RECOMMEND, 5, 384, 1024, 370);
        boolean[] advised = {false};
        world.run(
                3,
                TENTH_NS,
                (now, plan) ->
                        advised[0] |=
                                plan.targetKib[1] > 400 * MIB && plan.targetKib[0] < 620 * MIB);
        assertThat(advised[0]).isTrue();
        assertThat(idle.actCount + busy.actCount).isZero();
    }

    @Test
    void shouldStopShrinkingWhenStatisticsGetStale() {
        World world = new World(SETTINGS, 1024);
        World.Guest idle = world.guest(VmMode.ENFORCE, 5, 900, 1024, 150);
        world.guest(VmMode.ENFORCE, 5, 124, 1024, 60);
        world.run(1, TENTH_NS, (now, plan) -> {});
        idle.silent = true;
        world.run(3.3, TENTH_NS, (now, plan) -> {});
        int actsBefore = idle.actCount;
        double balloonBefore = idle.balloonKib;
        world.run(
                10,
                TENTH_NS,
                (now, plan) -> {
                    assertThat(plan.verdict[0]).isNotEqualTo(Verdict.SHRINK);
                });
        assertThat(idle.balloonKib).isGreaterThanOrEqualTo(balloonBefore);
        assertThat(idle.actCount).isLessThanOrEqualTo(actsBefore + 1);
    }

    @Test
    void shouldRetractFromAGuestThatDoesNotGive() {
        World world = new World(SETTINGS, 900);
        World.Guest stubborn = world.guest(VmMode.ENFORCE, 5, 700, 1024, 150);
        stubborn.stubborn = true;
        world.guest(VmMode.ENFORCE, 5, 200, 1024, 190);
        Set<Reason> reasons = EnumSet.noneOf(Reason.class);
        world.run(15, TENTH_NS, (now, plan) -> reasons.add(plan.reason[0]));
        assertThat(reasons).contains(Reason.RECLAIM_FOR_OTHERS, Reason.UNCOOPERATIVE);
        assertThat(stubborn.balloonKib).isGreaterThanOrEqualTo(700 * MIB);
        int acts = stubborn.actCount;
        world.run(10, TENTH_NS, (now, plan) -> {});
        assertThat(stubborn.actCount).isEqualTo(acts);
        assertThat(world.allocatedKibMax).isLessThanOrEqualTo(world.budgetKib);
    }

    @Test
    void shouldStopAllActsWhilePausedAndGoOnWhenResumed() {
        World world = new World(SETTINGS, 2048);
        World.Guest busy = world.guest(VmMode.ENFORCE, 5, 384, 1024, 230);
        world.run(2, TENTH_NS, (now, plan) -> {});
        world.control(ControlKind.PAUSED);
        busy.usedGoalKib = 375 * MIB;
        int acts = busy.actCount;
        world.run(3, TENTH_NS, (now, plan) -> assertThat(plan.actCount).isZero());
        assertThat(busy.actCount).isEqualTo(acts);
        world.control(ControlKind.RESUMED);
        world.run(2, TENTH_NS, (now, plan) -> {});
        assertThat(busy.allocationKib).isGreaterThan(430 * MIB);
    }

    @Test
    void shouldGiveOriginalsBackOnRestoreAndThenRest() {
        World world = new World(SETTINGS, 1100);
        World.Guest idle = world.guest(VmMode.ENFORCE, 5, 640, 1024, 150);
        World.Guest busy = world.guest(VmMode.ENFORCE, 5, 384, 1024, 375);
        world.run(20, TENTH_NS, (now, plan) -> {});
        assertThat(busy.allocationKib).isGreaterThan(450 * MIB);
        busy.usedGoalKib = 200 * MIB;
        world.run(2, TENTH_NS, (now, plan) -> {});
        world.control(ControlKind.RESTORE);
        world.run(30, TENTH_NS, (now, plan) -> {});
        assertThat(idle.allocationKib).isEqualTo(640 * MIB);
        assertThat(busy.allocationKib).isEqualTo(384 * MIB);
        assertThat(world.allocatedKibMax).isLessThanOrEqualTo(world.budgetKib);
        int acts = idle.actCount + busy.actCount;
        busy.usedGoalKib = 375 * MIB;
        world.run(10, TENTH_NS, (now, plan) -> {});
        assertThat(idle.actCount + busy.actCount).isEqualTo(acts);
    }

    @Test
    void shouldKeepRoomAtRestAndComeToRest() {
        World world = new World(SETTINGS, 4096);
        World.Guest web = world.guest(VmMode.ENFORCE, 5, 1024, 1024, 200);
        World.Guest batch = world.guest(VmMode.ENFORCE, 5, 384, 1024, 230);
        world.run(60, 1_000_000_000L, (now, plan) -> {});
        assertThat(web.allocationKib - web.usedKib).isBetween(250.0 * MIB, 310.0 * MIB);
        assertThat(batch.allocationKib).isEqualTo(384 * MIB);
        int acts = web.actCount + batch.actCount;
        world.run(600, 1_000_000_000L, (now, plan) -> {});
        assertThat(web.actCount + batch.actCount).isEqualTo(acts);
    }
}
