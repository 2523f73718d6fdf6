package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The off-heap rows that a model session reads and writes in place: inputs, outputs, and the
 * recurrent state twice, so that a step reads one copy and writes the other. One thread.
 */
public final class ModelBuffers {
    private final int rowsMax;
    private final int hiddenSize;
    private final int[] batchSizes;
    private final MemorySegment inputs;
    private final MemorySegment outputs;
    private final MemorySegment[] hidden;
    private final MemorySegment[] cell;

    /**
     * Allocates zeroed buffers.
     *
     * @param rowsMax VMs in the largest batch, at least 1
     * @param hiddenSize width of the model's state
     * @param arena owner of the memory; must outlive every session on it
     */
    public ModelBuffers(int rowsMax, int hiddenSize, Arena arena) {
        if (rowsMax < 1 || hiddenSize < 1) {
            throw new IllegalArgumentException(
                    "rowsMax " + rowsMax + " and hiddenSize " + hiddenSize + " must be positive.");
        }
        this.rowsMax = rowsMax;
        this.hiddenSize = hiddenSize;
        this.batchSizes = sizes(rowsMax);
        this.inputs = floats(arena, (long) rowsMax * FeatureSchema.FEATURE_COUNT);
        this.outputs = floats(arena, (long) rowsMax * FeatureSchema.OUTPUT_COUNT);
        long state = (long) rowsMax * hiddenSize;
        this.hidden = new MemorySegment[] {floats(arena, state), floats(arena, state)};
        this.cell = new MemorySegment[] {floats(arena, state), floats(arena, state)};
    }

    /**
     * The model's inputs, row by row.
     *
     * @return {@code rowsMax} rows of {@link FeatureSchema#FEATURE_COUNT} floats
     */
    public MemorySegment inputs() {
        return inputs;
    }

    /**
     * The model's outputs, row by row.
     *
     * @return {@code rowsMax} rows of {@link FeatureSchema#OUTPUT_COUNT} floats
     */
    public MemorySegment outputs() {
        return outputs;
    }

    /**
     * Index of the smallest prepared batch that holds so many rows.
     *
     * @param rows rows wanted, 1 to the maximum
     * @return the index that {@link ModelSession#run} takes
     */
    public int batchIndexFor(int rows) {
        int index = 0;
        while (batchSizes[index] < rows) {
            index++;
        }
        return index;
    }

    /**
     * Zeroes the state of one row in one copy: a VM that starts to live.
     *
     * @param row index of the VM
     * @param side 0 or 1
     */
    public void zeroState(int row, int side) {
        for (int k = 0; k < hiddenSize; k++) {
            long offset = 4L * (row * (long) hiddenSize + k);
            hidden[side].set(ValueLayout.JAVA_FLOAT, offset, 0f);
            cell[side].set(ValueLayout.JAVA_FLOAT, offset, 0f);
        }
    }

    MemorySegment hidden(int side) {
        return hidden[side];
    }

    MemorySegment cell(int side) {
        return cell[side];
    }

    int rowsMax() {
        return rowsMax;
    }

    int hiddenSize() {
        return hiddenSize;
    }

    int batchCount() {
        return batchSizes.length;
    }

    int batchSize(int index) {
        return batchSizes[index];
    }

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

    private static MemorySegment floats(Arena arena, long count) {
        return arena.allocate(4 * count, 64);
    }
}
