package org.foreshape.inference.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.GridSteps;

/**
 * Turns steps that come time by time into series that are read VM by VM, through a file: in memory
 * is one block of each series that is open, and 8 bytes for each block of 256 steps. One thread.
 */
public final class SeriesSpool implements GridSteps.Sink, AutoCloseable {
    private static final int BLOCK_STEPS = 256;
    private static final int STEP_BYTES = 4 * FeatureSchema.RESOURCE_COUNT;

    private final FileChannel file;
    private final MessageDigest digest;
    private final List<Series> all = new ArrayList<>();

    /** What is known of a series, and the block that is being filled. */
    private static final class Series {
        final String vm;
        final UUID identity;
        final long firstStep;
        long memoryCapacityKib;
        int length;
        int gap;
        long[] blocks = new long[4];
        int blockCount;
        ByteBuffer open = block();

        Series(String vm, UUID identity, long firstStep) {
            this.vm = vm;
            this.identity = identity;
            this.firstStep = firstStep;
        }
    }

    /**
     * An empty spool.
     *
     * @param path its file, made anew; the caller deletes it
     * @throws IOException when it cannot be written
     */
    public SeriesSpool(Path path) throws IOException {
        this.file =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256: use a full JDK 25.", e);
        }
    }

    private static ByteBuffer block() {
        return ByteBuffer.allocate(BLOCK_STEPS * STEP_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void begin(int series, String vm, UUID identity, long firstStep) {
        if (series != all.size()) {
            throw new IllegalArgumentException("series " + series + " is not the next one");
        }
        all.add(new Series(vm, identity, firstStep));
        digest.update((vm + '\n' + identity + '\n' + firstStep).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void step(int series, float memoryPercent, float cpuPercent) {
        Series to = all.get(series);
        if (Float.isNaN(memoryPercent) && Float.isNaN(cpuPercent)) {
            to.gap++; // Written with the step after it: a series ends with a sample.
            return;
        }
        for (; to.gap > 0; to.gap--) {
            append(to, series, Float.NaN, Float.NaN);
        }
        append(to, series, memoryPercent, cpuPercent);
    }

    private void append(Series to, int series, float memoryPercent, float cpuPercent) {
        to.open.putFloat(memoryPercent).putFloat(cpuPercent);
        to.length++;
        if (!to.open.hasRemaining()) {
            flush(to, series);
        }
    }

    @Override
    public void end(int series, long memoryCapacityKib) {
        Series ended = all.get(series);
        ended.memoryCapacityKib = memoryCapacityKib;
        flush(ended, series);
        ended.open = ByteBuffer.allocate(0);
    }

    private void flush(Series from, int series) {
        from.open.flip();
        if (!from.open.hasRemaining()) {
            return;
        }
        digest.update(ByteBuffer.allocate(4).putInt(0, series));
        digest.update(from.open.duplicate());
        try {
            if (from.blockCount == from.blocks.length) {
                from.blocks = Arrays.copyOf(from.blocks, 2 * from.blockCount);
            }
            from.blocks[from.blockCount++] = file.size();
            long at = file.size();
            while (from.open.hasRemaining()) {
                at += file.write(from.open, at);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        from.open.clear();
    }

    /**
     * Hands all series that have a step on, in the order in which they began. All must have ended.
     *
     * @param to takes them
     * @throws IOException when the file cannot be read
     */
    public void forEach(Consumer<StepSeries> to) throws IOException {
        for (Series series : all) {
            if (series.length > 0) {
                to.accept(read(series));
            }
        }
    }

    private StepSeries read(Series from) throws IOException {
        float[][] percent = new float[FeatureSchema.RESOURCE_COUNT][from.length];
        ByteBuffer block = block();
        for (int k = 0; k < from.blockCount; k++) {
            int first = k * BLOCK_STEPS;
            int count = Math.min(BLOCK_STEPS, from.length - first);
            block.clear().limit(count * STEP_BYTES);
            while (block.hasRemaining()) {
                if (file.read(block, from.blocks[k] + block.position()) < 0) {
                    throw new IOException("the file of the series is shorter than it was written");
                }
            }
            block.flip();
            for (int t = first; t < first + count; t++) {
                percent[FeatureSchema.MEMORY][t] = block.getFloat();
                percent[FeatureSchema.CPU][t] = block.getFloat();
            }
        }
        return new StepSeries(
                from.vm, from.identity, from.firstStep, percent, from.memoryCapacityKib);
    }

    /**
     * Steps of all series.
     *
     * @return the count
     */
    public long stepCount() {
        return all.stream().mapToLong(series -> series.length).sum();
    }

    /**
     * Steps of the longest series.
     *
     * @return the count, 0 without a series
     */
    public int longest() {
        return all.stream().mapToInt(series -> series.length).max().orElse(0);
    }

    /**
     * The first step of any series.
     *
     * @return its index; 0 without a series
     */
    public long firstStep() {
        return all.stream().mapToLong(series -> series.firstStep).min().orElse(0);
    }

    /**
     * The step after the last of any series.
     *
     * @return its index; 0 without a series
     */
    public long endStep() {
        return all.stream().mapToLong(series -> series.firstStep + series.length).max().orElse(0);
    }

    /**
     * What the series hold, as one number. To be asked for once, when all have ended.
     *
     * @return SHA-256 of identities and steps, lower-case hexadecimal
     */
    public String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
