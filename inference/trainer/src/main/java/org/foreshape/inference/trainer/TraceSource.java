package org.foreshape.inference.trainer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.trace.TraceOutline;
import org.foreshape.inference.trace.TraceReader;
import org.foreshape.inference.trace.VmGroups;
import org.foreshape.inference.trace.VmTrace;

/** Trace files, read anew each time. */
final class TraceSource implements DemandSource {
    private final List<Path> traces;
    private final VmGroups groups;
    private final int gridStepSeconds;
    private final Map<String, String> dataSha256 = new TreeMap<>();

    TraceSource(List<Path> traces, VmGroups groups, int gridStepSeconds) throws IOException {
        this.traces = List.copyOf(traces);
        this.groups = groups;
        this.gridStepSeconds = gridStepSeconds;
        for (Path trace : traces) {
            dataSha256.put(String.valueOf(trace.getFileName()), ModelFiles.hash(trace));
        }
    }

    @Override
    public int gridStepSeconds() {
        return gridStepSeconds;
    }

    @Override
    public long stepCount() throws IOException {
        long steps = 0;
        for (Path trace : traces) {
            steps += TraceOutline.of(trace, gridStepSeconds).rowCount();
        }
        return steps;
    }

    @Override
    public Map<String, String> dataSha256() {
        return dataSha256;
    }

    @Override
    public void forEach(Sink sink) throws IOException {
        for (Path file : traces) {
            new TraceReader(
                            gridStepSeconds,
                            trace ->
                                    sink.add(
                                            groups.groupOf(trace.vm()),
                                            trace.firstBin(),
                                            percent(trace)))
                    .read(file);
        }
    }

    private static float[][] percent(VmTrace trace) {
        // One capacity for a VM's whole life: the trace's capacity drifts in small steps, which
        // would pose as demand. It looks ahead within the training days only.
        float capacityMib = trace.medianCapacityMib(trace.firstBin(), trace.endBin());
        float[][] use = new float[FeatureSchema.RESOURCE_COUNT][trace.length()];
        for (int t = 0; t < trace.length(); t++) {
            use[FeatureSchema.MEMORY][t] = trace.memoryPercent(t, capacityMib);
            use[FeatureSchema.CPU][t] = trace.cpuPercent(t);
        }
        return use;
    }

    @Override
    public HoldBack holdBack(long seed) {
        return HoldBack.drawn(seed);
    }

    @Override
    public boolean isShort() {
        return false;
    }
}
