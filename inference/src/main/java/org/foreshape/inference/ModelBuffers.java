package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The rows of a stateful model ({@link FeatureSchema}): inputs, outputs, and the recurrent state
 * twice, so that a step reads one copy and writes the other. One thread.
 */
public final class ModelBuffers extends SessionBuffers {
    private final int hiddenSize;
    private final MemorySegment inputs;
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
        super(rowsMax, arena);
        if (hiddenSize < 1) {
            throw new IllegalArgumentException(
                    "hiddenSize is " + hiddenSize + ": give at least 1.");
        }
        this.hiddenSize = hiddenSize;
        this.inputs = floats(arena, (long) rowsMax * FeatureSchema.FEATURE_COUNT);
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

    int hiddenSize() {
        return hiddenSize;
    }

    @Override
    int sideCount() {
        return 2;
    }

    @Override
    List<Bound> bound(int rows, int side) {
        return List.of(
                new Bound("x", true, inputs, 1, rows, FeatureSchema.FEATURE_COUNT),
                new Bound("h0", true, hidden[side], 1, rows, hiddenSize),
                new Bound("c0", true, cell[side], 1, rows, hiddenSize),
                new Bound("y", false, outputs(), rows, FeatureSchema.OUTPUT_COUNT),
                new Bound("h", false, hidden[1 - side], 1, rows, hiddenSize),
                new Bound("c", false, cell[1 - side], 1, rows, hiddenSize));
    }

    @Override
    void fillFirstRow(float value) {
        for (int k = 0; k < FeatureSchema.FEATURE_COUNT; k++) {
            inputs.setAtIndex(ValueLayout.JAVA_FLOAT, k, value);
        }
    }
}
