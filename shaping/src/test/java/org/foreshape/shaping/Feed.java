package org.foreshape.shaping;

import java.util.function.Consumer;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;

/** Feeds events to a shaper, one after the other, as the ring would. */
final class Feed {
    static final long MIB = 1024;
    static final long SECOND_NS = 1_000_000_000L;
    static final long START_NS = 1_700_000_000L * SECOND_NS;

    /** The defaults without the acts that resize nothing, for tests that count the others. */
    static final ShapingSettings RESIZES_ONLY =
            ShapingSettings.defaults()
                    .with("prefaultLeastKib", 0)
                    .with("sculptChurnKib", 0)
                    .with("prewarmPaceKibPerS", 0);

    final MemoryShaper shaper;
    final Tick tick;
    private long sequence;

    /** Whether the shaper rehearses before every event. */
    boolean rehearsing;

    private final Tick scratch;

    private static final Horizon[] HORIZONS = Horizon.values();

    Feed(ShapingSettings settings, int vmCountMax) {
        shaper = new MemoryShaper(settings, vmCountMax);
        tick = new Tick(vmCountMax);
        scratch = new Tick(vmCountMax);
    }

    PlanSection plan() {
        return tick.plan;
    }

    void begin(EventKind kind, long nowNs) {
        tick.begin(kind, nowNs);
        tick.sequence = sequence++;
    }

    void shape() {
        if (rehearsing) {
            shaper.rehearsePlan(scratch);
            scratch.clearDecision();
        }
        shaper.shape(tick);
    }

    void control(ControlKind kind, long nowNs) {
        begin(EventKind.CONTROL, nowNs);
        tick.control.kind = kind;
        shape();
    }

    void budget(long budgetKib, long nowNs) {
        begin(EventKind.CONTROL, nowNs);
        tick.control.kind = ControlKind.BUDGET;
        tick.control.amountKib = budgetKib;
        shape();
    }

    void warmth(int slot, int generation, long amountKib, long startTimeNs, long nowNs) {
        begin(EventKind.CONTROL, nowNs);
        tick.control.kind = ControlKind.WARMTH;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = generation;
        tick.control.amountKib = amountKib;
        tick.control.timeNs = startTimeNs;
        shape();
    }

    void sculptedBefore(int slot, int generation, long nowNs) {
        begin(EventKind.CONTROL, nowNs);
        tick.control.kind = ControlKind.SCULPTED;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = generation;
        shape();
    }

    void arrive(
            int slot,
            int generation,
            VmMode mode,
            int priority,
            long floorKib,
            long ceilingKib,
            long originalKib,
            long nowNs) {
        vm(
                ControlKind.VM_ARRIVED,
                slot,
                generation,
                mode,
                priority,
                floorKib,
                ceilingKib,
                originalKib,
                nowNs);
    }

    void vm(
            ControlKind kind,
            int slot,
            int generation,
            VmMode mode,
            int priority,
            long floorKib,
            long ceilingKib,
            long originalKib,
            long nowNs) {
        begin(EventKind.CONTROL, nowNs);
        tick.control.kind = kind;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = generation;
        tick.control.mode = mode;
        tick.control.priority = priority;
        tick.control.floorKib = floorKib;
        tick.control.ceilingKib = ceilingKib;
        tick.control.originalKib = originalKib;
        shape();
    }

    void outcome(
            long planSequence,
            int slot,
            int generation,
            long amount,
            OutcomeStatus status,
            long nowNs) {
        outcome(planSequence, slot, generation, ActKind.RESIZE_MEMORY, amount, status, nowNs);
    }

    void outcome(
            long planSequence,
            int slot,
            int generation,
            ActKind kind,
            long amount,
            OutcomeStatus status,
            long nowNs) {
        begin(EventKind.OUTCOME, nowNs);
        tick.outcome.planSequence = planSequence;
        tick.outcome.vmSlot = slot;
        tick.outcome.vmGeneration = generation;
        tick.outcome.actKind = kind;
        tick.outcome.status = status;
        tick.outcome.requested = amount;
        shape();
    }

    void pressure(PressureSource source, int slot, int generation, long value, long nowNs) {
        begin(EventKind.PRESSURE, nowNs);
        tick.pressure.source = source;
        tick.pressure.vmSlot = slot;
        tick.pressure.vmGeneration = generation;
        tick.pressure.value = value;
        shape();
    }

    /** A sample; the writer fills sections, forecast included. */
    PlanSection sample(long nowNs, Consumer<Tick> writer) {
        begin(EventKind.SAMPLE, nowNs);
        writer.accept(tick);
        shape();
        return tick.plan;
    }

    static void row(
            SampleSection sample,
            int slot,
            int generation,
            long allocationKib,
            long maximumKib,
            long usableKib,
            long statsTimeNs) {
        sample.slotCount = Math.max(sample.slotCount, slot + 1);
        sample.present[slot] = true;
        sample.generation[slot] = generation;
        sample.allocationKib[slot] = allocationKib;
        sample.maximumKib[slot] = maximumKib;
        sample.usableKib[slot] = usableKib;
        sample.statsTimeNs[slot] = statsTimeNs;
    }

    /** A forecast of memory whose quantiles rise evenly from {@code lowKib} to {@code highKib}. */
    static void forecast(ForecastSection forecast, int slot, long lowKib, long highKib) {
        forecast.slotCount = Math.max(forecast.slotCount, slot + 1);
        forecast.source[slot] = ForecastSource.MODEL;
        for (Horizon horizon : HORIZONS) {
            int offset = ForecastSection.offset(slot, Resource.MEMORY, horizon);
            for (int i = 0; i < Quantiles.COUNT; i++) {
                forecast.quantile[offset + i] =
                        (float) (lowKib + (highKib - lowKib) * Quantiles.level(i));
            }
        }
    }
}
