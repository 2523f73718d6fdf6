package org.foreshape.inference.evaluate;

import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.trace.StepSeries;
import org.foreshape.inference.trace.VmTrace;
import org.jspecify.annotations.Nullable;

/**
 * One VM's use as the score has it: fractions of capacity on the loaded bins. Not for sharing: the
 * arrays are its own.
 *
 * @param vm its name
 * @param use by resource, then bin; NaN when missing
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers to read; compared nowhere.
record VmSeries(String vm, float[][] use) {
    private static final double MEAN_USED_MIN_MIB = 1;

    /** The VM's series; null when the VM does not count, or has nothing to score. */
    static @Nullable VmSeries of(VmTrace trace, ScoreGrid grid) {
        if (trace.endBin() <= grid.firstScored() || !counts(trace, grid)) {
            return null;
        }
        float capacityMib = trace.medianCapacityMib(grid.from(), grid.firstScored());
        if (Float.isNaN(capacityMib)) {
            capacityMib = trace.medianCapacityMib(grid.from(), grid.end());
        }
        float[][] use = new float[FeatureSchema.RESOURCE_COUNT][grid.length()];
        for (int bin = 0; bin < grid.length(); bin++) {
            int index = grid.from() + bin - trace.firstBin();
            boolean inside = index >= 0 && index < trace.length();
            use[FeatureSchema.MEMORY][bin] = inside ? memory(trace, index, capacityMib) : Float.NaN;
            use[FeatureSchema.CPU][bin] = inside ? cpu(trace, index) : Float.NaN;
        }
        return new VmSeries(trace.vm(), use);
    }

    /** The same of a recorded stretch. */
    static @Nullable VmSeries of(StepSeries series, ScoreGrid grid) {
        if (series.firstStep() + series.length() <= grid.firstScored() || !counts(series, grid)) {
            return null;
        }
        float[][] use = new float[FeatureSchema.RESOURCE_COUNT][grid.length()];
        for (int r = 0; r < use.length; r++) {
            for (int bin = 0; bin < grid.length(); bin++) {
                long index = grid.from() + bin - series.firstStep();
                boolean inside = index >= 0 && index < series.length();
                use[r][bin] = inside ? series.percent()[r][(int) index] / 100 : Float.NaN;
            }
        }
        return new VmSeries(series.vm(), use);
    }

    private static float memory(VmTrace trace, int index, float capacityMib) {
        double used = Math.min(trace.memoryUsedMib()[index], trace.memoryCapMib()[index]);
        return (float) Math.min(used / capacityMib, 1);
    }

    private static float cpu(VmTrace trace, int index) {
        return (float)
                Math.min((double) trace.cpuUsedCores()[index] / trace.cpuCapCores()[index], 1);
    }

    /** Idle VMs do not count; a VM whose memory nobody recorded cannot be told from a busy one. */
    private static boolean counts(VmTrace trace, ScoreGrid grid) {
        double sum = 0;
        int count = 0;
        for (int k = Math.max(0, grid.firstScored() - trace.firstBin()); k < trace.length(); k++) {
            float used = Math.min(trace.memoryUsedMib()[k], trace.memoryCapMib()[k]);
            if (!Float.isNaN(used)) {
                sum += used;
                count++;
            }
        }
        return count == 0 || sum / count >= MEAN_USED_MIN_MIB;
    }

    private static boolean counts(StepSeries series, ScoreGrid grid) {
        double sum = 0;
        int count = 0;
        float[] memory = series.percent()[FeatureSchema.MEMORY];
        long from = Math.max(0, grid.firstScored() - series.firstStep());
        for (int k = (int) from; k < memory.length; k++) {
            if (!Float.isNaN(memory[k])) {
                sum += memory[k];
                count++;
            }
        }
        double mib = series.memoryCapacityKib() / 1024. / 100;
        return count == 0 || sum / count * mib >= MEAN_USED_MIN_MIB;
    }
}
