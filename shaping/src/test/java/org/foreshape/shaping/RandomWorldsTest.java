package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;

/**
 * The invariants of shaping in random worlds of up to 32 VMs: statistics that are stale, missing or
 * wrong, VMs that come, go, disobey or take the slot of another, acts that fail or get lost,
 * budgets that move. The judge is this test's own book of what was fed and what was planned; it
 * shares no code with the shaper.
 */
class RandomWorldsTest {
    private static final int WORLD_COUNT = 10_000;
    private static final int EVENT_COUNT = 120;
    private static final int VM_COUNT_MAX = 32;
    private static final long MIB = Feed.MIB;
    private static final long MS = 1_000_000L;
    private static final ShapingSettings SETTINGS =
            ShapingSettings.defaults().with("reclaimIdleNs", 3000 * MS);
    private static final ActKind[] HAND_KINDS =
            Arrays.stream(ActKind.values()).filter(kind -> !kind.resizes()).toArray(ActKind[]::new);

    private final Set<ActKind> kinds = EnumSet.noneOf(ActKind.class);

    @Test
    void shouldKeepTheInvariantsInRandomWorlds() {
        long base = Long.getLong("foreshape.seed", 20_261_122L);
        long acts = 0;
        long hands = 0;
        long shrinks = 0;
        long plans = 0;
        long depths = 0;
        for (int i = 0; i < WORLD_COUNT; i++) {
            long seed = base + i;
            RandomWorld world = new RandomWorld(seed);
            world.kinds = kinds;
            try {
                world.live();
            } catch (AssertionError e) {
                throw new AssertionError("-Dforeshape.seed=" + seed + ": " + e.getMessage(), e);
            }
            acts += world.actCount;
            hands += world.handCount;
            shrinks += world.shrinkCount;
            plans += world.planCount;
            depths += world.depthCount;
        }
        System.out.println(
                "seed "
                        + base
                        + ": "
                        + WORLD_COUNT
                        + " worlds, "
                        + plans
                        + " plans, "
                        + acts
                        + " resizes, "
                        + hands
                        + " acts of the hands, "
                        + shrinks
                        + " shrinks, "
                        + depths
                        + " of them judged for depth");
        assertThat(hands).isGreaterThan(WORLD_COUNT / 2);
        assertThat(kinds).as("kinds that were planned").contains(HAND_KINDS);
        assertThat(acts).isGreaterThan(WORLD_COUNT);
        assertThat(shrinks).isGreaterThan(WORLD_COUNT / 2);
        assertThat(depths).isGreaterThan(WORLD_COUNT / 2);
    }

    @Test
    void shouldMakeTheSamePlansFromTheSameEvents() {
        for (long seed = 1; seed <= 50; seed++) {
            assertThat(digest(seed, false)).as("seed " + seed).isEqualTo(digest(seed, false));
        }
    }

    @Test
    void shouldMakeTheSamePlansWhetherItRehearsedOrNot() {
        for (long seed = 1; seed <= 500; seed++) {
            assertThat(digest(seed, true)).as("seed " + seed).isEqualTo(digest(seed, false));
        }
    }

    private static long digest(long seed, boolean rehearsing) {
        RandomWorld world = new RandomWorld(seed);
        world.feed.rehearsing = rehearsing;
        world.live();
        return world.digest;
    }

    /** One VM as this test knows it. */
    private static final class Vm {
        int slot;
        int generation;
        VmMode mode = VmMode.ENFORCE;
        int priority;
        long floor;
        long ceiling;
        long maximum;
        long original;
        long allocation;
        long balloon;
        long used;
        long reportedUsable;
        long reportedTime;
        long usedTold;
        long toldTime;
        long rowAllocation = -1;
        boolean told;
        int still;
        long shownAllocation;
        boolean silent;
        boolean missing;
        boolean stubborn;
        boolean touched;
        long inFlight = -1;
        long inFlightSequence;
        long inFlightTime;
        long handInFlight = -1;
        long handSequence;
        long handTime;
        ActKind handKind = ActKind.PREFAULT;
        boolean sculpted;
        long warmKib;

        /** What the last accepted act may still grant. */
        long command = -1;

