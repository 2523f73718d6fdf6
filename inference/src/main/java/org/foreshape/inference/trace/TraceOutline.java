package org.foreshape.inference.trace;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What a first pass over a trace finds out.
 *
 * @param vmCount VMs
 * @param rowCount rows
 * @param stepSeconds shortest time between two rows of one VM; 0 when no VM has two rows
 * @param firstBin first bin of any VM, on the grid that was asked for
 * @param endBin bin after the last of any VM
 */
public record TraceOutline(int vmCount, long rowCount, long stepSeconds, int firstBin, int endBin) {
    /**
     * Reads a trace once, and with it checks every line.
     *
     * @param file the trace
     * @param gridStepSeconds seconds per bin
     * @return its outline
     * @throws IOException when it cannot be read
     * @throws TraceException when it is not of the format, or its samples lie further apart than a
     *     bin is long, so that it has no values on this grid
     */
    public static TraceOutline of(Path file, int gridStepSeconds) throws IOException {
        int[] found = {0, Integer.MAX_VALUE, Integer.MIN_VALUE};
        TraceReader reader =
                new TraceReader(
                        gridStepSeconds,
                        trace -> {
                            found[0]++;
                            found[1] = Math.min(found[1], trace.firstBin());
                            found[2] = Math.max(found[2], trace.endBin());
                        });
        reader.read(file);
        long step = reader.stepSecondsMin() == Long.MAX_VALUE ? 0 : reader.stepSecondsMin();
        if (step > gridStepSeconds) {
            throw new TraceException(
                    file,
                    "has a sample every "
                            + step
                            + " s, the model wants one every "
                            + gridStepSeconds
                            + " s or more often, and nothing is invented in between: give a trace"
                            + " with a finer step.");
        }
        return new TraceOutline(found[0], reader.rows(), step, found[1], found[2]);
    }
}
