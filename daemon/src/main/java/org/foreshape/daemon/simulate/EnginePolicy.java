package org.foreshape.daemon.simulate;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.stage.Forecaster;
import org.foreshape.ring.stage.Observer;
import org.foreshape.shaping.Breach;
import org.foreshape.shaping.MemoryShaper;
import org.foreshape.shaping.simulation.AnnouncedTask;
import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/**
 * The engine's own stages as a policy of the simulated host: each sub-step is a sample event, each
 * act is carried out at once, and the rest is the engine's. VM numbers are slots.
 */
final class EnginePolicy implements Policy {
    /** Any generation: a VM that comes again is the same VM. */
    private static final int GENERATION = 1;

    private static final double KIB_PER_MIB = 1024;
    private static final double MILLICORES = 1000;
    private static final long SECOND_NS = 1_000_000_000L;

    private final Observer observer;
    private final Forecaster forecaster;
    private final MemoryShaper shaper;
    private final AutoCloseable owned;
    private final Tick tick;
    private final Tick news;
    private final boolean[] known;
    private final long[] leftKib;
    private long sequence;
    private long timeNs;

    /**
     * A policy of fresh stages.
     *
     * @param vmCount VMs of the trace
     * @param owned closed with this policy
     */
    EnginePolicy(
            int vmCount,
            Observer observer,
            Forecaster forecaster,
            MemoryShaper shaper,
            AutoCloseable owned) {
        this.observer = observer;
        this.forecaster = forecaster;
        this.shaper = shaper;
        this.owned = owned;
        this.tick = new Tick(vmCount);
        this.news = new Tick(vmCount);
        this.known = new boolean[vmCount];
        this.leftKib = new long[vmCount];
    }

    @Override
    public void begin(Look look) {
        time(look);
        for (int vm = 0; vm < look.vmCount(); vm++) {
            vm(look, ControlKind.VM_ARRIVED, vm, VmMode.OBSERVE);
        }
    }

    @Override
    public void warmUp(Look look) {
        time(look);
        tick.begin(EventKind.SAMPLE, timeNs);
        tick.sequence = sequence++;
        SampleSection sample = tick.sample;
        sample.slotCount = look.vmCount();
        int last = look.lastSample();
        for (int vm = 0; vm < look.vmCount(); vm++) {
            double used = look.memoryUsedMib(vm, last);
            known[vm] |= !Double.isNaN(used);
            if (known[vm]) {
                fill(look, vm, look.ceilingMib(vm), used);
            }
        }
        observer.observe(tick);
        forecaster.forecast(tick);
        observer.settle();
    }

    @Override
    public void appeared(Look look, int vm) {
        time(look);
        known[vm] = true;
        leftKib[vm] = 0;
        vm(look, ControlKind.VM_POLICY, vm, VmMode.ENFORCE);
        budget(look);
    }

    @Override
    public void departed(Look look, int vm) {
        time(look);
        leftKib[vm] = kib(look.allocationMib(vm));
        vm(look, ControlKind.VM_POLICY, vm, VmMode.OBSERVE);
        budget(look);
    }

    @Override
    public void announced(Look look, AnnouncedTask task) {
        task(look, task, TaskState.ANNOUNCED);
    }

    @Override
    public void started(Look look, AnnouncedTask task) {
        task(look, task, TaskState.STARTED);
    }

    @Override
    public void finished(Look look, AnnouncedTask task) {
        task(look, task, TaskState.FINISHED);
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        time(look);
        tick.begin(EventKind.SAMPLE, timeNs);
        tick.sequence = sequence++;
        SampleSection sample = tick.sample;
        sample.slotCount = look.vmCount();
        sample.hostMemoryKib = kib(look.hostMib());
        for (int vm = 0; vm < look.vmCount(); vm++) {
            if (known[vm]) {
                fill(
                        look,
                        vm,
                        look.allocationMib(vm),
                        look.present(vm) ? look.demandMib(vm) : Double.NaN);
            }
        }
        observer.observe(tick);
        forecaster.forecast(tick);
        shaper.shape(tick);
        observer.settle();
        if (shaper.lastBreach() != Breach.NONE) {
            throw new IllegalStateException(
                    "a plan broke an invariant at second "
                            + look.timeSeconds()
                            + ": "
                            + shaper.lastBreach());
        }
        for (int act = 0; act < tick.plan.actCount; act++) {
            if (tick.plan.actKind[act] == ActKind.RESIZE_MEMORY) {
                done(tick.plan.actSlot[act], tick.plan.actAmount[act]);
            }
        }
        // The world goes towards a target as fast as it can and never beyond the host, which acts
        // of a live engine see to one look after the other.
        for (int vm = 0; vm < look.vmCount(); vm++) {
            if (look.present(vm)) {
                targetMib[vm] = tick.plan.targetKib[vm] / KIB_PER_MIB;
            }
        }
    }

