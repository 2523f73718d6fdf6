package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Resource;

/**
 * What the VMs' disks will take up: the newest figure plus the rises of its own of late, within 0
 * and what the disks can hold, or hold already. A forecast is kept until its VM's storage changes,
 * which it does far less often than there are samples. Nothing allocates after construction. One
 * thread.
 */
final class StorageForecasts {
    private static final int FIGURES = ForecastSection.RESOURCE_STRIDE;

    private final SampleHistory history;
    private final float[] figures;
    private final int[] changed;

    /** Of the VMs of a history. */
    StorageForecasts(SampleHistory history) {
        this.history = history;
        this.figures = new float[history.slotCount() * FIGURES];
        this.changed = new int[history.slotCount()];
        Arrays.fill(changed, -1);
    }

    /** Writes the forecasts of one VM; leaves them empty while its storage was never seen. */
    void write(int slot, float[] quantile) {
        float now = history.storageKib(slot);
        if (!history.isAlive(slot) || Float.isNaN(now)) {
            return;
        }
        int from = slot * FIGURES;
        if (changed[slot] != history.storageChanged(slot)) {
            changed[slot] = history.storageChanged(slot);
            float most = Math.max(now, history.storageCapacityKib(slot));
            history.storageRises().writeAmounts(slot, now, most, figures, from);
        }
        int at = ForecastSection.offset(slot, Resource.STORAGE, Horizon.MINUTES_5);
        System.arraycopy(figures, from, quantile, at, FIGURES);
    }
}
