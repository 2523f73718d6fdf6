package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Forecaster;

/**
 * Plain and cheap: the newest use plus the trailing quantile of the VM's own recent rises. It
 * speaks for new VMs, and for all when there is no model. Nothing allocates. Engine thread only.
 */
public final class FallbackForecaster implements Forecaster, Learning {
    private final SampleHistory history;
    private final TaskDemand tasks;
    private final LearntState learnt;
    private final StorageForecasts storage;

    /**
     * A forecaster on a history.
     *
     * @param history the observer that runs before it
     */
    public FallbackForecaster(SampleHistory history) {
        this(history, new TaskDemand(history.slotCount()));
    }

    private FallbackForecaster(SampleHistory history, TaskDemand tasks) {
        this(
                history,
                tasks,
                new LearntState(history.slotCount(), tasks, null, LearntState.NO_MODEL));
    }

    /** One that speaks where another forecaster cannot, and shares its tasks. */
    FallbackForecaster(SampleHistory history, TaskDemand tasks, LearntState learnt) {
        this.history = history;
        this.tasks = tasks;
        this.learnt = learnt;
        this.storage = new StorageForecasts(history);
    }

    @Override
    public void forecast(Tick tick) {
        tasks.take(tick);
        learnt.take(tick);
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        int slots = Math.min(tick.sample.slotCount, history.slotCount());
        tick.forecast.slotCount = slots;
        for (int slot = 0; slot < slots; slot++) {
            write(slot, tick.forecast);
            writeStorage(slot, tick.forecast);
        }
        tasks.write(tick);
        learnt.write(tick);
    }

    @Override
    public LearntState learnt() {
        return learnt;
    }

    /** Writes memory and CPU of one slot; source NONE while its memory use was never seen. */
    void write(int slot, ForecastSection forecast) {
        boolean known =
                history.isAlive(slot)
                        && !Float.isNaN(history.latestPercent(slot, FeatureSchema.MEMORY));
        forecast.source[slot] = known ? ForecastSource.FALLBACK : ForecastSource.NONE;
        RiseWindows rises = history.rises();
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            float now = history.latestPercent(slot, resource);
            float unit = history.units()[slot * FeatureSchema.RESOURCE_COUNT + resource];
            boolean seen = known && !Float.isNaN(now);
            int series = slot * FeatureSchema.RESOURCE_COUNT + resource;
            int at = slot * ForecastSection.STRIDE + FeatureSchema.outputIndex(resource, 0, 0);
            if (seen) {
                rises.write(series, now, unit, forecast.quantile, at);
            } else {
                Arrays.fill(forecast.quantile, at, at + ForecastSection.RESOURCE_STRIDE, 0f);
            }
        }
    }

    /**
     * Writes the storage forecast of one slot, which no model makes: see {@link StorageForecasts}.
     */
    void writeStorage(int slot, ForecastSection forecast) {
        storage.write(slot, forecast.quantile);
    }
}
