package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.VmMode;

/**
 * The invariants of shaping, held against every plan by a book of its own of what a world was fed
 * and what was planned for it; shares no code with the shaper.
 */
final class RandomWorldJudge {
    private static final long MIB = Feed.MIB;

    /** The kinds of hands' acts that were planned. */
    final Set<ActKind> kinds = EnumSet.noneOf(ActKind.class);

    long actCount;
    long handCount;
    long shrinkCount;
    long planCount;
    long depthCount;

    /** Of all that the plans say. */
    long digest;

    private final RandomWorld world;

    RandomWorldJudge(RandomWorld world) {
        this.world = world;
    }

    private RandomWorldVm at(int slot) {
        return world.vms.stream().filter(vm -> vm.slot == slot).findFirst().orElseThrow();
    }

    /** The invariants, one by one. */
    void look() {
        PlanSection plan = world.feed.plan();
        assertThat(plan.made).isTrue();
        planCount++;
        for (RandomWorldVm vm : world.vms) {
            if (vm.inFlight >= 0
                    && world.now - vm.inFlightTime > RandomWorld.SETTINGS.inFlightNsMax()) {
                vm.command = Math.max(vm.command, vm.inFlight);
                vm.inFlight = -1;
            }
            if (vm.handInFlight >= 0
                    && world.now - vm.handTime > RandomWorld.SETTINGS.inFlightNsMax()) {
                vm.handInFlight = -1;
            }
        }
        judgeTargets(plan);
        judgeActs(plan);
        digest(plan);
    }

    private void judgeTargets(PlanSection plan) {
        long targets = 0;
        long immovable = 0;
        boolean grows = false;
        for (RandomWorldVm vm : world.vms) {
            int slot = vm.slot;
            long target = plan.targetKib[slot];
            long ceiling = Math.min(vm.ceiling, vm.maximum);
            assertThat(plan.allocationKib[slot]).isEqualTo(vm.shownAllocation);
            targets += target;
            if (target > vm.shownAllocation) {
                grows = true;
                assertThat(target).as("1: ceiling of %d", slot).isLessThanOrEqualTo(ceiling);
            } else if (target < vm.shownAllocation) {
                assertThat(target)
                        .as("1: floor of %d", slot)
                        .isGreaterThanOrEqualTo(Math.min(vm.floor, ceiling));
                judgeShrink(vm, target);
            }
            if (vm.mode == VmMode.OBSERVE && !vm.touched) {
                assertThat(target).as("observed %d", slot).isEqualTo(vm.shownAllocation);
            }
            immovable += Math.min(target, vm.shownAllocation);
        }
        if (grows) {
            assertThat(targets).as("2: targets within budget").isLessThanOrEqualTo(world.budget);
        }
        if (targets > world.budget) {
            assertThat(targets).as("2: nothing added above budget").isEqualTo(immovable);
        }
    }

    private void judgeShrink(RandomWorldVm vm, long size) {
        assertThat(vm.told).as("4: statistics of %d", vm.slot).isTrue();
        assertThat(world.now - vm.reportedTime)
                .as("4: age of statistics of %d", vm.slot)
                .isLessThanOrEqualTo(RandomWorld.SETTINGS.staleNs());
        if (vm.still >= 3) {
            // Figures and balloon belong to one moment for sure.
            assertThat(vm.shownAllocation - vm.usedTold)
                    .as("3: starved %d", vm.slot)
                    .isGreaterThanOrEqualTo(Math.max(24 * MIB, vm.shownAllocation / 20));
            assertThat(size - vm.usedTold)
                    .as("5: depth at %d", vm.slot)
                    .isGreaterThanOrEqualTo(Math.max(64 * MIB, vm.usedTold / 100 * 8));
            depthCount++;
        }
    }

