package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.foreshape.ring.event.ForecastSection;

/**
 * The rows of a feature model ({@link DemandSchema}) as its graph takes them: levels in units of
 * the scale, the inputs that stay as they are while the origin moves, the origin itself, and the
 * scale for each output. The outputs are percent of capacity. One thread.
 *
 * <p>Whatever can be worked out when a step closes is, since a run comes with every sample.
 */
public final class DemandBuffers extends SessionBuffers {
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int PER_RESOURCE = ForecastSection.RESOURCE_STRIDE;

    private final MemorySegment levels;
    private final MemorySegment fixed;
    private final MemorySegment originUnits;
    private final MemorySegment origin;
    private final MemorySegment scales;

    /** One over what a level is divided by, by row and resource. */
    private final float[] inverse;

    private final float[] units;
    private final float[] row = new float[DemandSchema.FEATURES];
    private final float[] rowScales = new float[OUTPUTS];

    /**
     * Allocates buffers: rows of zeros, of scale 1.
     *
     * @param rowsMax VMs in the largest batch, at least 1
     * @param arena owner of the memory; must outlive every session on it
     */
    public DemandBuffers(int rowsMax, Arena arena) {
        super(rowsMax, arena);
        this.levels = floats(arena, (long) rowsMax * DemandSchema.LEVELS_ROW);
        this.fixed = floats(arena, (long) rowsMax * DemandSchema.FIXED_ROW);
        this.originUnits = floats(arena, (long) rowsMax * RESOURCES);
        this.origin = floats(arena, (long) rowsMax * RESOURCES);
        this.scales = floats(arena, (long) rowsMax * OUTPUTS);
        this.inverse = new float[rowsMax * RESOURCES];
        this.units = new float[rowsMax * RESOURCES];
        Arrays.fill(inverse, 1 / DemandSchema.SOFTNESS);
        Arrays.fill(rowScales, 1f);
        for (int k = 0; k < rowsMax; k++) {
            copy(rowScales, 0, scales, k, OUTPUTS);
        }
    }

    /**
     * Writes a row.
     *
     * @param to index of the row
     * @param features {@link DemandSchema#FEATURES} numbers, as {@link DemandFeatures#write} gives
     *     them
     * @param at index of the first
     * @param origins by resource, percent; NaN for one that was never seen
     * @param newScales by resource, percent, more than 0
     */
    public void write(int to, float[] features, int at, float[] origins, float[] newScales) {
        System.arraycopy(features, at, row, 0, row.length);
        for (int r = 0; r < RESOURCES; r++) {
            float scale = newScales[r];
            float unit = 1 / (DemandSchema.SOFTNESS * scale);
            int level = r * DemandSchema.LEVELS;
            for (int k = level; k < level + DemandSchema.LEVELS; k++) {
                row[k] *= unit;
            }
            int scaled = DemandSchema.LEVELS_ROW + r * DemandSchema.SCALED;
            for (int k = scaled; k < scaled + DemandSchema.SCALED; k++) {
                row[k] = DemandSchema.soft(row[k] / scale);
            }
            Arrays.fill(rowScales, r * PER_RESOURCE, (r + 1) * PER_RESOURCE, scale);
            int series = to * RESOURCES + r;
            float known = Float.isNaN(origins[r]) ? 0f : origins[r];
            inverse[series] = unit;
            origin.setAtIndex(ValueLayout.JAVA_FLOAT, series, known);
            originUnits.setAtIndex(ValueLayout.JAVA_FLOAT, series, known * unit);
        }
        copy(row, 0, levels, to, DemandSchema.LEVELS_ROW);
        copy(row, DemandSchema.LEVELS_ROW, fixed, to, DemandSchema.FIXED_ROW);
        copy(rowScales, 0, scales, to, OUTPUTS);
    }

    /**
     * Moves the first rows: {@code RESOURCE_COUNT} numbers a row, none NaN.
     *
     * @param origins what the levels are distances from, percent
     * @param starts what the rises are added to, percent
     */
    void writeOrigins(float[] origins, float[] starts, int rows) {
        int count = rows * RESOURCES;
        for (int k = 0; k < count; k++) {
            units[k] = origins[k] * inverse[k];
        }
        MemorySegment.copy(starts, 0, origin, ValueLayout.JAVA_FLOAT, 0, count);
        MemorySegment.copy(units, 0, originUnits, ValueLayout.JAVA_FLOAT, 0, count);
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
                new Bound("levels", true, levels, rows, DemandSchema.LEVELS_ROW),
                new Bound("fixed", true, fixed, rows, DemandSchema.FIXED_ROW),
                new Bound("origin_units", true, originUnits, rows, RESOURCES),
                new Bound("origin", true, origin, rows, RESOURCES),
                new Bound("scales", true, scales, rows, OUTPUTS),
                new Bound("y", false, outputs(), rows, OUTPUTS));
    }

    @Override
    void fillFirstRow(float value) {
        for (Bound bound : bound(1, 0)) {
            if (bound.input() && !bound.name().equals("scales")) {
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
