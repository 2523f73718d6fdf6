package org.foreshape.inference.trainer;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.FeatureStore;
import org.foreshape.inference.ModelBuffers;
import org.foreshape.inference.ModelSession;
import org.foreshape.inference.ModelSessions;
import org.foreshape.inference.TrailingQuantiles;

/**
 * Scores the exported model, run step by step as in service, on VMs that it never saw, beside two
 * plain forecasters. Use is a fraction of capacity; loss is the mean pinball loss per VM, then over
 * VMs, in 1e-3 of capacity; coverage likewise.
 *
 * <p>"own target, 7 days": the trailing quantile of the peaks themselves. "last value + residual":
 * the current use plus the trailing quantile of past rises. Both over 2016 bins.
 */
final class Validation {
    private static final double[] LEVELS = {.5, .9, .95, .99};
    private static final String[] FORECASTERS = {
        "model", "last value + residual, 7 days", "own target, 7 days"
    };
    private static final int HISTORY_BINS = 3456;
    private static final int SCORED_BINS = 2880;
    private static final int WINDOW_BINS = 2016;
    private static final int KNOWN_MIN = 24;
    private static final double TIE = 1e-6;

    private final int gridStepSeconds;
    private final int hiddenSize;
    private final int firstScored;
    private final int endBin;
    private final List<VmTrace> traces;

    /**
     * Sets up the score of the last ten days that the traces cover, or of their later half when
     * they are shorter than history and ten days.
     */
    Validation(List<VmTrace> traces, int gridStepSeconds, int hiddenSize) {
        this.gridStepSeconds = gridStepSeconds;
        this.hiddenSize = hiddenSize;
        int first = traces.stream().mapToInt(VmTrace::firstBin).min().orElse(0);
        this.endBin = traces.stream().mapToInt(VmTrace::endBin).max().orElse(0);
        this.firstScored =
                endBin - first >= SCORED_BINS + HISTORY_BINS
                        ? endBin - SCORED_BINS
                        : first + (endBin - first) / 2;
        this.traces = traces.stream().filter(this::counts).toList();
    }

    private boolean counts(VmTrace trace) {
        double sum = 0;
        int count = 0;
        for (int k = Math.max(0, firstScored - trace.firstBin()); k < trace.length(); k++) {
            float used = Math.min(trace.memoryUsedMib()[k], trace.memoryCapMib()[k]);
            if (!Float.isNaN(used)) {
                sum += used;
                count++;
            }
        }
        return count > 0 && sum / count >= 1;
    }

