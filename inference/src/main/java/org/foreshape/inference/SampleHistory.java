package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Observer;

/**
 * Turns samples into use per grid step and VM, by the events' own time. It knows nothing of models:
 * forecasters read it in the same tick.
 *
 * <p>Within a step, use is the mean over time of what was sampled. A figure that was not taken anew
 * does not count twice. When an event lies in a later step than the one before, the step is closed,
 * and the steps between without any sample are missing. Use is in percent of what the VM can have
 * at most. Nothing allocates after construction. Engine thread only.
 */
public final class SampleHistory implements Observer {
    /** What stands for a grid step. */
    public enum StepFigure {
        /** The mean over time of what was sampled in it: samples are moments. */
        MEAN,
        /** The last that was sampled in it: samples are means already, as in a recorded trace. */
        LAST
    }

    private static final long WEIGHT_MIN_NS = 1_000_000;
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;

    private final StepFigure figure;
    private final int slotCount;
    private final long[] partShiftNs;
    private final long stepNs;
    private final int gapStepsMax;
    private final RiseWindows rises;
    private final RiseWindows storageRises;
    private final float[] storageKib;
    private final float[] storageCapacityKib;
    private final int[] storageChanged;
    private final boolean[] alive;
    private final int[] generation;
    private final int[] births;
    private final long[] capacity;
    private final float[] units;
    private int unitsChanged;
    private final long[] takenTimeNs;
    private final double[] sum;
    private final double[] weight;
    private final float[] open;
    private final float[] latest;
    private final float[] closed;
    private long step = Long.MIN_VALUE;
    private long closedStep;
    private int closedCount;

    /**
     * An empty history.
     *
     * @param vmCountMax slots, as the events have them
     * @param gridStepSeconds seconds of a step, from the model's manifest; divides an hour
     */
    public SampleHistory(int vmCountMax, int gridStepSeconds) {
        this(vmCountMax, gridStepSeconds, StepFigure.MEAN);
    }

    /**
     * An empty history.
     *
     * @param vmCountMax slots, as the events have them
     * @param gridStepSeconds seconds of a step, from the model's manifest; divides an hour
     * @param figure what stands for a step
     */
    public SampleHistory(int vmCountMax, int gridStepSeconds, StepFigure figure) {
        if (vmCountMax < 1 || gridStepSeconds < 1 || 3600 % gridStepSeconds != 0) {
            throw new IllegalArgumentException(
                    "vmCountMax is "
                            + vmCountMax
                            + ", gridStepSeconds is "
                            + gridStepSeconds
                            + ": give at least 1, and a divisor of 3600.");
        }
        this.slotCount = vmCountMax;
        this.partShiftNs = new long[vmCountMax];
        Arrays.setAll(partShiftNs, slot -> slot * RiseWindows.PART_NS / vmCountMax);
        this.figure = figure;
        this.stepNs = gridStepSeconds * 1_000_000_000L;
        this.gapStepsMax = 86_400 / gridStepSeconds;
        this.rises = new RiseWindows(vmCountMax * RESOURCES, RiseWindows.MEMORY_PRIOR);
        this.storageRises = new RiseWindows(vmCountMax, RiseWindows.STORAGE_PRIOR);
        this.storageKib = new float[vmCountMax];
        this.storageCapacityKib = new float[vmCountMax];
        this.storageChanged = new int[vmCountMax];
        Arrays.fill(storageKib, Float.NaN);
        Arrays.fill(storageCapacityKib, Float.POSITIVE_INFINITY);
        this.alive = new boolean[vmCountMax];
        this.generation = new int[vmCountMax];
        this.births = new int[vmCountMax];
        int series = vmCountMax * RESOURCES;
        this.capacity = new long[series];
        this.units = new float[series];
        this.takenTimeNs = new long[series];
        this.sum = new double[series];
        this.weight = new double[series];
        this.open = new float[series];
        this.latest = new float[series];
        this.closed = new float[series];
        Arrays.fill(open, Float.NaN);
        Arrays.fill(latest, Float.NaN);
        Arrays.fill(closed, Float.NaN);
    }

