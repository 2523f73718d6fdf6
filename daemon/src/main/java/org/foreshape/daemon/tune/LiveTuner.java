package org.foreshape.daemon.tune;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.foreshape.daemon.hands.Chore;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.EpochCost;
import org.foreshape.shaping.tuning.Situation;
import org.foreshape.shaping.tuning.TunedText;
import org.foreshape.shaping.tuning.Tuner;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/**
 * Tunes the VMs that the engine enforces, on a thread of its own that looks at the latest sample
 * once a second. When a VM's epoch ends it learns what that cost, chooses for the next one, and
 * publishes the choice as a {@code TUNED} event, so that a replay needs no tuner and the next run
 * can learn from the journal ({@link TunerPast}).
 */
public final class LiveTuner implements AutoCloseable {
    private static final long PERIOD_NS = 1_000_000_000L;

    /** An epoch that was watched for less is not learnt from. */
    private static final double COUNTED_SHARE_MIN = .8;

    private static final double SHORT_KEPT = .9;
    private static final double KIB_PER_GIB = 1 << 20;
    private static final double NS_PER_HOUR = 3.6e12;
    private static final double NS_PER_SECOND = 1e9;
    private static final long DAY_NS = 86_400_000_000_000L;

    private final Tuner tuner;
    private final ShapingSettings shaping;
    private final long epochNs;
    private final Supplier<Map<Integer, Vm>> vms;
    private final Consumer<Tick> latest;
    private final Tick sample;
    private final Chore chore;
    private final Map<Integer, Epoch> epochs = new HashMap<>();
    private @Nullable EventPublisher publisher;
    private EngineClock clock = EngineClock.wall();
    private long lookTimeNs;

    /**
     * A VM that may be tuned.
     *
     * @param generation which VM of its slot
     * @param policy of the operator
     */
    public record Vm(int generation, VmPolicy policy) {}

    /** What is kept of one VM from one look to the next. */
    private static final class Epoch {
        final int generation;
        final EpochMeter meter;
        long startNs;
        Tuner.@Nullable Choice choice;
        double shortMinutesPerHour;

        Epoch(int generation, EpochMeter meter, long startNs) {
            this.generation = generation;
            this.meter = meter;
            this.startNs = startNs;
        }
    }

    /**
     * One that does not look yet.
     *
     * @param tuner with what earlier runs taught it; it belongs to this from now on
     * @param settings how long epochs are
     * @param shaping says when a guest is starved
     * @param vms the VMs that are there, by slot
     * @param sample an event with room for the engine's samples
     * @param latest copies the engine's latest sample into it; leaves it empty before the first
     * @param errors takes what fails
     */
    public LiveTuner(
            Tuner tuner,
            TunerSettings settings,
            ShapingSettings shaping,
            Supplier<Map<Integer, Vm>> vms,
            Tick sample,
            Consumer<Tick> latest,
            DistinctErrors errors) {
        this.tuner = tuner;
        this.shaping = shaping;
        this.epochNs = (long) (settings.epochSeconds() * NS_PER_SECOND);
        this.vms = vms;
        this.sample = sample;
        this.latest = latest;
        this.chore = new Chore("foreshape-tuner", PERIOD_NS, this::turn, errors);
    }

    /** Starts the thread; the ring must take events. */
    public synchronized void start(EventPublisher ring, EngineClock engineClock) {
        publisher = ring;
        clock = engineClock;
        chore.start();
    }

    /** Looks once. */
    synchronized void turn() {
        latest.accept(sample);
        EventPublisher ring = publisher;
        if (ring == null || sample.kind != EventKind.SAMPLE || sample.timeNs <= lookTimeNs) {
            return;
        }
        long nowNs = sample.timeNs;
        long elapsedNs = lookTimeNs == 0 ? 0 : nowNs - lookTimeNs;
        lookTimeNs = nowNs;
        Map<Integer, Vm> there = vms.get();
        epochs.entrySet().removeIf(entry -> !isSame(there.get(entry.getKey()), entry.getValue()));
        there.forEach((slot, vm) -> {
            if (vm.policy().mode() == VmMode.ENFORCE && isSampled(slot, vm)) {
                look(ring, slot, vm, elapsedNs, nowNs);
            }
        });
    }