        /** A target that was lowered while the guest was on its way to it. */
        long rising = -1;

        long risingTime;
        double takenTokens;
        long takenTime;

        long committed() {
            return Math.max(Math.max(shownAllocation, rising), Math.max(command, inFlight));
        }

        void show(long now) {
            if (allocation < shownAllocation
                    || allocation >= rising
                    || now - risingTime > 2000 * MS) {
                rising = -1;
            }
            shownAllocation = allocation;
        }
    }

    private static final class RandomWorld {
        final SplittableRandom random;
        final Feed feed = new Feed(SETTINGS, VM_COUNT_MAX);
        final List<Vm> vms = new ArrayList<>();
        final boolean accurate;
        long now = Feed.START_NS;
        long budget;
        boolean paused;
        boolean restoring;
        boolean connected = true;
        int generations;
        long actCount;
        long handCount;
        long shrinkCount;
        long planCount;
        long depthCount;
        long digest;
        Set<ActKind> kinds = EnumSet.noneOf(ActKind.class);

        RandomWorld(long seed) {
            random = new SplittableRandom(seed);
            // Balloons that arrive at once, or somewhere on the way.
            accurate = random.nextInt(2) == 0;
        }

        void live() {
            int count = 1 + random.nextInt(VM_COUNT_MAX);
            for (int i = 0; i < count; i++) {
                arrive();
            }
            changeBudget();
            for (int event = 0; event < EVENT_COUNT; event++) {
                now += MS * (20 + random.nextInt(random.nextInt(20) == 0 ? 5000 : 400));
                int dice = random.nextInt(100);
                if (dice < 62) {
                    move();
                    sample();
                } else if (dice < 82) {
                    outcomes();
                } else if (dice < 90) {
                    pressure();
                } else {
                    disturb();
                }
            }
            assertThat(feed.shaper.breachCount())
                    .as("breach %s", feed.shaper.lastBreach())
                    .isZero();
        }

        void arrive() {
            if (vms.size() >= VM_COUNT_MAX) {
                return;
            }
            Vm vm = new Vm();
            boolean[] taken = new boolean[VM_COUNT_MAX];
            vms.forEach(other -> taken[other.slot] = true);
            do {
                vm.slot = random.nextInt(VM_COUNT_MAX);
            } while (taken[vm.slot]);
            vm.generation = ++generations;
            vm.maximum = (256 + random.nextInt(8192)) * MIB;
            vm.floor = random.nextLong(vm.maximum / 2);
            vm.ceiling = random.nextInt(3) == 0 ? Long.MAX_VALUE : vm.maximum - vm.floor / 4;
            vm.priority = random.nextInt(10);
            int mode = random.nextInt(10);
            vm.mode = mode < 7 ? VmMode.ENFORCE : mode < 9 ? VmMode.RECOMMEND : VmMode.OBSERVE;
            vm.allocation = 64 * MIB + random.nextLong(vm.maximum - 64 * MIB);
            vm.original = vm.allocation;
            vm.balloon = vm.allocation;
            vm.used = random.nextLong(vm.allocation);
            vm.shownAllocation = vm.allocation;
            vm.takenTokens = (double) SETTINGS.shrinkBurstKib();
            vm.takenTime = now;
            vm.stubborn = random.nextInt(8) == 0;
            vms.add(vm);
            control(ControlKind.VM_ARRIVED, vm);
        }

        void control(ControlKind kind, Vm vm) {
            feed.vm(
                    kind,
                    vm.slot,
                    vm.generation,
                    vm.mode,
                    vm.priority,
                    vm.floor,
                    vm.ceiling,
                    vm.original,
                    now);
        }

        void changeBudget() {
            long allocated = vms.stream().mapToLong(vm -> vm.allocation).sum();
            budget = Math.max(MIB, (long) (allocated * (.5 + random.nextDouble())));
            feed.budget(budget, now);
        }

