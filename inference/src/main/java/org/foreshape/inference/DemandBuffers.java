package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The rows of a feature model ({@link DemandSchema}): levels, scaled and plain inputs, which change
 * when a step closes, and origin and scale. The outputs are percent of capacity. One thread.
 */
public final class DemandBuffers extends SessionBuffers {
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;

    private final MemorySegment levels;
    private final MemorySegment scaled;
    private final MemorySegment plain;
    private final MemorySegment origin;
    private final MemorySegment scale;

    /**
     * Allocates zeroed buffers.
     *
     * @param rowsMax VMs in the largest batch, at least 1
     * @param arena owner of the memory; must outlive every session on it
     */
    public DemandBuffers(int rowsMax, Arena arena) {
        super(rowsMax, arena);
        this.levels = floats(arena, (long) rowsMax * DemandSchema.LEVELS_ROW);
        this.scaled = floats(arena, (long) rowsMax * DemandSchema.SCALED_ROW);
        this.plain = floats(arena, (long) rowsMax * DemandSchema.PLAIN_ROW);
        this.origin = floats(arena, (long) rowsMax * RESOURCES);
        this.scale = floats(arena, (long) rowsMax * RESOURCES);
        // A scale of 0 would make rows that nobody wrote divide by it.
        for (long k = 0; k < (long) rowsMax * RESOURCES; k++) {
            scale.setAtIndex(ValueLayout.JAVA_FLOAT, k, 1f);
        }
    }

    /**
     * Writes a row.
     *
     * @param row index of the row
     * @param features {@link DemandSchema#FEATURES} numbers, as {@link DemandFeatures#write} gives
     *     them
     * @param at index of the first
     * @param origins by resource, percent; NaN for one that was never seen
     * @param scales by resource, percent
     */
    public void write(int row, float[] features, int at, float[] origins, float[] scales) {
        copy(features, at, levels, row, DemandSchema.LEVELS_ROW);
        copy(features, at + DemandSchema.LEVELS_ROW, scaled, row, DemandSchema.SCALED_ROW);
        copy(
                features,
                at + DemandSchema.LEVELS_ROW + DemandSchema.SCALED_ROW,
                plain,
                row,
                DemandSchema.PLAIN_ROW);
        for (int r = 0; r < RESOURCES; r++) {
            long index = (long) row * RESOURCES + r;
            boolean known = !Float.isNaN(origins[r]);
            origin.setAtIndex(ValueLayout.JAVA_FLOAT, index, known ? origins[r] : 0f);
            scale.setAtIndex(ValueLayout.JAVA_FLOAT, index, scales[r]);
        }
    }

    /** Moves the origins of the first rows: {@code RESOURCE_COUNT} numbers a row, none NaN. */
    void writeOrigins(float[] origins, int rows) {
        MemorySegment.copy(origins, 0, origin, ValueLayout.JAVA_FLOAT, 0, rows * RESOURCES);
    }

    private static void copy(float[] from, int at, MemorySegment to, int row, int count) {
        MemorySegment.copy(from, at, to, ValueLayout.JAVA_FLOAT, 4L * row * count, count);
    }

    @Override
    int sideCount() {
        return 1;
    }

    @Override
    List<Bound> bound(int rows, int side) {
        return List.of(
                new Bound("levels", true, levels, rows, RESOURCES, DemandSchema.LEVELS),
                new Bound("scaled", true, scaled, rows, RESOURCES, DemandSchema.SCALED),
                new Bound("plain", true, plain, rows, DemandSchema.PLAIN_ROW),
                new Bound("origin", true, origin, rows, RESOURCES, 1),
                new Bound("scale", true, scale, rows, RESOURCES, 1),
                new Bound("y", false, outputs(), rows, FeatureSchema.OUTPUT_COUNT));
    }

    @Override
    void fillFirstRow(float value) {
        for (Bound bound : bound(1, 0)) {
            if (bound.input() && !bound.name().equals("scale")) {
                long count = 1;
                for (long dimension : bound.shape()) {
                    count *= dimension;
                }
                for (long k = 0; k < count; k++) {
                    bound.memory().setAtIndex(ValueLayout.JAVA_FLOAT, k, value);
                }
            }
        }
    }
}