    /**
     * Scores a model.
     *
     * @param model bytes of the ONNX file
     * @return by forecaster: measures by name, such as {@code memory_5min_pinball_0.95}
     */
    Map<String, Map<String, Double>> score(byte[] model) {
        int from = firstScored - HISTORY_BINS;
        int bins = endBin - from;
        int cells = FeatureSchema.RESOURCE_COUNT * FeatureSchema.HORIZON_COUNT * LEVELS.length;
        float[][][] use = new float[traces.size()][][];
        for (int vm = 0; vm < use.length; vm++) {
            use[vm] = fractions(traces.get(vm), from, bins);
        }
        float[][] forecasts = forecast(model, use, from, bins, cells);
        double[][][] sums = new double[FORECASTERS.length][2][cells];
        int[] counted = new int[cells];
        for (int vm = 0; vm < use.length; vm++) {
            for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
                for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                    int cell = (r * FeatureSchema.HORIZON_COUNT + h) * LEVELS.length;
                    int steps = FeatureSchema.horizonSteps()[h];
                    if (scoreVm(use[vm][r], steps, forecasts[vm], cells, cell, sums)) {
                        counted[cell]++;
                    }
                }
            }
        }
        return report(sums, counted);
    }

    private float[][] fractions(VmTrace trace, int from, int bins) {
        float capacityMib = trace.medianCapacityMib(from, firstScored);
        float[][] use = new float[FeatureSchema.RESOURCE_COUNT][bins];
        for (int bin = 0; bin < bins; bin++) {
            int index = from + bin - trace.firstBin();
            boolean inside = index >= 0 && index < trace.length();
            use[FeatureSchema.MEMORY][bin] =
                    inside ? trace.memoryPercent(index, capacityMib) / 100f : Float.NaN;
            use[FeatureSchema.CPU][bin] = inside ? trace.cpuPercent(index) / 100f : Float.NaN;
        }
        return use;
    }

    /** The model's quantiles at the scored levels, per VM, for every scored bin. */
    private float[][] forecast(byte[] model, float[][][] use, int from, int bins, int cells) {
        int vms = use.length;
        int scored = bins - (firstScored - from);
        float[][] forecasts = new float[vms][scored * cells];
        int[] levelIndex = new int[LEVELS.length];
        for (int k = 0; k < LEVELS.length; k++) {
            levelIndex[k] = Arrays.binarySearch(FeatureSchema.quantiles(), LEVELS[k]);
        }
        try (Arena arena = Arena.ofConfined()) {
            FeatureStore store = new FeatureStore(vms, gridStepSeconds);
            ModelBuffers buffers = new ModelBuffers(vms, hiddenSize, arena);
            int batch = buffers.batchIndexFor(vms);
            boolean[] born = new boolean[vms];
            float[] row = new float[FeatureSchema.QUANTILE_COUNT];
            try (ModelSession session = ModelSessions.openReference(model, buffers)) {
                for (int bin = 0, side = 0; bin < bins; bin++, side = 1 - side) {
                    store.atStep((long) (from + bin) * gridStepSeconds);
                    for (int vm = 0; vm < vms; vm++) {
                        float memory = 100f * use[vm][FeatureSchema.MEMORY][bin];
                        float cpu = 100f * use[vm][FeatureSchema.CPU][bin];
                        born[vm] |= !Float.isNaN(memory) || !Float.isNaN(cpu);
                        if (!born[vm]) {
                            buffers.zeroState(vm, side);
                        }
                        store.write(
                                vm,
                                memory,
                                cpu,
                                buffers.inputs(),
                                4L * vm * FeatureSchema.FEATURE_COUNT);
                    }
                    if (!session.run(batch, side)) {
                        throw new IllegalStateException(session.lastError());
                    }
                    for (int vm = 0; vm < vms; vm++) {
                        if (from + bin >= firstScored) {
                            int at = (from + bin - firstScored) * cells;
                            keep(store, buffers, vm, levelIndex, row, forecasts[vm], at);
                        }
                        if (born[vm]) {
                            store.commit(
                                    vm,
                                    100f * use[vm][FeatureSchema.MEMORY][bin],
                                    100f * use[vm][FeatureSchema.CPU][bin]);
                        }
                    }
                }
            }
        }
        return forecasts;
    }

    private static void keep(
            FeatureStore store,
            ModelBuffers buffers,
            int vm,
            int[] levelIndex,
            float[] row,
            float[] out,
            int at) {
        int cell = at;
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                for (int q = 0; q < row.length; q++) {
                    long index =
                            (long) vm * FeatureSchema.OUTPUT_COUNT
                                    + FeatureSchema.outputIndex(r, h, q);
                    row[q] = buffers.outputs().get(ValueLayout.JAVA_FLOAT, 4 * index);
                }
                Arrays.sort(row);
                for (int level : levelIndex) {
                    float percent =
                            store.originPercent(vm, r) + store.originScale(vm, r) * row[level];
                    out[cell++] = Math.clamp(percent / 100f, 0f, 1f);
                }
            }
        }
    }

    /** Adds one VM's mean losses and coverages; false when it has no origin. */
    private boolean scoreVm(
            float[] x, int steps, float[] forecasts, int cells, int cell, double[][][] sums) {
        TrailingQuantiles peaks = new TrailingQuantiles(1, WINDOW_BINS);
        TrailingQuantiles rises = new TrailingQuantiles(1, WINDOW_BINS);
        double[][][] mine = new double[FORECASTERS.length][2][LEVELS.length];
        int origins = 0;
        int firstOrigin = x.length - (endBin - firstScored);
        for (int t = 0; t + steps < x.length; t++) {
            float known = t >= steps ? TrainingSequence.peak(x, t - steps, steps) : Float.NaN;
            peaks.push(0, known);
            rises.push(0, t >= steps ? known - x[t - steps] : Float.NaN);
            float y = TrainingSequence.peak(x, t, steps);
            if (t < firstOrigin
                    || Float.isNaN(x[t])
                    || Float.isNaN(y)
                    || peaks.known(0) < KNOWN_MIN) {
                continue;
            }
            origins++;
            for (int k = 0; k < LEVELS.length; k++) {
                double q = LEVELS[k];
                double rise = rises.known(0) == 0 ? 0 : rises.quantile(0, q);
                add(mine[0], k, y, forecasts[(t - firstOrigin) * cells + cell + k]);
                add(mine[1], k, y, x[t] + rise);
                add(mine[2], k, y, peaks.quantile(0, q));
            }
        }
        if (origins == 0) {
            return false;
        }
        for (int forecaster = 0; forecaster < mine.length; forecaster++) {
            for (int k = 0; k < LEVELS.length; k++) {
                sums[forecaster][0][cell + k] += mine[forecaster][0][k] / origins;
                sums[forecaster][1][cell + k] += mine[forecaster][1][k] / origins;
            }
        }
        return true;
    }

    private static void add(double[][] sums, int level, double y, double forecast) {
        double clipped = Math.clamp(forecast, 0., 1.);
        double error = y - clipped;
        sums[0][level] += Math.max(LEVELS[level] * error, (LEVELS[level] - 1) * error);
        sums[1][level] += y <= clipped + TIE ? 1 : 0;
    }

    private Map<String, Map<String, Double>> report(double[][][] sums, int[] counted) {
        Map<String, Map<String, Double>> report = new TreeMap<>();
        for (int forecaster = 0; forecaster < FORECASTERS.length; forecaster++) {
            Map<String, Double> measures = new TreeMap<>();
            for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
                for (int h = 0; h < FeatureSchema.HORIZON_COUNT; h++) {
                    int cell = (r * FeatureSchema.HORIZON_COUNT + h) * LEVELS.length;
                    int minutes = FeatureSchema.horizonSteps()[h] * gridStepSeconds / 60;
                    String name =
                            (r == FeatureSchema.MEMORY ? "memory_" : "cpu_") + minutes + "min_";
                    measures.put(name + "vms", (double) counted[cell]);
                    for (int k = 0; k < LEVELS.length; k++) {
                        double vms = Math.max(1, counted[cell]);
                        measures.put(
                                name + "pinball_" + LEVELS[k],
                                round(1000 * sums[forecaster][0][cell + k] / vms));
                        measures.put(
                                name + "coverage_" + LEVELS[k],
                                round(sums[forecaster][1][cell + k] / vms));
                    }
                }
            }
            report.put(FORECASTERS[forecaster], measures);
        }
        return report;
    }

    private static double round(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
