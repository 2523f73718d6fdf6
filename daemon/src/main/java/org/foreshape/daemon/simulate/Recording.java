package org.foreshape.daemon.simulate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.trace.TraceException;
import org.foreshape.inference.trace.TraceOutline;
import org.foreshape.inference.trace.TraceReader;
import org.foreshape.shaping.simulation.DemandTrace;
import org.foreshape.shaping.simulation.Span;
import org.jspecify.annotations.Nullable;

/**
 * The part of a trace file that a simulation needs.
 *
 * @param trace the recording
 * @param span what of it is lived through
 */
public record Recording(DemandTrace trace, Span span) {
    /** A grid on which any usual trace has values: only its own step is looked for. */
    private static final int OUTLINE_SECONDS = 86_400;

    private static final int DAY_SECONDS = 86_400;
    private static final int DAYS = 7;

    /**
     * Reads a trace on its own step.
     *
     * @param file the trace
     * @param firstDay first scored day from the trace's first sample on; null: so that the scored
     *     days are the last
     * @param days scored days; null: 7, or what there is
     * @throws Failure when there is no such file, it is no trace, or has not these days
     */
    public static Recording read(Path file, @Nullable Integer firstDay, @Nullable Integer days) {
        if (!Files.isReadable(file)) {
            throw Failure.missing(
                    "no such trace: " + file + "; give a readable .csv or .csv.gz file");
        }
        try {
            int step = stepSeconds(TraceOutline.of(file, OUTLINE_SECONDS), file);
            TraceOutline outline = TraceOutline.of(file, step);
            Span span = span(step, outline.firstBin(), outline.endBin(), firstDay, days);
            // The demand of the last interval goes to the sample after it.
            DemandTrace.Builder builder =
                    new DemandTrace.Builder(
                            step,
                            span.historySample(),
                            Math.min(span.endSample() + 1, outline.endBin()));
            new TraceReader(
                            step,
                            vm ->
                                    builder.add(
                                            vm.vm(),
                                            vm.firstBin(),
                                            vm.memoryUsedMib(),
                                            vm.memoryCapMib(),
                                            vm.cpuUsedCores(),
                                            vm.cpuCapCores()))
                    .read(file);
            return new Recording(builder.build(), span);
        } catch (TraceException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw Failure.usage(file + ": " + e.getMessage());
        } catch (IOException e) {
            throw Failure.missing("cannot read " + file + ": " + e, e);
        }
    }

    /** The trace's own step; ten seconds when it is finer. */
    private static int stepSeconds(TraceOutline outline, Path file) {
        long step = outline.stepSeconds();
        boolean whole = step >= Span.SUB_STEP_SECONDS && step % Span.SUB_STEP_SECONDS == 0;
        boolean finer = step > 0 && Span.SUB_STEP_SECONDS % step == 0;
        if (!whole && !finer) {
            throw Failure.usage(
                    file
                            + " has a sample every "
                            + outline.stepSeconds()
                            + " s; the simulated host lives in steps of "
                            + Span.SUB_STEP_SECONDS
                            + " s: give a trace whose step is a multiple of it, or goes into it.");
        }
        return (int) Math.max(step, Span.SUB_STEP_SECONDS);
    }

    private static Span span(
            int step, int first, int end, @Nullable Integer firstDay, @Nullable Integer days) {
        int scored = days == null ? DAYS : days;
        if (firstDay != null) {
            return Span.ofDays(step, first, end, firstDay, scored);
        }
        int whole = (int) ((long) (end - first) * step / DAY_SECONDS);
        return Span.ofDays(step, first, end, Math.max(0, whole - scored), scored);
    }
}
