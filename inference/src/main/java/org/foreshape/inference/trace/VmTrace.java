package org.foreshape.inference.trace;

import java.util.Arrays;

/**
 * One VM's use on a grid; NaN where no sample lies. Not for sharing: the arrays are the record's
 * own and are not copied.
 *
 * @param vm the trace's name of the VM
 * @param firstBin grid bin of index 0
 * @param memoryUsedMib mean use per bin
 * @param memoryCapMib capacity per bin
 * @param cpuUsedCores mean use per bin
 * @param cpuCapCores capacity per bin
 */
@SuppressWarnings("ArrayRecordComponent") // Millions of samples; compared nowhere.
public record VmTrace(
        String vm,
        int firstBin,
        float[] memoryUsedMib,
        float[] memoryCapMib,
        float[] cpuUsedCores,
        float[] cpuCapCores) {

    /**
     * Bins from the first row to the last.
     *
     * @return the count
     */
    public int length() {
        return memoryUsedMib.length;
    }

    /**
     * The bin after the last.
     *
     * @return a grid bin
     */
    public int endBin() {
        return firstBin + length();
    }

    /**
     * Memory use.
     *
     * @param index of the bin
     * @param capacityMib what counts as 100 percent
     * @return percent of that capacity, clipped to 100; NaN when missing
     */
    public float memoryPercent(int index, float capacityMib) {
        float used = Math.min(memoryUsedMib[index], memoryCapMib[index]);
        return Math.min(100f * used / capacityMib, 100f);
    }

    /**
     * CPU use.
     *
     * @param index of the bin
     * @return percent of that bin's capacity, clipped to 100; NaN when missing
     */
    public float cpuPercent(int index) {
        return Math.min(100f * cpuUsedCores[index] / cpuCapCores[index], 100f);
    }

    /**
     * Median memory capacity of the bins in a range.
     *
     * @param fromBin first bin
     * @param toBin bin after the last
     * @return MiB, NaN when no bin in the range has a memory capacity
     */
    public float medianCapacityMib(int fromBin, int toBin) {
        int from = Math.clamp((long) fromBin - firstBin, 0, length());
        int to = Math.clamp((long) toBin - firstBin, from, length());
        return median(Arrays.copyOfRange(memoryCapMib, from, to));
    }

    private static float median(float[] values) {
        Arrays.sort(values); // NaN sorts last.
        int count = values.length;
        while (count > 0 && Float.isNaN(values[count - 1])) {
            count--;
        }
        if (count == 0) {
            return Float.NaN;
        }
        return count % 2 == 1
                ? values[count / 2]
                : .5f * (values[count / 2 - 1] + values[count / 2]);
    }
}
