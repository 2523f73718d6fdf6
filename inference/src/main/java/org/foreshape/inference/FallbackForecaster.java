package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Forecaster;

/**
 * Plain and cheap: the newest use plus the trailing quantile of the VM's own recent rises. It
 * speaks for new VMs, and for all when there is no model. Nothing allocates. Engine thread only.
 */
public final class FallbackForecaster implements Forecaster {
    private final SampleHistory history;
    private final TaskDemand tasks;

    /**
     * A forecaster on a history.
     *
     * @param history the observer that runs before it
     */
    public FallbackForecaster(SampleHistory history) {
        this(history, new TaskDemand(history.slotCount()));
    }

    FallbackForecaster(SampleHistory history, TaskDemand tasks) {
        this.history = history;
        this.tasks = tasks;
    }

    @Override
    public void forecast(Tick tick) {
        tasks.take(tick);
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        int slots = Math.min(tick.sample.slotCount, history.slotCount());
        tick.forecast.slotCount = slots;
        for (int slot = 0; slot < slots; slot++) {
            write(slot, tick.forecast);
        }
        tasks.write(tick);
    }

    /** Writes the forecast of one slot; source NONE while its memory use was never seen. */
    void write(int slot, ForecastSection forecast) {
        boolean known =
                history.isAlive(slot)
                        && !Float.isNaN(history.latestPercent(slot, FeatureSchema.MEMORY));
        forecast.source[slot] = known ? ForecastSource.FALLBACK : ForecastSource.NONE;
        RiseWindows rises = history.rises();
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            float now = history.latestPercent(slot, resource);
            float unit = history.capacity(slot, resource) / 100f;
            boolean seen = known && !Float.isNaN(now);
            int series = slot * FeatureSchema.RESOURCE_COUNT + resource;
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                int at = slot * ForecastSection.STRIDE + FeatureSchema.outputIndex(resource, h, 0);
                if (seen) {
                    rises.write(series, h, now, unit, forecast.quantile, at);
                } else {
                    Arrays.fill(forecast.quantile, at, at + Quantiles.COUNT, 0f);
                }
            }
        }
    }
}
