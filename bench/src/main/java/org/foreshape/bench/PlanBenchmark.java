package org.foreshape.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.SplittableRandom;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.shaping.MemoryShaper;
import org.foreshape.shaping.ShapingSettings;

/**
 * What a plan costs: one sample with its forecasts through the shaper, checked by its guard, for
 * ever more VMs whose use wanders. Once with a budget that suffices, and once with one that does
 * not, where what forecasts want must be cut. Acts are obeyed at once; that is not in the time.
 */
final class PlanBenchmark implements Benchmark {
    private static final long SEED = 1;
    private static final long MIB = 1024;
    private static final long TICK_NS = 1_000_000_000L;
    private static final long START_TIME_NS = 1_800_000_000_000_000_000L;
    private static final int[] VM_COUNTS = {64, 256, 1_000, 4_000, 10_000};

    /** What each VM has on average; it uses 550 MiB on average, and at most 900. */
    private static final long AMPLE_MIB = 1_600;

    private static final long SHORT_MIB = 640;

    @Override
    public String name() {
        return "plan";
    }

    @Override
    public String purpose() {
        return "a plan for 64 to 10,000 VMs under an ample and a short budget";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) {
        Result result = new Result("plan");
        result.fact("seed", SEED);
        for (boolean ample : new boolean[] {true, false}) {
            double[] medians = new double[VM_COUNTS.length];
            for (int i = 0; i < VM_COUNTS.length; i++) {
                // As many rows of VMs for each size, but never fewer than give a median.
                int ticks = Math.max(500, (quick ? 1_000_000 : 5_000_000) / VM_COUNTS[i]);
                medians[i] = measure(VM_COUNTS[i], ample, Math.min(ticks, 10_000), result);
            }
            judge(ample, medians, result);
        }
        return result;
    }

    private static void judge(boolean ample, double[] medians, Result result) {
        String budget = ample ? "ample" : "short";
        result.wantAtMost(budget + ", 256 VMs: plan p50, us", medians[1], 100);
        result.wantAtMost(budget + ", 1,000 VMs: plan p50, us", medians[2], 500);
        for (int i = 2; i < VM_COUNTS.length; i++) {
            double growth = medians[i] / medians[i - 1];
            result.wantAtMost(
                    String.format(
                            Locale.ROOT,
                            "%s, %,d to %,d VMs: growth by that of n log n",
                            budget,
                            VM_COUNTS[i - 1],
                            VM_COUNTS[i]),
                    growth / (linearithmic(VM_COUNTS[i]) / linearithmic(VM_COUNTS[i - 1])),
                    1);
        }
    }

    private static double linearithmic(int count) {
        return count * Math.log(count);
    }

    private static double measure(int vmCount, boolean ample, int ticks, Result result) {
        Host host = new Host(vmCount, ample ? AMPLE_MIB : SHORT_MIB);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        host.run(ticks);
        host.actCount = 0;
        double[] planUs = new double[ticks];
        long bytes = 0;
        for (int i = 0; i < ticks; i++) {
            host.write();
            long bytesBefore = threads.getCurrentThreadAllocatedBytes();
            long startNs = System.nanoTime();
            host.shaper.shape(host.tick);
            long endNs = System.nanoTime();
            bytes += threads.getCurrentThreadAllocatedBytes() - bytesBefore;
            planUs[i] = (endNs - startNs) / 1e3;
            host.obey();
        }
        if (host.shaper.breachCount() > 0) {
            throw new IllegalStateException("a plan was turned down: " + host.shaper.lastBreach());
        }
        String name =
                String.format(Locale.ROOT, "%s, %,d VMs: ", ample ? "ample" : "short", vmCount);
        result.add(name + "plan, us", planUs);
        result.fact(name + "acts per plan", (double) host.actCount / ticks);
        result.wantAtMost(name + "bytes allocated per plan", (double) bytes / ticks, 0);
        return Result.median(planUs);
    }

    /** VMs whose use wanders, half of them with a wide forecast. */
    private static final class Host {
        final MemoryShaper shaper;
        final Tick tick;
        long actCount;

        private final int vmCount;
        private final SplittableRandom random = new SplittableRandom(SEED);
        private final long[] allocationKib;
        private final long[] usedKib;
        private final int[] actSlot;
        private final ActKind[] actKind;
        private final long[] actAmount;
        private long nowNs = START_TIME_NS;

