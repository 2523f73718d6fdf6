package org.foreshape.inference.trainer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * Training rows on disk, mapped: what is trained on need not fit in memory. One row, in the
 * machine's order; features are bounded and noisy, so 16 bits are enough for them:
 *
 * <pre>
 * | features, softened, F x 16 bit | origin 2 | scale 2 | target 4, NaN unknown | 1 if held back |
 * </pre>
 *
 * <p>In memory a row is {@link #WIDTH} floats in the same order.
 */
final class SampleFile implements AutoCloseable {
    static final int ORIGIN = DemandSchema.FEATURES;
    static final int SCALE = ORIGIN + FeatureSchema.RESOURCE_COUNT;
    static final int TARGET = SCALE + FeatureSchema.RESOURCE_COUNT;
    static final int HELD = TARGET + FeatureSchema.RESOURCE_COUNT * FeatureSchema.HORIZON_COUNT;
    static final int WIDTH = HELD + 1;

    private static final int FACTS = WIDTH - DemandSchema.FEATURES;
    private static final int FEATURE_BYTES = 2 * DemandSchema.FEATURES;
    private static final int ROW_BYTES = FEATURE_BYTES + 4 * FACTS;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Arena arena;
    private final MemorySegment rows;
    private final int rowCount;
    private final short[] halves = new short[DemandSchema.FEATURES];

    private SampleFile(Arena arena, MemorySegment rows) {
        this.arena = arena;
        this.rows = rows;
        this.rowCount = Math.toIntExact(rows.byteSize() / ROW_BYTES);
    }

    // The arena is the file's: its close() closes it, and so does a failure in here.
    @SuppressWarnings("MustBeClosedChecker")
    static SampleFile open(Path file) throws IOException {
        Arena arena = Arena.ofConfined();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new SampleFile(
                    arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    int rowCount() {
        return rowCount;
    }

    void read(int row, float[] out) {
        long at = (long) ROW_BYTES * row;
        MemorySegment.copy(rows, HALF, at, halves, 0, halves.length);
        for (int k = 0; k < halves.length; k++) {
            out[k] = Float.float16ToFloat(halves[k]);
        }
        MemorySegment.copy(rows, FLOAT, at + FEATURE_BYTES, out, halves.length, FACTS);
    }

    boolean isHeldBack(int row) {
        return rows.get(FLOAT, (long) ROW_BYTES * row + ROW_BYTES - 4) != 0;
    }

    @Override
    public void close() {
        arena.close();
    }

    /** Appends rows to a new file. */
    static final class Writer implements AutoCloseable {
        private final FileChannel channel;
        private final ByteBuffer buffer =
                ByteBuffer.allocateDirect(ROW_BYTES * 512).order(ByteOrder.nativeOrder());

        Writer(Path file) throws IOException {
            channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
        }

        void write(float[] row) throws IOException {
            if (!buffer.hasRemaining()) {
                flush();
            }
            for (int k = 0; k < DemandSchema.FEATURES; k++) {
                buffer.putShort(Float.floatToFloat16(row[k]));
            }
            for (int k = DemandSchema.FEATURES; k < WIDTH; k++) {
                buffer.putFloat(row[k]);
            }
        }

        private void flush() throws IOException {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        }

        @Override
        public void close() throws IOException {
            flush();
            channel.close();
        }
    }
}
