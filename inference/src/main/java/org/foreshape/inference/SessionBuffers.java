package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The off-heap rows that a model session reads and writes in place, bound once for a few batch
 * sizes. One thread.
 */
public abstract sealed class SessionBuffers permits ModelBuffers, DemandBuffers {
    private final int rowsMax;
    private final int[] batchSizes;
    private final MemorySegment outputs;

    SessionBuffers(int rowsMax, Arena arena) {
        if (rowsMax < 1) {
            throw new IllegalArgumentException("rowsMax is " + rowsMax + ": give at least 1.");
        }
        this.rowsMax = rowsMax;
        this.batchSizes = sizes(rowsMax);
        this.outputs = floats(arena, (long) rowsMax * FeatureSchema.OUTPUT_COUNT);
    }

    /**
     * Buffers for a model.
     *
     * @param manifest the model's
     * @param rowsMax VMs in the largest batch, at least 1
     * @param arena owner of the memory; must outlive every session on it
     * @return zeroed buffers
     */
    public static SessionBuffers of(ModelManifest manifest, int rowsMax, Arena arena) {
        return manifest.schemaVersion() == DemandSchema.VERSION
                ? new DemandBuffers(rowsMax, arena)
                : new ModelBuffers(rowsMax, manifest.hiddenSize(), arena);
    }

    /**
     * The model's outputs, row by row.
     *
     * @return {@code rowsMax} rows of {@link FeatureSchema#OUTPUT_COUNT} floats
     */
    public final MemorySegment outputs() {
        return outputs;
    }

    /**
     * Index of the smallest prepared batch that holds so many rows.
     *
     * @param rows rows wanted, 1 to the maximum
     * @return the index that {@link ModelSession#run} takes
     */
    public final int batchIndexFor(int rows) {
        int index = 0;
        while (batchSizes[index] < rows) {
            index++;
        }
        return index;
    }

    final int rowsMax() {
        return rowsMax;
    }

    final int batchCount() {
        return batchSizes.length;
    }

    final int batchSize(int index) {
        return batchSizes[index];
    }

    /** Copies of the state: a run reads one and writes the other; 1 where there is none. */
    abstract int sideCount();

    /** What a run of so many rows reads and writes, the state copy {@code side} among it. */
    abstract List<Bound> bound(int rows, int side);

    /** Fills every input of the first row with one number: a probe. */
    abstract void fillFirstRow(float value);

    /**
     * A tensor in the buffers.
     *
     * @param name the model's name of it
     * @param input whether the model reads it
     * @param memory where it lies
     * @param shape its dimensions
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed to the runtime; compared nowhere.
    record Bound(String name, boolean input, MemorySegment memory, long... shape) {}

    /** 1, 2, 4, ... and the maximum: few bindings, and at most half of a batch unused. */
    private static int[] sizes(int rowsMax) {
        int count = 1;
        for (int size = 1; size < rowsMax; size *= 2) {
            count++;
        }
        int[] sizes = new int[count];
        for (int k = 0; k < count; k++) {
            sizes[k] = Math.min(1 << k, rowsMax);
        }
        return sizes;
    }

    static MemorySegment floats(Arena arena, long count) {
        return arena.allocate(4 * count, 64);
    }
}
