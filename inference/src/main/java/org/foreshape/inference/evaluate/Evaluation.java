package org.foreshape.inference.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.inference.FeatureSchema;
import org.foreshape.inference.trace.StepSeries;
import org.foreshape.inference.trace.TraceReader;
import org.foreshape.inference.trace.VmTrace;
import org.jspecify.annotations.Nullable;

/**
 * Scores models and baselines over a trace, one VM at a time: what is kept of a VM is its sixteen
 * losses per forecaster. One thread.
 */
public final class Evaluation {
    private static final int KNOWN_MIN = 24;
    private static final int FANS_MAX = 6;
    private static final int FAN_HOURS = 36;
    private static final double FAN_LOSS_MIN = 1e-3;

    private final ScoreGrid grid;
    private final List<? extends SeriesForecaster> models;
    private final int[] levelIndex = new int[Score.levelCount()];
    private final List<Tally> modelTallies = new ArrayList<>();
    private final List<Tally> baselineTallies = new ArrayList<>();
    private final List<String> vms = new ArrayList<>();
    private final long[] origins = new long[Score.SERIES];
    private final double[][] reliability = new double[Score.SERIES][FeatureSchema.QUANTILE_COUNT];
    private final int[] reliabilityVms = new int[Score.SERIES];
    private final List<Fan> fans = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private int fansSeen;

    /**
     * An evaluation that has seen no VM.
     *
     * @param grid where to score
     * @param models what to score beside the baselines, all on the grid's step; the first is drawn
     */
    public Evaluation(ScoreGrid grid, List<? extends SeriesForecaster> models) {
        this.grid = grid;
        this.models = List.copyOf(models);
        for (SeriesForecaster model : models) {
            if (model.gridStepSeconds() != grid.stepSeconds()) {
                throw new IllegalArgumentException(
                        model.name()
                                + " has steps of "
                                + model.gridStepSeconds()
                                + " s, the score has "
                                + grid.stepSeconds()
                                + " s: score it alone.");
            }
            modelTallies.add(new Tally(model.name()));
        }
        Baselines.NAMES.forEach(name -> baselineTallies.add(new Tally(name)));
        double[] levels = FeatureSchema.quantiles();
        for (int k = 0; k < levelIndex.length; k++) {
            levelIndex[k] = Arrays.binarySearch(levels, Score.level(k));
        }
    }

    /**
     * Scores every VM of a trace.
     *
     * @param trace the file
     * @return the report
     * @throws IOException when it cannot be read
     * @throws org.foreshape.inference.trace.TraceException when it is not of the format
     */
    public EvaluationReport run(Path trace) throws IOException {
        new TraceReader(grid.stepSeconds(), this::add).read(trace);
        return report();
    }

    /** Scores the next VM. */
    void add(VmTrace trace) {
        score(VmSeries.of(trace, grid));
    }

    /**
     * Scores the next stretch that a journal has of a VM. A VM that was met several times, since
     * the engine was started again, counts as several.
     *
     * @param stretch on this grid's steps
     */
    public void add(StepSeries stretch) {
        score(VmSeries.of(stretch, grid));
    }

