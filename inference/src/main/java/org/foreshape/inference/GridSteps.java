package org.foreshape.inference;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Cuts recorded events into the grid steps that an engine would have fed its model with: the same
 * {@link SampleHistory} takes the samples, and steps are handed on in the order and with the gaps
 * in which {@link DemandForecaster} takes them. So what a model is trained on is what it will see.
 *
 * <p>A series is what an engine knows of a VM at once. It ends when the VM leaves its slot, when
 * the engine starts again, and when the engine itself would forget (a day without samples). A
 * shorter gap is a run of missing steps. A VM that comes back, in this run or another, begins a new
 * series under the same identity. One thread; keeps nothing of the past but the open step.
 */
public final class GridSteps {
    private static final int NONE = -1;

    private final int gridStepSeconds;
    private final Sink sink;
    private final Map<Integer, Arrival> arrivals = new HashMap<>();
    private @Nullable SampleHistory history;
    private long run = Long.MIN_VALUE;
    private int[] births = {};
    private int[] series = {};
    private long[] capacityKib = {};
    private int seriesCount;

    /** Who arrived in a slot. */
    private record Arrival(int generation, String name, UUID identity) {}

    /** Takes the steps. Called on the thread of {@link #take}. */
    public interface Sink {
        /**
         * A series begins.
         *
         * @param series its number, rising from 0
         * @param vm name of the VM; {@code slot N} when its arrival was not recorded
         * @param identity its UUID; one made of run, slot and generation when its arrival was not
         *     recorded
         * @param firstStep index of its first step: engine time by the length of a step
         */
        void begin(int series, String vm, UUID identity, long firstStep);

        /**
         * The next step of a series.
         *
         * @param series its number
         * @param memoryPercent mean use over the step, percent of capacity; NaN when missing
         * @param cpuPercent likewise for CPU
         */
        void step(int series, float memoryPercent, float cpuPercent);

        /**
         * A series is over.
         *
         * @param series its number
         * @param memoryCapacityKib what 100 percent of its memory last was; 0 when unknown
         */
        void end(int series, long memoryCapacityKib);
    }

    /**
     * A cutter before the first event.
     *
     * @param gridStepSeconds seconds of a step; divides an hour
     * @param sink takes the steps
     */
    public GridSteps(int gridStepSeconds, Sink sink) {
        this.gridStepSeconds = gridStepSeconds;
        this.sink = sink;
    }

    /**
     * Takes the next event.
     *
     * @param runId run of the engine that the event belongs to
     * @param tick the event; not kept
     */
    public void take(long runId, Tick tick) {
        SampleHistory present = history;
        if (present == null || runId != run) {
            finish();
            run = runId;
            present = new SampleHistory(tick.vmCountMax, gridStepSeconds);
            history = present;
            births = new int[tick.vmCountMax];
            series = new int[tick.vmCountMax];
            Arrays.fill(series, NONE);
            capacityKib = new long[tick.vmCountMax];
        }
        if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.VM_ARRIVED) {
            arrivals.put(
                    tick.control.vmSlot,
                    new Arrival(
                            tick.control.vmGeneration,
                            tick.control.vmName.toString(),
                            new UUID(tick.control.vmUuidHigh, tick.control.vmUuidLow)));
        } else if (tick.kind == EventKind.SAMPLE) {
            sample(present, tick);
        }
    }

    /** Ends all series; the step that is open is no whole one and is left out. */
    public void finish() {
        for (int slot = 0; slot < series.length; slot++) {
            end(slot);
        }
        arrivals.clear();
        history = null;
    }

    private void sample(SampleHistory present, Tick tick) {
        present.observe(tick);
        for (int after = 0; after < present.closedCount(); after++) {
            for (int slot = 0; slot < series.length; slot++) {
                if (series[slot] != NONE && births[slot] == present.births(slot)) {
                    sink.step(
                            series[slot],
                            // Only the first step was sampled; the others passed without an event.
                            after == 0
                                    ? present.closedPercent(slot, FeatureSchema.MEMORY)
                                    : Float.NaN,
                            after == 0
                                    ? present.closedPercent(slot, FeatureSchema.CPU)
                                    : Float.NaN);
                }
            }
        }
        for (int slot = 0; slot < series.length; slot++) {
            if (births[slot] != present.births(slot)) {
                end(slot);
                births[slot] = present.births(slot);
                if (present.isAlive(slot)) {
                    begin(slot, tick.sample.generation[slot], present.step());
                }
            }
            if (present.isAlive(slot)) {
                // Kept here, since the history forgets it with the VM.
                capacityKib[slot] = present.capacity(slot, FeatureSchema.MEMORY);
            }
        }
    }

    private void begin(int slot, int generation, long step) {
        Arrival arrival = arrivals.get(slot);
        if (arrival == null || arrival.generation() != generation) {
            arrival =
                    new Arrival(
                            generation,
                            "slot " + slot,
                            new UUID(run, (long) slot << 32 | generation));
        }
        series[slot] = seriesCount++;
        sink.begin(series[slot], arrival.name(), arrival.identity(), step);
    }

    private void end(int slot) {
        if (series[slot] != NONE) {
            sink.end(series[slot], capacityKib[slot]);
        }
        series[slot] = NONE;
    }
}