    private static boolean isSame(@Nullable Vm vm, Epoch epoch) {
        return vm != null
                && vm.generation() == epoch.generation
                && vm.policy().mode() == VmMode.ENFORCE;
    }

    private boolean isSampled(int slot, Vm vm) {
        SampleSection figures = sample.sample;
        return slot < figures.slotCount
                && figures.present[slot]
                && figures.generation[slot] == vm.generation();
    }

    private void look(EventPublisher ring, int slot, Vm vm, long elapsedNs, long nowNs) {
        Epoch epoch = epochs.get(slot);
        if (epoch == null) {
            // VMs that came together end their first epochs apart, so that no hour is everybody's.
            long offsetNs = Math.floorMod(slot * 0x9E3779B97F4A7C15L, epochNs);
            epoch = new Epoch(vm.generation(), new EpochMeter(shaping), nowNs - offsetNs);
            epochs.put(slot, epoch);
            return;
        }
        epoch.meter.count(sample.sample, slot, elapsedNs, nowNs);
        if (nowNs - epoch.startNs >= epochNs) {
            next(ring, slot, vm, epoch, nowNs);
        }
    }

    private void next(EventPublisher ring, int slot, Vm vm, Epoch epoch, long nowNs) {
        Tuner.Choice before = epoch.choice;
        EpochCost cost = null;
        double countedNs = epoch.meter.countedNs();
        EpochCost counted = epoch.meter.cost();
        if (countedNs > 0) {
            epoch.shortMinutesPerHour =
                    SHORT_KEPT * epoch.shortMinutesPerHour
                            + (1 - SHORT_KEPT) * counted.shortMinutes() * NS_PER_HOUR / countedNs;
        }
        if (before != null && countedNs >= COUNTED_SHARE_MIN * epochNs) {
            cost = counted;
            tuner.learn(before, cost);
        }
        Tuner.Choice choice = tuner.choose(situation(slot, vm, epoch, nowNs));
        String text = new TunedText(tuner.arms().get(choice.arm()), choice, cost).toText();
        ring.publish(tick -> {
            tick.begin(EventKind.CONTROL, clock.timeNs());
            tick.control.kind = ControlKind.TUNED;
            tick.control.vmSlot = slot;
            tick.control.vmGeneration = vm.generation();
            tick.control.text.set(text);
        });
        epoch.choice = choice;
        epoch.startNs = nowNs;
        epoch.meter.clear();
    }

    private Situation situation(int slot, Vm vm, Epoch epoch, long nowNs) {
        SampleSection figures = sample.sample;
        double allocated = 0;
        for (int each = 0; each < figures.slotCount; each++) {
            allocated += figures.present[each] ? figures.allocationKib[each] : 0;
        }
        double used =
                Math.max(0, figures.allocationKib[slot] - Math.max(0, figures.usableKib[slot]));
        int at = ForecastSection.offset(slot, Resource.MEMORY, Horizon.MINUTES_5) + Quantiles.P99;
        double spread =
                sample.forecast.source[slot] == ForecastSource.NONE
                        ? 0
                        : Math.max(0, sample.forecast.quantile[at] - used);
        double ceiling = Math.min(vm.policy().ceilingKib(), figures.maximumKib[slot]);
        return new Situation(
                used / KIB_PER_GIB,
                spread / KIB_PER_GIB,
                epoch.shortMinutesPerHour,
                Math.max(0, ceiling) / KIB_PER_GIB,
                Math.floorMod(nowNs, DAY_NS) / NS_PER_HOUR,
                vm.policy().priority(),
                figures.hostMemoryKib > 0 ? allocated / figures.hostMemoryKib : 0);
    }

    /** Ends the thread. Idempotent. */
    @Override
    public void close() {
        chore.close();
    }
}
