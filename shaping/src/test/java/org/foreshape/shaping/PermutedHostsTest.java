package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a VM's target is does not depend on the slot it happens to have. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PermutedHostsTest {
    private static final int HOST_COUNT = 10_000;
    private static final int VM_COUNT_MAX = 24;
    private static final long MIB = Feed.MIB;
    private static final long SEED = Long.getLong("foreshape.seed", 20_261_130L);

    private static final Objective[] OBJECTIVES = Objective.values();

    /** A VM as it is told to the shaper. */
    private record Vm(
            VmMode mode,
            int priority,
            long floorKib,
            long maximumKib,
            long allocationKib,
            long usedKib,
            boolean stale,
            boolean forecast,
            long forecastLowKib,
            long forecastHighKib,
            long taskKib,
            long taskInNs) {
        long idleKib(ShapingSettings settings) {
            long margin =
                    Math.max(settings.marginFloorKib(), usedKib * settings.marginPermille() / 1000);
            return Math.max(0, allocationKib - Math.max(floorKib, usedKib + margin));
        }

        boolean starved(ShapingSettings settings) {
            long low =
                    Math.max(
                            settings.lowWaterFloorKib(),
                            allocationKib * settings.lowWaterPermille() / 1000);
            return allocationKib - usedKib < low;
        }
    }

    @Test
    void shouldGiveEveryVmTheSameTargetInAnySlot() {
        System.out.println("seed " + SEED);
        for (int host = 0; host < HOST_COUNT; host++) {
            SplittableRandom random = new SplittableRandom(SEED + host);
            Vm[] vms = vms(random);
            long budget = budget(random, vms);
            ShapingSettings settings = settings(random);
            int[] straight = slots(vms.length);
            int[] mixed = straight.clone();
            for (int i = mixed.length - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                int kept = mixed[i];
                mixed[i] = mixed[other];
                mixed[other] = kept;
            }
            PlanSection one = plan(settings, vms, straight, budget);
            PlanSection two = plan(settings, vms, mixed, budget);
            for (int vm = 0; vm < vms.length; vm++) {
                assertThat(two.targetKib[mixed[vm]])
                        .as(
                                "-Dforeshape.seed=%d: %s of %s",
                                SEED + host, vms[vm], Arrays.toString(vms))
                        .isEqualTo(one.targetKib[straight[vm]]);
            }
        }
    }

    @Test
    void shouldServeStarvedVmsInTheSamePlanWhileThereIsIdleMemory() {
        int judged = 0;
        for (int host = 0; host < HOST_COUNT; host++) {
            SplittableRandom random = new SplittableRandom(SEED + host);
            Vm[] vms = vms(random);
            long budget = budget(random, vms);
            ShapingSettings settings = settings(random);
            long spare = budget;
            for (Vm vm : vms) {
                boolean gives = vm.mode == VmMode.ENFORCE && !vm.stale && !vm.starved(settings);
                spare -= vm.allocationKib - (gives ? vm.idleKib(settings) : 0);
                // Floors come before emergencies.
                spare -=
                        vm.mode == VmMode.ENFORCE ? Math.max(0, vm.floorKib - vm.allocationKib) : 0;
            }
            if (spare < (long) vms.length * MIB) {
                continue;
            }
            PlanSection plan = plan(settings, vms, slots(vms.length), budget);
            for (int slot = 0; slot < vms.length; slot++) {
                Vm vm = vms[slot];
                if (vm.mode == VmMode.ENFORCE
                        && vm.starved(settings)
                        && vm.allocationKib < vm.maximumKib) {
                    judged++;
                    assertThat(plan.verdict[slot])
                            .as("-Dforeshape.seed=%d: slot %d, %s", SEED + host, slot, vm)
                            .isEqualTo(Verdict.GROW);
                }
            }
        }
        assertThat(judged).isGreaterThan(HOST_COUNT / 10);
    }

    private static Vm[] vms(SplittableRandom random) {
        Vm[] vms = new Vm[1 + random.nextInt(VM_COUNT_MAX)];
        for (int i = 0; i < vms.length; i++) {
            long maximum = (256 + random.nextInt(8192)) * MIB;
            long allocation = 128 * MIB + random.nextLong(maximum - 128 * MIB + 1);
            double share =
                    random.nextInt(3) == 0 ? 1 - random.nextDouble(.06) : random.nextDouble();
            long used = (long) (allocation * share);
            int mode = random.nextInt(10);
            long low = (long) (used * (.5 + random.nextDouble()));
            vms[i] =
                    new Vm(
                            mode < 7
                                    ? VmMode.ENFORCE
                                    : mode < 9 ? VmMode.RECOMMEND : VmMode.OBSERVE,
                            random.nextInt(10),
                            random.nextLong(maximum / 2),
                            maximum,
                            allocation,
                            used,
                            random.nextInt(12) == 0,
                            random.nextInt(4) != 0,
                            low,
                            low + random.nextLong(maximum),
                            random.nextInt(8) == 0 ? random.nextLong(maximum / 2) : 0,
                            (random.nextInt(60) - 20) * Feed.SECOND_NS);
        }
        return vms;
    }

    private static long budget(SplittableRandom random, Vm[] vms) {
        long allocated = Arrays.stream(vms).mapToLong(Vm::allocationKib).sum();
        return Math.max(MIB, (long) (allocated * (.5 + random.nextDouble())));
    }

    private static ShapingSettings settings(SplittableRandom random) {
        return Feed.RESIZES_ONLY.with(
                "objective", OBJECTIVES[random.nextInt(OBJECTIVES.length)].name());
    }

    private static int[] slots(int count) {
        int[] slots = new int[count];
        Arrays.setAll(slots, slot -> slot);
        return slots;
    }

    private static PlanSection plan(ShapingSettings settings, Vm[] vms, int[] slots, long budget) {
        Feed feed = new Feed(settings, VM_COUNT_MAX);
        long now = Feed.START_NS;
        for (int vm = 0; vm < vms.length; vm++) {
            Vm told = vms[vm];
            feed.arrive(
                    slots[vm],
                    1,
                    told.mode,
                    told.priority,
                    told.floorKib,
                    Long.MAX_VALUE,
                    told.allocationKib,
                    now);
        }
        feed.budget(budget, now);
        return feed.sample(now, tick -> write(tick, vms, slots, now));
    }

    private static void write(Tick tick, Vm[] vms, int[] slots, long now) {
        for (int vm = 0; vm < vms.length; vm++) {
            Vm told = vms[vm];
            int slot = slots[vm];
            Feed.row(
                    tick.sample,
                    slot,
                    1,
                    told.allocationKib,
                    told.maximumKib,
                    told.allocationKib - told.usedKib,
                    told.stale ? now - 60 * Feed.SECOND_NS : now);
            if (told.forecast) {
                Feed.forecast(tick.forecast, slot, told.forecastLowKib, told.forecastHighKib);
                tick.forecast.taskKib[slot] = told.taskKib;
                tick.forecast.taskStartTimeNs[slot] = now + told.taskInNs;
            }
        }
    }
}