    /** Has a VM shaped by other factors from now on, as the text begins with. */
    void tune(Look look, int vm, String text) {
        time(look);
        control(ControlKind.TUNED);
        news.control.vmSlot = vm;
        news.control.vmGeneration = GENERATION;
        news.control.text.set(text);
        pass();
    }

    /** How far the newest forecast of a VM's peak within 5 minutes reaches above a use; MiB. */
    double spreadMib(int vm, double usedMib) {
        int at = ForecastSection.offset(vm, Resource.MEMORY, Horizon.MINUTES_5) + Quantiles.P99;
        return tick.forecast.source[vm] == ForecastSource.NONE
                ? 0
                : Math.max(0, tick.forecast.quantile[at] / KIB_PER_MIB - usedMib);
    }

    @Override
    public void close() {
        try {
            owned.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing the stages failed", e);
        }
    }

    /**
     * A sample is seen at the end of the time that it is the mean of, and belongs to the step that
     * bears its own time; a second is taken off, so that what is seen at that moment is its last.
     */
    private void time(Look look) {
        timeNs = engineNs(look, look.timeSeconds());
    }

    private static long engineNs(Look look, long seconds) {
        return (seconds - 1 + look.sampleSeconds()) * SECOND_NS;
    }

    private void fill(Look look, int vm, double allocationMib, double usedMib) {
        SampleSection sample = tick.sample;
        sample.present[vm] = true;
        sample.generation[vm] = GENERATION;
        long allocation = kib(allocationMib);
        sample.allocationKib[vm] = allocation;
        sample.maximumKib[vm] = kib(look.ceilingMib(vm));
        sample.guestTotalKib[vm] = allocation;
        if (!Double.isNaN(usedMib)) {
            long usable = allocation - kib(usedMib);
            sample.usableKib[vm] = usable == SampleSection.UNKNOWN ? usable - 1 : usable;
            sample.statsTimeNs[vm] = timeNs;
        }
        int last = look.lastSample();
        if (last >= look.firstSample()) {
            double cores = look.cpuUsedCores(vm, last);
            if (!Double.isNaN(cores)) {
                sample.cpuMillicores[vm] = Math.round(cores * MILLICORES);
                sample.vcpuCountMax[vm] = (int) Math.ceil(look.cpuCapCores(vm, last));
            }
        }
    }

    private void vm(Look look, ControlKind kind, int vm, VmMode mode) {
        control(kind);
        news.control.vmSlot = vm;
        news.control.vmGeneration = GENERATION;
        news.control.mode = mode;
        news.control.priority = look.priority(vm);
        news.control.floorKib = kib(look.floorMib(vm));
        news.control.ceilingKib = kib(look.ceilingMib(vm));
        news.control.originalKib = kib(look.allocationMib(vm));
        pass();
    }

    /** Memory that VMs left with is theirs in the engine's eyes, and not the host's concern. */
    private void budget(Look look) {
        long kib = 0;
        for (int vm = 0; vm < look.vmCount(); vm++) {
            kib += leftKib[vm] + (look.limited() ? 0 : kib(look.ceilingMib(vm)));
        }
        control(ControlKind.BUDGET);
        news.control.amountKib = kib + (look.limited() ? kib(look.hostMib()) : 0);
        pass();
    }

    private void task(Look look, AnnouncedTask task, TaskState state) {
        time(look);
        news.begin(EventKind.TASK, timeNs);
        TaskSection section = news.task;
        section.state = state;
        section.id.set(task.id());
        section.type.set(task.type());
        section.vmSlot = task.vm();
        section.vmGeneration = GENERATION;
        section.priority = task.priority();
        section.complexity = (float) task.complexity();
        section.plannedStartTimeNs = engineNs(look, task.startSeconds());
        section.expectedDurationNs = task.durationSeconds() * SECOND_NS;
        section.expectedMemoryKib = kib(task.memoryMib());
        section.expectedCpuMillicores =
                task.cpuCores() > 0 ? Math.round(1000 * task.cpuCores()) : TaskSection.UNKNOWN;
        pass();
    }

    private void control(ControlKind kind) {
        news.begin(EventKind.CONTROL, timeNs);
        news.control.kind = kind;
    }

    private void done(int vm, long amountKib) {
        news.begin(EventKind.OUTCOME, timeNs);
        news.outcome.planSequence = tick.sequence;
        news.outcome.vmSlot = vm;
        news.outcome.vmGeneration = GENERATION;
        news.outcome.actKind = ActKind.RESIZE_MEMORY;
        news.outcome.requested = amountKib;
        news.outcome.status = OutcomeStatus.DONE;
        pass();
    }

    private void pass() {
        news.sequence = sequence++;
        observer.observe(news);
        forecaster.forecast(news);
        shaper.shape(news);
    }

    private static long kib(double mib) {
        return (long) (mib * KIB_PER_MIB);
    }
}
