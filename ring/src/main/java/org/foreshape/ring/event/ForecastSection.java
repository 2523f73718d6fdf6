package org.foreshape.ring.event;

import java.util.Arrays;

/**
 * The forecasts of one tick: for each slot the distribution of the <em>peak</em> demand within each
 * horizon. Written by the forecaster only, for sample events.
 *
 * <p>Layout of {@link #quantile}: {@code [slot][resource][horizon][quantile]}, quantiles ascending,
 * within 0 and what the VM can have at most. Memory and storage are in KiB, CPU in thousandths of a
 * core. Of storage, a VM can have what its disks can hold, or more where they hold more already;
 * where the hypervisor does not tell, there is no bound.
 */
public final class ForecastSection {
    /** Figures of one resource of a slot. */
    public static final int RESOURCE_STRIDE = Horizon.COUNT * Quantiles.COUNT;

    /** Figures of one slot. */
    public static final int STRIDE = Resource.COUNT * RESOURCE_STRIDE;

    /** Slots from this one on hold no forecast. */
    public int slotCount;

    /** Where each VM's forecast comes from. */
    public final ForecastSource[] source;

    /** The quantiles. */
    public final float[] quantile;

    /**
     * Memory that tasks are expected to need on top, whose planned start lies before or within the
     * longest horizon and which have not ended; KiB.
     */
    public final long[] taskKib;

    /** CPU that the same tasks are expected to need on top; thousandths of a core. */
    public final long[] taskCpuMillicores;

    /** Storage that the same tasks are expected to take up on top; KiB. */
    public final long[] taskStorageKib;

    /** Engine time at which the first of those tasks starts; {@link Long#MAX_VALUE} for none. */
    public final long[] taskStartTimeNs;

    ForecastSection(int vmCountMax) {
        source = new ForecastSource[vmCountMax];
        quantile = new float[vmCountMax * STRIDE];
        taskKib = new long[vmCountMax];
        taskCpuMillicores = new long[vmCountMax];
        taskStorageKib = new long[vmCountMax];
        taskStartTimeNs = new long[vmCountMax];
        slotCount = vmCountMax;
        clear();
    }

    /** Where the quantiles of a slot, resource and horizon start in {@link #quantile}. */
    public static int offset(int slot, Resource resource, Horizon horizon) {
        return slot * STRIDE
                + (resource.ordinal() * Horizon.COUNT + horizon.ordinal()) * Quantiles.COUNT;
    }

    /** What tasks are expected to need on top of a VM's own use, by slot. */
    public long[] tasks(Resource resource) {
        return switch (resource) {
            case MEMORY -> taskKib;
            case CPU -> taskCpuMillicores;
            case STORAGE -> taskStorageKib;
        };
    }

    /** One quantile; the index is one of {@link Quantiles}. */
    public float quantile(int slot, Resource resource, Horizon horizon, int quantileIndex) {
        return quantile[offset(slot, resource, horizon) + quantileIndex];
    }

    /** Empties the section. */
    public void clear() {
        Arrays.fill(source, 0, slotCount, ForecastSource.NONE);
        Arrays.fill(quantile, 0, slotCount * STRIDE, 0f);
        Arrays.fill(taskKib, 0, slotCount, 0);
        Arrays.fill(taskCpuMillicores, 0, slotCount, 0);
        Arrays.fill(taskStorageKib, 0, slotCount, 0);
        Arrays.fill(taskStartTimeNs, 0, slotCount, Long.MAX_VALUE);
        slotCount = 0;
    }
}