    @Override
    public void observe(Tick tick) {
        closedCount = 0;
        settle(); // If nobody found the time before; either way every event finds the same.
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        advance(Math.floorDiv(tick.timeNs, stepNs));
        SampleSection sample = tick.sample;
        int seen = Math.min(sample.slotCount, slotCount);
        for (int slot = 0; slot < seen; slot++) {
            if (!sample.present[slot]) {
                alive[slot] = false;
                continue;
            }
            if (!alive[slot] || generation[slot] != sample.generation[slot]) {
                bear(slot);
                generation[slot] = sample.generation[slot];
            }
            takeMemory(sample, slot, tick.timeNs);
            takeCpu(sample, slot, tick.timeNs);
            takeStorage(sample, slot, tick.timeNs);
        }
        for (int slot = seen; slot < slotCount; slot++) {
            alive[slot] = false;
        }
    }

    @Override
    public void settle() {
        rises.settle();
        storageRises.settle();
    }

    private void advance(long newStep) {
        if (step == Long.MIN_VALUE) {
            step = newStep;
        }
        if (newStep <= step) {
            return; // Engine time never goes back; a late event belongs to the open step.
        }
        if (newStep - step > gapStepsMax) {
            for (int slot = 0; slot < slotCount; slot++) {
                bear(slot);
            }
        } else {
            closedStep = step;
            closedCount = (int) (newStep - step);
            for (int k = 0; k < closed.length; k++) {
                closed[k] = weight[k] > 0 ? (float) (sum[k] / weight[k]) : Float.NaN;
                sum[k] = 0;
                weight[k] = 0;
                open[k] = Float.NaN;
            }
        }
        step = newStep;
    }

    private void bear(int slot) {
        alive[slot] = true;
        births[slot]++;
        storageKib[slot] = Float.NaN;
        storageCapacityKib[slot] = Float.POSITIVE_INFINITY;
        storageChanged[slot]++;
        storageRises.reset(slot);
        for (int resource = 0; resource < RESOURCES; resource++) {
            int series = slot * RESOURCES + resource;
            capacity[series] = 0;
            units[series] = 0;
            unitsChanged++;
            takenTimeNs[series] = Long.MIN_VALUE;
            sum[series] = 0;
            weight[series] = 0;
            open[series] = Float.NaN;
            latest[series] = Float.NaN;
            closed[series] = Float.NaN;
            rises.reset(series);
        }
    }

    private void takeMemory(SampleSection sample, int slot, long timeNs) {
        if (!sample.hasGuestStats(slot)) {
            return;
        }
        int series = slot * RESOURCES + FeatureSchema.MEMORY;
        if (sample.statsTimeNs[slot] == takenTimeNs[series]) {
            return; // The same figures as before, shown again.
        }
        long most =
                sample.maximumKib[slot] > 0 ? sample.maximumKib[slot] : sample.allocationKib[slot];
        take(series, most, sample.usedKib(slot), sample.statsTimeNs[slot], timeNs);
    }

    private void takeCpu(SampleSection sample, int slot, long timeNs) {
        int vcpus = Math.max(sample.vcpuCountMax[slot], sample.vcpuCount[slot]);
        if (sample.cpuMillicores[slot] >= 0) {
            int series = slot * RESOURCES + FeatureSchema.CPU;
            take(series, 1000L * vcpus, sample.cpuMillicores[slot], timeNs, timeNs);
        }
    }

    private void take(int series, long most, long used, long takenNs, long timeNs) {
        if (most <= 0) {
            return;
        }
        float percent = (float) Math.clamp(100. * used / most, 0., 100.);
        long sinceNs = Math.max(step * stepNs, takenTimeNs[series]);
        double held = Math.max(WEIGHT_MIN_NS, timeNs - sinceNs);
        if (capacity[series] != most) {
            capacity[series] = most;
            units[series] = most / 100f;
            unitsChanged++;
        }
        takenTimeNs[series] = takenNs;
        if (figure == StepFigure.LAST) {
            sum[series] = percent;
            weight[series] = 1;
        } else {
            sum[series] += held * percent;
            weight[series] += held;
        }
        open[series] = (float) (sum[series] / weight[series]);
        latest[series] = percent;
        rises.observe(series, part(series / RESOURCES, timeNs), percent);
    }