        Host(int vmCount, long meanMib) {
            this.vmCount = vmCount;
            shaper = new MemoryShaper(ShapingSettings.defaults(), vmCount);
            tick = new Tick(vmCount);
            allocationKib = new long[vmCount];
            usedKib = new long[vmCount];
            actSlot = new int[tick.plan.actSlot.length];
            actKind = new ActKind[actSlot.length];
            actAmount = new long[actSlot.length];
            for (int slot = 0; slot < vmCount; slot++) {
                usedKib[slot] = random.nextLong(300 * MIB, 600 * MIB);
                allocationKib[slot] = Math.max(meanMib * MIB, usedKib[slot] + 64 * MIB);
                arrive(slot);
            }
            tick.begin(EventKind.CONTROL, nowNs);
            tick.control.kind = ControlKind.BUDGET;
            tick.control.amountKib = vmCount * meanMib * MIB;
            tick.sequence++;
            shaper.shape(tick);
        }

        private void arrive(int slot) {
            tick.begin(EventKind.CONTROL, nowNs);
            tick.sequence++;
            tick.control.kind = ControlKind.VM_ARRIVED;
            tick.control.vmSlot = slot;
            tick.control.vmGeneration = 1;
            tick.control.mode = VmMode.ENFORCE;
            tick.control.priority = slot % 10;
            tick.control.floorKib = 128 * MIB;
            tick.control.ceilingKib = 2_048 * MIB;
            tick.control.originalKib = allocationKib[slot];
            shaper.shape(tick);
        }

        void run(int ticks) {
            for (int i = 0; i < ticks; i++) {
                write();
                shaper.shape(tick);
                obey();
            }
        }

        void write() {
            nowNs += TICK_NS;
            tick.begin(EventKind.SAMPLE, nowNs);
            tick.sequence++;
            SampleSection sample = tick.sample;
            ForecastSection forecast = tick.forecast;
            sample.slotCount = vmCount;
            forecast.slotCount = vmCount;
            for (int slot = 0; slot < vmCount; slot++) {
                long moved = usedKib[slot] + random.nextLong(-20 * MIB, 20 * MIB + 1);
                long most = Math.min(900 * MIB, allocationKib[slot] - 8 * MIB);
                usedKib[slot] = Math.clamp(moved, Math.min(200 * MIB, most), most);
                sample.present[slot] = true;
                sample.generation[slot] = 1;
                sample.allocationKib[slot] = allocationKib[slot];
                sample.maximumKib[slot] = 2_048 * MIB;
                sample.usableKib[slot] = allocationKib[slot] - usedKib[slot];
                sample.statsTimeNs[slot] = nowNs;
                forecast.source[slot] = ForecastSource.MODEL;
                long rise = (slot % 2 == 0 ? 64 : 512) * MIB;
                for (int i = 0; i < Quantiles.COUNT; i++) {
                    float kib = usedKib[slot] + (float) (rise * Quantiles.level(i));
                    forecast.quantile[
                                    ForecastSection.offset(slot, Resource.MEMORY, Horizon.MINUTES_5)
                                            + i] =
                            kib;
                    forecast.quantile[
                                    ForecastSection.offset(
                                                    slot, Resource.MEMORY, Horizon.MINUTES_15)
                                            + i] =
                            kib + rise / 4f;
                }
            }
        }

        /** Does what the plan asks for and tells so, as the hypervisor would. */
        void obey() {
            PlanSection plan = tick.plan;
            long planSequence = tick.sequence;
            int acts = plan.actCount;
            for (int act = 0; act < acts; act++) {
                actSlot[act] = plan.actSlot[act];
                actKind[act] = plan.actKind[act];
                actAmount[act] = plan.actAmount[act];
            }
            for (int act = 0; act < acts; act++) {
                if (actKind[act].resizes()) {
                    allocationKib[actSlot[act]] = actAmount[act];
                }
                tick.begin(EventKind.OUTCOME, nowNs + 1);
                tick.sequence++;
                tick.outcome.planSequence = planSequence;
                tick.outcome.vmSlot = actSlot[act];
                tick.outcome.vmGeneration = 1;
                tick.outcome.actKind = actKind[act];
                tick.outcome.status = OutcomeStatus.DONE;
                tick.outcome.requested = actAmount[act];
                shaper.shape(tick);
            }
            actCount += acts;
        }
    }
}
