package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;

/**
 * A random world of up to 32 VMs that is fed to a shaper: statistics that are stale, missing or
 * wrong, VMs that come, go, disobey or take the slot of another, acts that fail or get lost,
 * budgets that move. Every plan is shown to a {@link RandomWorldJudge}.
 */
final class RandomWorld {
    private static final int EVENT_COUNT = 120;
    private static final long MIB = Feed.MIB;
    private static final long MS = 1_000_000L;

    static final int VM_COUNT_MAX = 32;
    static final ShapingSettings SETTINGS =
            ShapingSettings.defaults().with("reclaimIdleNs", 3000 * MS);

    final SplittableRandom random;
    final Feed feed = new Feed(SETTINGS, VM_COUNT_MAX);
    final List<RandomWorldVm> vms = new ArrayList<>();
    final boolean accurate;
    long now = Feed.START_NS;
    long budget;
    boolean paused;
    boolean restoring;
    boolean connected = true;
    int generations;
    final RandomWorldJudge judge = new RandomWorldJudge(this);

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
        assertThat(feed.shaper.breachCount()).as("breach %s", feed.shaper.lastBreach()).isZero();
    }

    void arrive() {
        if (vms.size() >= VM_COUNT_MAX) {
            return;
        }
        RandomWorldVm vm = new RandomWorldVm();
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

    void control(ControlKind kind, RandomWorldVm vm) {
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
        RandomWorldVm vm = vms.get(random.nextInt(vms.size()));
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
                judge.look();
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
        for (RandomWorldVm vm : vms) {
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
                    for (RandomWorldVm vm : vms) {
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
        judge.look();
    }

    void row(Tick tick, RandomWorldVm vm) {
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

    void reached(RandomWorldVm vm) {
        if (vm.command >= 0 && Math.abs(vm.command - vm.shownAllocation) <= 2 * MIB) {
            vm.command = -1;
        }
    }

    void forecast(Tick tick) {
        for (RandomWorldVm vm : vms) {
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
        for (RandomWorldVm vm : vms) {
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
        RandomWorldVm vm = vms.get(random.nextInt(vms.size()));
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
            judge.look();
            vm.reportedUsable = vm.allocation - vm.used;
            vm.reportedTime = now;
            vm.toldTime = now;
            vm.told = true;
            vm.usedTold = vm.used;
            feed.pressure(
                    PressureSource.GUEST_STARVED, vm.slot, vm.generation, vm.reportedUsable, now);
        }
        judge.look();
    }

    void endHands() {
        for (RandomWorldVm vm : vms) {
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
}
