package org.foreshape.shaping.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stretch of recorded use of VMs on one grid of samples. Immutable once built, safe from any
 * thread.
 */
public final class DemandTrace {
    private static final double FLOOR_MIB_MAX = 256;

    private final int sampleSeconds;
    private final int firstSample;
    private final int endSample;
    private final String[] names;
    private final double[] ceilingMib;
    private final float[][] memoryUsedMib;
    private final float[][] memoryCapMib;
    private final float[][] cpuUsedCores;
    private final float[][] cpuCapCores;

    private DemandTrace(Builder from) {
        sampleSeconds = from.sampleSeconds;
        firstSample = from.firstSample;
        endSample = from.endSample;
        names = from.names.toArray(String[]::new);
        ceilingMib = from.ceilings.stream().mapToDouble(Double::doubleValue).toArray();
        memoryUsedMib = from.memoryUsed.toArray(float[][]::new);
        memoryCapMib = from.memoryCap.toArray(float[][]::new);
        cpuUsedCores = from.cpuUsed.toArray(float[][]::new);
        cpuCapCores = from.cpuCap.toArray(float[][]::new);
    }

    /** Collects VMs. One thread. */
    public static final class Builder {
        private final int sampleSeconds;
        private final int firstSample;
        private final int endSample;
        private final List<String> names = new ArrayList<>();
        private final List<Double> ceilings = new ArrayList<>();
        private final List<float[]> memoryUsed = new ArrayList<>();
        private final List<float[]> memoryCap = new ArrayList<>();
        private final List<float[]> cpuUsed = new ArrayList<>();
        private final List<float[]> cpuCap = new ArrayList<>();

        /**
         * An empty stretch.
         *
         * @param sampleSeconds seconds from one sample to the next, a multiple of {@link
         *     Span#SUB_STEP_SECONDS}
         * @param firstSample first sample to keep; sample k lies at second k * sampleSeconds
         * @param endSample sample after the last to keep
         */
        public Builder(int sampleSeconds, int firstSample, int endSample) {
            if (sampleSeconds < Span.SUB_STEP_SECONDS
                    || sampleSeconds % Span.SUB_STEP_SECONDS != 0) {
                throw new IllegalArgumentException(
                        "samples lie "
                                + sampleSeconds
                                + " s apart: give a multiple of "
                                + Span.SUB_STEP_SECONDS
                                + " s.");
            }
            if (firstSample < 0 || endSample <= firstSample) {
                throw new IllegalArgumentException(
                        "samples " + firstSample + " to " + endSample + ": give some, from 0 on.");
            }
            this.sampleSeconds = sampleSeconds;
            this.firstSample = firstSample;
            this.endSample = endSample;
        }

        /**
         * Adds a VM, unless it has no memory sample in the stretch. Its ceiling is the median of
         * all its memory capacities, also of those outside of the stretch.
         *
         * @param name of the VM
         * @param first sample of index 0 of the arrays
         * @param memoryUsed MiB, NaN where missing
         * @param memoryCapacity MiB, NaN where missing
         * @param coresUsed NaN where missing
         * @param coresCapacity NaN where missing
         * @return this
         */
        public Builder add(
                String name,
                int first,
                float[] memoryUsed,
                float[] memoryCapacity,
                float[] coresUsed,
                float[] coresCapacity) {
            double ceiling = median(memoryCapacity);
            float[] used = stretch(memoryUsed, first);
            boolean any = false;
            for (int k = 0; k < used.length; k++) {
                used[k] = Math.min(used[k], (float) ceiling);
                any |= !Float.isNaN(used[k]);
            }
            if (any) {
                names.add(name);
                ceilings.add(ceiling);
                this.memoryUsed.add(used);
                memoryCap.add(stretch(memoryCapacity, first));
                cpuUsed.add(stretch(coresUsed, first));
                cpuCap.add(stretch(coresCapacity, first));
            }
            return this;
        }

        private float[] stretch(float[] values, int first) {
            float[] kept = new float[endSample - firstSample];
            Arrays.fill(kept, Float.NaN);
            int from = Math.max(first, firstSample);
            int count = Math.min(first + values.length, endSample) - from;
            if (count > 0) {
                System.arraycopy(values, from - first, kept, from - firstSample, count);
            }
            return kept;
        }

        private static double median(float[] values) {
            float[] sorted = values.clone();
            Arrays.sort(sorted); // NaN sorts last.
            int count = sorted.length;
            while (count > 0 && Float.isNaN(sorted[count - 1])) {
                count--;
            }
            if (count == 0) {
                return Double.NaN;
            }
            return count % 2 == 1
                    ? sorted[count / 2]
                    : .5 * ((double) sorted[count / 2 - 1] + sorted[count / 2]);
        }

        /**
         * Ends the collection.
         *
         * @return the trace
         * @throws IllegalArgumentException when no VM has a memory sample
         */
        public DemandTrace build() {
            if (names.isEmpty()) {
                throw new IllegalArgumentException(
                        "no VM has a memory sample in this stretch: give a trace with mem_used_mib"
                                + " and mem_cap_mib, or another stretch.");
            }
            return new DemandTrace(this);
        }
    }

    /**
     * VMs of the trace; they are numbered from 0 on.
     *
     * @return the count
     */
    public int vmCount() {
        return names.length;
    }

    /**
     * A VM's name.
     *
     * @param vm its number
     * @return the name in the recording
     */
    public String name(int vm) {
        return names[vm];
    }

    /**
     * What a VM can have at most.
     *
     * @param vm its number
     * @return MiB
     */
    public double ceilingMib(int vm) {
        return ceilingMib[vm];
    }

    /**
     * What a VM always has.
     *
     * @param vm its number
     * @return MiB: 256, or half of the ceiling if that is less
     */
    public double floorMib(int vm) {
        return Math.min(FLOOR_MIB_MAX, ceilingMib[vm] / 2);
    }

    /**
     * The grid.
     *
     * @return seconds from one sample to the next
     */
    public int sampleSeconds() {
        return sampleSeconds;
    }

    /**
     * Where the stretch begins.
     *
     * @return the first sample
     */
    public int firstSample() {
        return firstSample;
    }

    /**
     * Where the stretch ends.
     *
     * @return the sample after the last
     */
    public int endSample() {
        return endSample;
    }

    /**
     * Memory in use.
     *
     * @param vm its number
     * @param sample in the stretch
     * @return MiB, at most the ceiling; NaN where missing
     */
    public float memoryUsedMib(int vm, int sample) {
        return memoryUsedMib[vm][sample - firstSample];
    }

    /**
     * Memory capacity as recorded, which may drift.
     *
     * @param vm its number
     * @param sample in the stretch
     * @return MiB; NaN where missing
     */
    public float memoryCapMib(int vm, int sample) {
        return memoryCapMib[vm][sample - firstSample];
    }

    /**
     * Cores in use.
     *
     * @param vm its number
     * @param sample in the stretch
     * @return cores; NaN where missing
     */
    public float cpuUsedCores(int vm, int sample) {
        return cpuUsedCores[vm][sample - firstSample];
    }

    /**
     * Virtual cores.
     *
     * @param vm its number
     * @param sample in the stretch
     * @return cores; NaN where missing
     */
    public float cpuCapCores(int vm, int sample) {
        return cpuCapCores[vm][sample - firstSample];
    }
}
