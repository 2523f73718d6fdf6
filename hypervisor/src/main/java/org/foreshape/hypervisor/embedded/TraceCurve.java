package org.foreshape.hypervisor.embedded;

import java.util.Arrays;

/** A recorded VM. Where samples are missing, the last one before them holds. */
record TraceCurve(TraceFile.Series series, long sizeKib, int vcpuCount) implements DemandCurve {
    private static final long SECOND_NS = 1_000_000_000;

    @Override
    public String kind() {
        return "trace " + series.vm();
    }

    @Override
    public long memoryKib(long elapsedNs) {
        return (long) (series.memoryShare()[index(elapsedNs)] * sizeKib);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return (long) (series.cpuShare()[index(elapsedNs)] * vcpuCount * 1000);
    }

    private int index(long elapsedNs) {
        long[] times = series.timeSeconds();
        // One second past the last sample is where the record starts again.
        long lengthSeconds = times[times.length - 1] + 1;
        int found = Arrays.binarySearch(times, elapsedNs / SECOND_NS % lengthSeconds);
        return found >= 0 ? found : -found - 2;
    }
}
