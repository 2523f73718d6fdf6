package org.foreshape.inference;

/**
 * Where each VM stands at a sample: what the model's levels are distances from, and what its rises
 * are added to. Nothing allocates after construction. Engine thread only.
 */
final class Origins {
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;

    private final SampleHistory history;
    private final DemandFeatures store;
    private final DemandBuffers buffers;
    private final float[] origins;
    private final float[] starts;

    Origins(SampleHistory history, DemandFeatures store, DemandBuffers buffers) {
        this.history = history;
        this.store = store;
        this.buffers = buffers;
        this.origins = new float[history.slotCount() * RESOURCES];
        this.starts = new float[origins.length];
    }

    /** Moves the first rows of the buffers to an engine time. Done again, it does the same. */
    void move(long timeNs, int rows) {
        mix(
                store.originPercents(),
                history.openPercents(),
                history.openShare(timeNs),
                history.latestPercents(),
                origins,
                starts,
                rows * RESOURCES);
        buffers.writeOrigins(origins, starts, rows);
    }

    /**
     * The last step's mean with so much of the open step's. A rise starts at the newest use where
     * that is above it. What was never seen must not be NaN: one resource's would spread to the
     * other.
     */
    private static void mix(
            float[] last,
            float[] open,
            float passed,
            float[] latest,
            float[] origins,
            float[] starts,
            int count) {
        for (int k = 0; k < count; k++) {
            float mixed = Float.isNaN(open[k]) ? last[k] : last[k] + passed * (open[k] - last[k]);
            float origin = Float.isNaN(mixed) ? 0f : mixed;
            origins[k] = origin;
            float start = Math.max(latest[k], origin);
            starts[k] = Float.isNaN(start) ? origin : start;
        }
    }
}