        void disturb() {
            if (vms.isEmpty()) {
                arrive();
                return;
            }
            Vm vm = vms.get(random.nextInt(vms.size()));
            switch (random.nextInt(13)) {
                case 0 -> arrive();
                case 1 -> {
                    control(ControlKind.VM_DEPARTED, vm);
                    vms.remove(vm);
                }
                case 2 -> {
                    vm.mode = VmMode.of(random.nextInt(3));
                    vm.priority = random.nextInt(10);
                    vm.floor = random.nextLong(vm.maximum / 2);
                    vm.ceiling = vm.floor + random.nextLong(vm.maximum - vm.floor + 1);
                    control(ControlKind.VM_POLICY, vm);
                }
                case 3 -> changeBudget();
                case 4 -> {
                    paused = true;
                    restoring = false;
                    feed.control(ControlKind.PAUSED, now);
                }
                case 5, 6 -> {
                    paused = false;
                    restoring = false;
                    feed.control(ControlKind.RESUMED, now);
                }
                case 7 -> {
                    paused = true;
                    restoring = true;
                    feed.control(ControlKind.RESTORE, now);
                    judge();
                }
                case 8 -> {
                    connected = false;
                    feed.control(ControlKind.CONNECTION_LOST, now);
                }
                case 9 -> {
                    connected = true;
                    feed.control(ControlKind.CONNECTION_BACK, now);
                }
                case 10 -> vm.silent = !vm.silent;
                case 11 -> vm.missing = !vm.missing;
                default -> {
                    // An old VM's outcome or policy must not reach the new one of its slot.
                    feed.outcome(0, vm.slot, vm.generation - 1, MIB, OutcomeStatus.DONE, now);
                    feed.vm(
                            ControlKind.VM_DEPARTED,
                            vm.slot,
                            vm.generation + 1000,
                            vm.mode,
                            0,
                            0,
                            0,
                            0,
                            now);
                }
            }
        }

        void move() {
            for (Vm vm : vms) {
                if (!vm.stubborn || vm.balloon > vm.allocation) {
                    long way = vm.balloon - vm.allocation;
                    vm.allocation += (long) (way * (accurate ? 1 : random.nextDouble()));
                }
                if (random.nextInt(4) == 0) {
                    long change = (long) (random.nextDouble() * random.nextDouble() * vm.maximum);
                    vm.used += random.nextBoolean() ? change : -change;
                }
                vm.used = Math.clamp(vm.used, MIB, Math.max(MIB, vm.allocation - MIB));
            }
        }

        void sample() {
            boolean forecasts = random.nextInt(4) != 0;
            feed.sample(
                    now,
                    tick -> {
                        for (Vm vm : vms) {
                            if (vm.missing) {
                                vm.told = false;
                            } else {
                                row(tick, vm);
                            }
                        }
                        if (forecasts) {
                            forecast(tick);
                        }
                    });
            judge();
        }

        void row(Tick tick, Vm vm) {
            if (!vm.silent) {
                vm.reportedUsable = vm.allocation - vm.used;
                vm.reportedTime = now - random.nextLong(50 * MS);
            }
            boolean told = vm.reportedTime > 0 && random.nextInt(20) != 0;
            boolean renewed = told && vm.reportedTime > vm.toldTime;
            boolean rests = vm.allocation == vm.rowAllocation;
            vm.still = !rests ? 0 : renewed ? vm.still + 1 : vm.still;
            vm.rowAllocation = vm.allocation;
            vm.show(now);
            vm.told = told;
            if (renewed) {
                vm.toldTime = vm.reportedTime;
                vm.usedTold = vm.allocation - vm.reportedUsable;
            }
            // Of CPU they use nothing: a VM is idle as long as its memory stays.
            tick.sample.cpuTimeNs[vm.slot] = 1;
            Feed.row(
                    tick.sample,
                    vm.slot,
                    vm.generation,
                    vm.allocation,
                    vm.maximum,
                    told ? vm.reportedUsable : -1,
                    vm.reportedTime);
            reached(vm);
        }

        void reached(Vm vm) {
            if (vm.command >= 0 && Math.abs(vm.command - vm.shownAllocation) <= 2 * MIB) {
                vm.command = -1;
            }
        }

