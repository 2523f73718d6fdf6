package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * The memory file of a snapshot, mapped read-only. Its size and time of change tell it from others.
 */
final class SnapshotMemory implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment segment;
    private final long changedNs;

    private SnapshotMemory(Path path, Arena arena, MemorySegment segment, long changedNs) {
        this.path = path;
        this.arena = arena;
        this.segment = segment;
        this.changedNs = changedNs;
    }

    @SuppressWarnings("MustBeClosedChecker") // The arena lives as long as this; close() ends both.
    static SnapshotMemory open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long sizeBytes = file.size();
            if (sizeBytes < GuestMapping.BASE_PAGE_BYTES) {
                throw new IOException("the memory file " + path + " holds no page");
            }
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, sizeBytes, arena);
            return new SnapshotMemory(path, arena, mapped, changedNs(path));
        } catch (IOException | RuntimeException failed) {
            arena.close();
            throw failed;
        }
    }

    private static long changedNs(Path path) throws IOException {
        return Files.getLastModifiedTime(path).to(TimeUnit.NANOSECONDS);
    }

    Path path() {
        return path;
    }

    long sizeBytes() {
        return segment.byteSize();
    }

    long changedNs() {
        return changedNs;
    }

    MemorySegment segment() {
        return segment;
    }

    /**
     * Whether the file is still the one that was mapped; serving another's pages would be wrong.
     */
    boolean isUnchanged() {
        try {
            return Files.size(path) == sizeBytes() && changedNs(path) == changedNs;
        } catch (IOException gone) {
            // A file deleted after it was mapped keeps its content.
            return true;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