    private void score(@Nullable VmSeries series) {
        if (series == null) {
            return;
        }
        float[][] targets = new float[Score.SERIES][];
        boolean[][] scored = new boolean[Score.SERIES][grid.length()];
        VmScore[] plain = new VmScore[Baselines.NAMES.size()];
        Arrays.setAll(plain, k -> new VmScore());
        int[] count = new int[Score.SERIES];
        int all = 0;
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            for (int h = 0; h < Score.HORIZON_MINUTES.size(); h++) {
                int s = Score.series(r, h);
                float[] peaks = ScoreGrid.peaks(series.use()[r], grid.horizon(h));
                targets[s] = peaks;
                count[s] = scoreBaselines(series.use()[r], peaks, h, s, scored[s], plain);
                all += count[s];
            }
        }
        if (all == 0) {
            return;
        }
        vms.add(series.vm());
        for (int s = 0; s < Score.SERIES; s++) {
            origins[s] += count[s];
            reliabilityVms[s] += count[s] > 0 ? 1 : 0;
            for (VmScore score : plain) {
                score.finish(s, count[s]);
            }
        }
        for (int k = 0; k < plain.length; k++) {
            baselineTallies.get(k).add(plain[k]);
        }
        float[][] percent = percent(series.use());
        for (int k = 0; k < models.size(); k++) {
            float[] forecasts = models.get(k).forecast(percent, grid.from());
            modelTallies.get(k).add(scoreModel(forecasts, targets, scored, count, k == 0));
            if (k == 0) {
                keepFan(series, forecasts, targets);
            }
        }
    }

    /** Scores the baselines of a series, marks its origins, and returns how many they are. */
    private int scoreBaselines(
            float[] x, float[] peaks, int h, int s, boolean[] scored, VmScore[] scores) {
        int steps = grid.horizon(h);
        Baselines baselines = new Baselines(grid, x, peaks, steps);
        double[][] out = new double[scores.length][Score.levelCount()];
        int count = 0;
        for (int t = 0; t + steps < x.length; t++) {
            baselines.advance();
            float y = peaks[t + steps];
            if (t < grid.scoredIndex()
                    || t >= grid.scoredEndIndex()
                    || Float.isNaN(x[t])
                    || Float.isNaN(y)
                    || baselines.known() < KNOWN_MIN) {
                continue;
            }
            scored[t] = true;
            count++;
            baselines.forecast(out);
            for (int k = 0; k < scores.length; k++) {
                for (int q = 0; q < Score.levelCount(); q++) {
                    scores[k].add(Score.cell(s, q), Score.level(q), y, out[k][q]);
                }
            }
        }
        return count;
    }

    private VmScore scoreModel(
            float[] forecasts, float[][] targets, boolean[][] scored, int[] count, boolean keep) {
        VmScore score = new VmScore();
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            for (int h = 0; h < Score.HORIZON_MINUTES.size(); h++) {
                int s = Score.series(r, h);
                int steps = grid.horizon(h);
                int output = FeatureSchema.outputIndex(r, h, 0);
                for (int t = 0; t < grid.length(); t++) {
                    if (!scored[s][t]) {
                        continue;
                    }
                    float y = targets[s][t + steps];
                    int at = t * FeatureSchema.OUTPUT_COUNT + output;
                    for (int q = 0; q < levelIndex.length; q++) {
                        double forecast = forecasts[at + levelIndex[q]] / 100.;
                        if (Double.isNaN(forecast)) {
                            throw new IllegalStateException("no forecast at an origin");
                        }
                        score.add(Score.cell(s, q), Score.level(q), y, forecast);
                    }
                    for (int q = 0; keep && q < FeatureSchema.QUANTILE_COUNT; q++) {
                        boolean covered = y <= forecasts[at + q] / 100. + Score.TIE;
                        reliability[s][q] += covered ? 1. / count[s] : 0;
                    }
                }
                score.finish(s, count[s]);
            }
        }
        return score;
    }

    private static float[][] percent(float[][] use) {
        float[][] percent = new float[use.length][use[0].length];
        for (int r = 0; r < use.length; r++) {
            for (int t = 0; t < use[r].length; t++) {
                percent[r][t] = 100f * use[r][t];
            }
        }
        return percent;
    }

    /** Keeps a few VMs that move at all, each as likely as any other. */
    private void keepFan(VmSeries series, float[] forecasts, float[][] targets) {
        int length = Math.min(FAN_HOURS * grid.hour(), grid.length() - grid.scoredIndex());
        int slot = fansSeen < FANS_MAX ? fansSeen : random.nextInt(fansSeen + 1);
        int s = slot % Score.SERIES;
        double movement = 0;
        for (int k = 1; k < length; k++) {
            float step =
                    targets[s][grid.scoredIndex() + k] - targets[s][grid.scoredIndex() + k - 1];
            movement += Float.isNaN(step) ? 0 : Math.abs(step) / length;
        }
        if (movement < FAN_LOSS_MIN) {
            return;
        }
        fansSeen++;
        if (slot >= FANS_MAX) {
            return;
        }
        int resource = s / Score.HORIZON_MINUTES.size();
        int h = s % Score.HORIZON_MINUTES.size();
        float[] truth = new float[length];
        float[][] quantiles = new float[length][FeatureSchema.QUANTILE_COUNT];
        for (int k = 0; k < length; k++) {
            int t = grid.scoredIndex() + k;
            int target = t + grid.horizon(h);
            truth[k] = target < grid.length() ? targets[s][target] : Float.NaN;
            for (int q = 0; q < FeatureSchema.QUANTILE_COUNT; q++) {
                int at = FeatureSchema.outputIndex(resource, h, q);
                quantiles[k][q] = forecasts[t * FeatureSchema.OUTPUT_COUNT + at] / 100f;
            }
        }
        Fan fan =
                new Fan(
                        "VM "
                                + series.vm()
                                + ", "
                                + Score.RESOURCES.get(resource)
                                + ", "
                                + Score.HORIZON_MINUTES.get(h)
                                + " min",
                        truth,
                        quantiles);
        if (slot < fans.size()) {
            fans.set(slot, fan);
        } else {
            fans.add(fan);
        }
    }

    /**
     * What was found so far.
     *
     * @return the report
     */
    public EvaluationReport report() {
        double[][] shares = new double[Score.SERIES][];
        for (int s = 0; s < Score.SERIES; s++) {
            int count = reliabilityVms[s];
            shares[s] = Arrays.stream(reliability[s]).map(sum -> sum / count).toArray();
        }
        return new EvaluationReport(
                grid, vms, origins, modelTallies, baselineTallies, shares, fans);
    }
}