        void forecast(Tick tick) {
            for (Vm vm : vms) {
                int kind = random.nextInt(10);
                if (kind == 0) {
                    continue;
                }
                long low = (long) (vm.used * (.5 + random.nextDouble()));
                Feed.forecast(tick.forecast, vm.slot, low, low + random.nextLong(vm.maximum));
                int offset = ForecastSection.offset(vm.slot, Resource.MEMORY, Horizon.MINUTES_5);
                switch (kind) {
                    case 1 -> tick.forecast.source[vm.slot] = ForecastSource.NONE;
                    case 2 -> tick.forecast.quantile[offset + random.nextInt(10)] = Float.NaN;
                    case 3 ->
                            tick.forecast.quantile[offset + random.nextInt(10)] =
                                    Float.POSITIVE_INFINITY;
                    case 4 -> tick.forecast.quantile[offset + random.nextInt(10)] = -1e9f;
                    case 5 -> {
                        tick.forecast.taskKib[vm.slot] = random.nextLong(vm.maximum);
                        tick.forecast.taskStartTimeNs[vm.slot] =
                                now + (random.nextInt(60) - 20) * 1000L * MS;
                    }
                    default -> {
                        // An honest forecast.
                    }
                }
            }
        }

        void outcomes() {
            endHands();
            for (Vm vm : vms) {
                if (vm.inFlight < 0 || random.nextInt(3) == 0) {
                    continue;
                }
                OutcomeStatus status =
                        random.nextInt(4) != 0
                                ? OutcomeStatus.DONE
                                : OutcomeStatus.of(random.nextInt(6));
                if (status == OutcomeStatus.DONE) {
                    vm.balloon = vm.inFlight;
                    if (vm.command > Math.max(vm.inFlight, vm.shownAllocation)) {
                        vm.rising = Math.max(vm.rising, vm.command);
                        vm.risingTime = now;
                    }
                    vm.command = vm.inFlight;
                    reached(vm);
                }
                feed.outcome(vm.inFlightSequence, vm.slot, vm.generation, vm.inFlight, status, now);
                vm.inFlight = -1;
            }
        }

        void pressure() {
            if (vms.isEmpty()) {
                return;
            }
            Vm vm = vms.get(random.nextInt(vms.size()));
            if (random.nextBoolean()) {
                vm.show(now);
                reached(vm);
                feed.pressure(
                        PressureSource.BALLOON_CHANGE, vm.slot, vm.generation, vm.allocation, now);
            } else {
                vm.show(now);
                reached(vm);
                feed.pressure(
                        PressureSource.BALLOON_CHANGE, vm.slot, vm.generation, vm.allocation, now);
                judge();
                vm.reportedUsable = vm.allocation - vm.used;
                vm.reportedTime = now;
                vm.toldTime = now;
                vm.told = true;
                vm.usedTold = vm.used;
                feed.pressure(
                        PressureSource.GUEST_STARVED,
                        vm.slot,
                        vm.generation,
                        vm.reportedUsable,
                        now);
            }
            judge();
        }

        Vm at(int slot) {
            return vms.stream().filter(vm -> vm.slot == slot).findFirst().orElseThrow();
        }

        /** The invariants, one by one. */
        void judge() {
            PlanSection plan = feed.plan();
            assertThat(plan.made).isTrue();
            planCount++;
            for (Vm vm : vms) {
                if (vm.inFlight >= 0 && now - vm.inFlightTime > SETTINGS.inFlightNsMax()) {
                    vm.command = Math.max(vm.command, vm.inFlight);
                    vm.inFlight = -1;
                }
                if (vm.handInFlight >= 0 && now - vm.handTime > SETTINGS.inFlightNsMax()) {
                    vm.handInFlight = -1;
                }
            }
            judgeTargets(plan);
            judgeActs(plan);
            digest(plan);
        }

        void judgeTargets(PlanSection plan) {
            long targets = 0;
            long immovable = 0;
            boolean grows = false;
            for (Vm vm : vms) {
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
                assertThat(targets).as("2: targets within budget").isLessThanOrEqualTo(budget);
            }
            if (targets > budget) {
                assertThat(targets).as("2: nothing added above budget").isEqualTo(immovable);
            }
        }

