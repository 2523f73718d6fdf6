package org.foreshape.prefault.warm;

import java.nio.file.Path;
import java.util.List;

/**
 * What shall be loaded before a task starts.
 *
 * @param image the disk image
 * @param ranges what to load, by offset; empty when nothing is known or it is of no use
 * @param runCount how many runs of the task's type were learnt from
 * @param isAvailable false when warming cannot help or cannot be done; the reason says why
 * @param reason a sentence; when not available it starts with "unavailable: "; may be empty
 */
public record WarmPlan(
        Path image, List<ByteRange> ranges, int runCount, boolean isAvailable, String reason) {
    /** Keeps its own copy of the ranges. */
    public WarmPlan {
        ranges = List.copyOf(ranges);
    }

    static WarmPlan unavailable(Path image, String why) {
        return new WarmPlan(image, List.of(), 0, false, "unavailable: " + why);
    }

    /**
     * The length of all ranges.
     *
     * @return bytes
     */
    public long bytes() {
        long bytes = 0;
        for (ByteRange range : ranges) {
            bytes += range.lengthBytes();
        }
        return bytes;
    }
}
