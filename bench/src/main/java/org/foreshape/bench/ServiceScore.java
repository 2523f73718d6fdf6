package org.foreshape.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.inference.FallbackForecaster;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.SampleHistory;
import org.foreshape.journal.JournalEvents;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Forecaster;

/**
 * A model against the plain forecaster as the engine runs both: on samples as they came, asked at
 * every sample of the scored time, and held against the highest sample that followed within 5 and
 * 15 minutes. The model learns its calibration from the events before, as in service. One thread.
 */
final class ServiceScore {
    private static final double[] LEVELS = {.5, .9, .95, .99};
    private static final long[] HORIZON_NS = {300_000_000_000L, 900_000_000_000L};
    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;
    private static final int CELLS = RESOURCES * HORIZON_NS.length * LEVELS.length;
    private static final int DRAWS = 2_000;

    private final int vmCount;
    private final long fromNs;
    private final long untilNs;
    private final List<Long> timesNs = new ArrayList<>();
    private final List<float[]> uses = new ArrayList<>();
    private final List<float[][]> forecasts = new ArrayList<>();
    private long firstNs = -1;

    private ServiceScore(int vmCount, int fromSeconds, int untilSeconds) {
        this.vmCount = vmCount;
        this.fromNs = fromSeconds * 1_000_000_000L;
        this.untilNs = untilSeconds * 1_000_000_000L;
    }

    /**
     * Runs both over a journal of one run in which every VM stays in its slot.
     *
     * @param journal its directory
     * @param model the model
     * @param vmCount VMs
     * @param fromSeconds first scored second after the first sample
     * @param untilSeconds second after the last
     * @return lower end, mean and upper end of the ratio of the model's loss to the plain
     *     forecaster's: geometric mean over the cells, 95 % interval over VMs
     */
    static double[] ratio(
            Path journal, ForecastModel model, int vmCount, int fromSeconds, int untilSeconds) {
        ServiceScore score = new ServiceScore(vmCount, fromSeconds, untilSeconds);
        SampleHistory history = new SampleHistory(vmCount, model.manifest().gridStepSeconds());
        try (ModelForecaster forecaster = ModelForecaster.open(model, history, false)) {
            Forecaster plain = new FallbackForecaster(history);
            JournalEvents.read(
                    journal,
                    (runId, tick) -> {
                        score.take(tick, history, forecaster, plain);
                        return true;
                    });
        }
        return score.interval();
    }

    private void take(Tick tick, SampleHistory history, Forecaster model, Forecaster plain) {
        history.observe(tick);
        model.forecast(tick);
        float[] ofModel = tick.forecast.quantile.clone();
        plain.forecast(tick);
        history.settle();
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        firstNs = firstNs < 0 ? tick.timeNs : firstNs;
        long sinceNs = tick.timeNs - firstNs;
        boolean scored = sinceNs >= fromNs && sinceNs < untilNs;
        timesNs.add(sinceNs);
        uses.add(uses(tick.sample));
        forecasts.add(
                scored
                        ? new float[][] {
                            asShares(ofModel, tick.sample),
                            asShares(tick.forecast.quantile, tick.sample)
                        }
                        : new float[0][]);
    }

    private float[] uses(SampleSection sample) {
        float[] uses = new float[vmCount * RESOURCES];
        for (int vm = 0; vm < vmCount; vm++) {
            uses[vm * RESOURCES] = sample.usedKib(vm) / capacity(sample, vm, 0);
            uses[vm * RESOURCES + 1] = sample.cpuMillicores[vm] / capacity(sample, vm, 1);
        }
        return uses;
    }

    private static float capacity(SampleSection sample, int vm, int resource) {
        return resource == 0 ? sample.maximumKib[vm] : 1000f * sample.vcpuCountMax[vm];
    }

    private float[] asShares(float[] quantile, SampleSection sample) {
        float[] shares = new float[vmCount * ForecastSection.STRIDE];
        int perResource = FeatureSchema.OUTPUT_COUNT / RESOURCES;
        for (int vm = 0; vm < vmCount; vm++) {
            for (int k = 0; k < FeatureSchema.OUTPUT_COUNT; k++) {
                int at = vm * ForecastSection.STRIDE + k;
                shares[at] = quantile[at] / capacity(sample, vm, k / perResource);
            }
        }
        return shares;
    }

    private double[] interval() {
        double[][][] losses = new double[2][vmCount][CELLS];
        for (int i = 0; i < timesNs.size(); i++) {
            if (forecasts.get(i).length > 0) {
                for (int vm = 0; vm < vmCount; vm++) {
                    add(i, vm, losses);
                }
            }
        }
        int[] weight = new int[vmCount];
        Arrays.fill(weight, 1);
        double mean = ratio(losses, weight);
        double[] drawn = new double[DRAWS];
        SplittableRandom random = new SplittableRandom(1);
        for (int draw = 0; draw < DRAWS; draw++) {
            Arrays.fill(weight, 0);
            for (int k = 0; k < vmCount; k++) {
                weight[random.nextInt(vmCount)]++;
            }
            drawn[draw] = ratio(losses, weight);
        }
        Arrays.sort(drawn);
        return new double[] {
            drawn[(int) (.025 * (DRAWS - 1))], mean, drawn[(int) (.975 * (DRAWS - 1))]
        };
    }

    /** Adds the losses of one origin of a VM. */
    private void add(int origin, int vm, double[][][] losses) {
        double[] levels = FeatureSchema.quantiles();
        for (int r = 0; r < RESOURCES; r++) {
            for (int h = 0; h < HORIZON_NS.length; h++) {
                float peak = 0;
                for (int i = origin + 1;
                        i < timesNs.size() && timesNs.get(i) <= timesNs.get(origin) + HORIZON_NS[h];
                        i++) {
                    peak = Math.max(peak, uses.get(i)[vm * RESOURCES + r]);
                }
                for (int q = 0; q < LEVELS.length; q++) {
                    int at =
                            vm * ForecastSection.STRIDE
                                    + FeatureSchema.outputIndex(
                                            r, h, Arrays.binarySearch(levels, LEVELS[q]));
                    int cell = (r * HORIZON_NS.length + h) * LEVELS.length + q;
                    for (int f = 0; f < losses.length; f++) {
                        double error = peak - forecasts.get(origin)[f][at];
                        losses[f][vm][cell] += Math.max(LEVELS[q] * error, (LEVELS[q] - 1) * error);
                    }
                }
            }
        }
    }

    private double ratio(double[][][] losses, int[] weight) {
        double logs = 0;
        for (int cell = 0; cell < CELLS; cell++) {
            double[] sum = new double[losses.length];
            for (int f = 0; f < sum.length; f++) {
                for (int vm = 0; vm < vmCount; vm++) {
                    sum[f] += weight[vm] * losses[f][vm][cell];
                }
            }
            logs += Math.log(sum[0] / sum[1]) / CELLS;
        }
        return Math.exp(logs);
    }
}
