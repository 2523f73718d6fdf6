package org.foreshape.journal;

import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.jspecify.annotations.Nullable;

/** Compares the forecasts of one VM bit for bit: two NaNs with other bits are not the same. */
final class ForecastDifference {
    private ForecastDifference() {}

    /**
     * Names the first difference in a slot, or null when both are the same.
     *
     * @param figures how many of a slot's figures the record that it was read from holds
     */
    static @Nullable String of(ForecastSection before, ForecastSection now, int slot, int figures) {
        if (slot >= before.slotCount || slot >= now.slotCount) {
            return "slots: " + before.slotCount + " against " + now.slotCount;
        }
        if (before.source[slot] != now.source[slot]) {
            return "source: " + before.source[slot] + " against " + now.source[slot];
        }
        for (Resource resource : Resource.values()) {
            long a = before.tasks(resource)[slot];
            long b = now.tasks(resource)[slot];
            if (a != b) {
                return "tasks' " + resource + ": " + a + " against " + b;
            }
        }
        if (before.taskStartTimeNs[slot] != now.taskStartTimeNs[slot]) {
            return "taskStartTimeNs: "
                    + before.taskStartTimeNs[slot]
                    + " against "
                    + now.taskStartTimeNs[slot];
        }
        int from = slot * ForecastSection.STRIDE;
        for (int i = 0; i < figures; i++) {
            float a = before.quantile[from + i];
            float b = now.quantile[from + i];
            if (Float.floatToRawIntBits(a) != Float.floatToRawIntBits(b)) {
                int horizon = i / Quantiles.COUNT;
                return Resource.values()[horizon / Horizon.COUNT]
                        + " "
                        + Horizon.values()[horizon % Horizon.COUNT]
                        + " quantile "
                        + Quantiles.level(i % Quantiles.COUNT)
                        + ": "
                        + a
                        + " against "
                        + b;
            }
        }
        return null;
    }
}