        void judgeShrink(Vm vm, long size) {
            assertThat(vm.told).as("4: statistics of %d", vm.slot).isTrue();
            assertThat(now - vm.reportedTime)
                    .as("4: age of statistics of %d", vm.slot)
                    .isLessThanOrEqualTo(SETTINGS.staleNs());
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

        void judgeActs(PlanSection plan) {
            boolean[] acted = new boolean[VM_COUNT_MAX];
            long committed = vms.stream().mapToLong(Vm::committed).sum();
            long granted = 0;
            assertThat(connected || plan.actCount == 0).as("lost connection").isTrue();
            assertThat(!paused || restoring || plan.actCount == 0).as("paused").isTrue();
            for (int act = 0; act < plan.actCount; act++) {
                Vm vm = at(plan.actSlot[act]);
                long amount = plan.actAmount[act];
                assertThat(plan.actGeneration[act]).isEqualTo(vm.generation);
                if (!plan.actKind[act].resizes()) {
                    judgeHand(plan, act, vm);
                    continue;
                }
                assertThat(acted[vm.slot]).as("6: two acts in a plan").isFalse();
                acted[vm.slot] = true;
                assertThat(vm.inFlight).as("6: in flight at %d", vm.slot).isEqualTo(-1);
                assertThat(vm.mode == VmMode.ENFORCE || (restoring && vm.touched))
                        .as("mode of %d", vm.slot)
                        .isTrue();
                if (amount < vm.shownAllocation) {
                    judgeShrink(vm, amount);
                    judgePace(vm, amount);
                    shrinkCount++;
                }
                granted += Math.max(0, amount - vm.committed());
                vm.inFlight = amount;
                vm.inFlightSequence = feed.tick.sequence;
                vm.inFlightTime = now;
                vm.touched = true;
                actCount++;
            }
            if (granted > 0) {
                assertThat(committed + granted).as("2: granted").isLessThanOrEqualTo(budget);
            }
        }

        void judgeHand(PlanSection plan, int act, Vm vm) {
            ActKind kind = plan.actKind[act];
            boolean undo = kind == ActKind.UNSCULPT;
            assertThat(paused || restoring).as("%s at %d", kind, vm.slot).isEqualTo(undo);
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
            vm.handSequence = feed.tick.sequence;
            vm.handTime = now;
            handCount++;
        }

        void endHands() {
            for (Vm vm : vms) {
                if (random.nextInt(8) == 0) {
                    vm.warmKib = random.nextInt(3) == 0 ? 0 : 1 + random.nextLong(1024 * MIB);
                    long startNs = now + (random.nextInt(120) - 20) * 1000L * MS;
                    feed.warmth(vm.slot, vm.generation, vm.warmKib, startNs, now);
                }
                if (vm.handInFlight < 0 || random.nextInt(4) != 0) {
                    continue;
                }
                OutcomeStatus[] ends = {
                    OutcomeStatus.DONE, OutcomeStatus.FAILED, OutcomeStatus.UNAVAILABLE
                };
                OutcomeStatus end = ends[random.nextInt(ends.length)];
                vm.sculpted |= vm.handKind == ActKind.SCULPT && end == OutcomeStatus.DONE;
                feed.outcome(
                        vm.handSequence,
                        vm.slot,
                        vm.generation,
                        vm.handKind,
                        vm.handInFlight,
                        end,
                        now);
                vm.handInFlight = -1;
            }
        }

        /** What was asked of a guest, over any span, stays below a burst and the pace. */
        void judgePace(Vm vm, long amount) {
            long base =
                    vm.command >= 0 ? Math.min(vm.command, vm.shownAllocation) : vm.shownAllocation;
            vm.takenTokens =
                    Math.min(
                            (double) SETTINGS.shrinkBurstKib(),
                            vm.takenTokens
                                    + SETTINGS.shrinkPaceKibPerS() * ((now - vm.takenTime) * 1e-9));
            vm.takenTime = now;
            vm.takenTokens -= Math.max(0, base - amount);
            assertThat(vm.takenTokens).as("5: pace at %d", vm.slot).isGreaterThanOrEqualTo(-16);
        }

        void digest(PlanSection plan) {
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
}