    private void takeStorage(SampleSection sample, int slot, long timeNs) {
        if (sample.storageKib[slot] >= 0) {
            float now = sample.storageKib[slot];
            storageChanged[slot] += now == storageKib[slot] ? 0 : 1;
            storageKib[slot] = now;
            storageRises.observe(slot, part(slot, timeNs), storageKib[slot]);
        }
        if (sample.storageCapacityKib[slot] > 0) {
            float most = sample.storageCapacityKib[slot];
            storageChanged[slot] += most == storageCapacityKib[slot] ? 0 : 1;
            storageCapacityKib[slot] = most;
        }
    }

    /** Each VM's parts end at a time of their own, lest the work of all falls on one event. */
    private long part(int slot, long timeNs) {
        return Math.floorDiv(timeNs + partShiftNs[slot], RiseWindows.PART_NS);
    }

    int slotCount() {
        return slotCount;
    }

    int gridStepSeconds() {
        return (int) (stepNs / 1_000_000_000L);
    }

    boolean isAlive(int slot) {
        return alive[slot];
    }

    /** Grows whenever another VM takes the slot, or its history became worthless. */
    int births(int slot) {
        return births[slot];
    }

    /** Steps that this event closed; the first has {@link #closedPercent}, the rest are missing. */
    int closedCount() {
        return closedCount;
    }

    /** Index of the first step that this event closed. */
    long closedStep() {
        return closedStep;
    }

    /** Mean use over the first closed step; NaN when missing. */
    float closedPercent(int slot, int resource) {
        return closed[slot * RESOURCES + resource];
    }

    /** Index of the open step. */
    long step() {
        return step;
    }

    /** How much of the open step's figure is in its use so far, at a time within it. */
    float openShare(long timeNs) {
        return figure == StepFigure.LAST
                ? 1f
                : (float) Math.clamp(timeNs / (double) stepNs - step, 0., 1.);
    }

    /** Mean use over the open step so far; NaN while nothing was sampled in it. */
    float openPercent(int slot, int resource) {
        return open[slot * RESOURCES + resource];
    }

    /** The same of all, by slot and resource; not to be written. */
    float[] openPercents() {
        return open;
    }

    /** The newest use; NaN when never sampled. */
    float latestPercent(int slot, int resource) {
        return latest[slot * RESOURCES + resource];
    }

    /** The same of all, by slot and resource; not to be written. */
    float[] latestPercents() {
        return latest;
    }

    /** What the VM can have at most, KiB or thousandths of a core; 0 when unknown. */
    long capacity(int slot, int resource) {
        return capacity[slot * RESOURCES + resource];
    }

    /** What one percent of it is, by slot and resource; not to be written. */
    float[] units() {
        return units;
    }

    /** Another number whenever {@link #units} changed. */
    int unitsChanged() {
        return unitsChanged;
    }

    /** What the VM's disks take up, KiB; NaN when never sampled. */
    float storageKib(int slot) {
        return storageKib[slot];
    }

    /** What the VM's disks can hold, KiB; infinite when never told. */
    float storageCapacityKib(int slot) {
        return storageCapacityKib[slot];
    }

    /** Another number whenever the storage of a VM, what it can hold, or its rises changed. */
    int storageChanged(int slot) {
        return storageChanged[slot] + storageRises.changed(slot);
    }

    /** Rises of storage, KiB; a series for each slot. */
    RiseWindows storageRises() {
        return storageRises;
    }

    /** Rises of memory and CPU, percent of capacity; series are slot * resources + resource. */
    RiseWindows rises() {
        return rises;
    }
}