    private void judgeActs(PlanSection plan) {
        boolean[] acted = new boolean[RandomWorld.VM_COUNT_MAX];
        long committed = world.vms.stream().mapToLong(RandomWorldVm::committed).sum();
        long granted = 0;
        assertThat(world.connected || plan.actCount == 0).as("lost connection").isTrue();
        assertThat(!world.paused || world.restoring || plan.actCount == 0).as("paused").isTrue();
        for (int act = 0; act < plan.actCount; act++) {
            RandomWorldVm vm = at(plan.actSlot[act]);
            long amount = plan.actAmount[act];
            assertThat(plan.actGeneration[act]).isEqualTo(vm.generation);
            if (!plan.actKind[act].resizes()) {
                judgeHand(plan, act, vm);
                continue;
            }
            assertThat(acted[vm.slot]).as("6: two acts in a plan").isFalse();
            acted[vm.slot] = true;
            assertThat(vm.inFlight).as("6: in flight at %d", vm.slot).isEqualTo(-1);
            assertThat(vm.mode == VmMode.ENFORCE || (world.restoring && vm.touched))
                    .as("mode of %d", vm.slot)
                    .isTrue();
            if (amount < vm.shownAllocation) {
                judgeShrink(vm, amount);
                judgePace(vm, amount);
                shrinkCount++;
            }
            granted += Math.max(0, amount - vm.committed());
            vm.inFlight = amount;
            vm.inFlightSequence = world.feed.tick.sequence;
            vm.inFlightTime = world.now;
            vm.touched = true;
            actCount++;
        }
        if (granted > 0) {
            assertThat(committed + granted).as("2: granted").isLessThanOrEqualTo(world.budget);
        }
    }

    private void judgeHand(PlanSection plan, int act, RandomWorldVm vm) {
        ActKind kind = plan.actKind[act];
        boolean undo = kind == ActKind.UNSCULPT;
        assertThat(world.paused || world.restoring).as("%s at %d", kind, vm.slot).isEqualTo(undo);
        assertThat(vm.mode == VmMode.ENFORCE || (undo && vm.touched))
                .as("mode of %d", vm.slot)
                .isTrue();
        assertThat(vm.handInFlight).as("6: in flight at %d", vm.slot).isEqualTo(-1);
        assertThat(undo || kind == ActKind.PREWARM || vm.inFlight == -1)
                .as("a hand on a VM that is resized")
                .isTrue();
        assertThat(!undo || vm.sculpted).as("taken back from %d", vm.slot).isTrue();
        assertThat(plan.actAmount[act])
                .as("%s of %d", kind, vm.slot)
                .isBetween(1L, kind == ActKind.PREWARM ? vm.warmKib : vm.shownAllocation);
        kinds.add(kind);
        vm.handInFlight = plan.actAmount[act];
        vm.handKind = plan.actKind[act];
        vm.handSequence = world.feed.tick.sequence;
        vm.handTime = world.now;
        handCount++;
    }

    /** What was asked of a guest, over any span, stays below a burst and the pace. */
    private void judgePace(RandomWorldVm vm, long amount) {
        long base = vm.command >= 0 ? Math.min(vm.command, vm.shownAllocation) : vm.shownAllocation;
        vm.takenTokens =
                Math.min(
                        (double) RandomWorld.SETTINGS.shrinkBurstKib(),
                        vm.takenTokens
                                + RandomWorld.SETTINGS.shrinkPaceKibPerS()
                                        * ((world.now - vm.takenTime) * 1e-9));
        vm.takenTime = world.now;
        vm.takenTokens -= Math.max(0, base - amount);
        assertThat(vm.takenTokens).as("5: pace at %d", vm.slot).isGreaterThanOrEqualTo(-16);
    }

    private void digest(PlanSection plan) {
        digest = digest * 31 + Arrays.hashCode(plan.targetKib);
        digest = digest * 31 + Arrays.hashCode(plan.wantKib);
        digest = digest * 31 + Arrays.hashCode(plan.partnerSlot);
        for (int slot = 0; slot < plan.slotCount; slot++) {
            digest =
                    digest * 31
                            + plan.verdict[slot].ordinal()
                            + 5L * plan.reason[slot].ordinal()
                            + 97L * plan.limit[slot].ordinal();
        }
        for (int act = 0; act < plan.actCount; act++) {
            digest = digest * 31 + plan.actAmount[act] + plan.actSlot[act];
        }
    }
}
