package org.foreshape.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.GridSteps;
import org.foreshape.inference.evaluate.Evaluation;
import org.foreshape.inference.evaluate.EvaluationReport;
import org.foreshape.inference.evaluate.EvaluationReport.Interval;
import org.foreshape.inference.evaluate.FallbackSeries;
import org.foreshape.inference.evaluate.ModelSeries;
import org.foreshape.inference.evaluate.ScoreGrid;
import org.foreshape.inference.trace.SeriesSpool;
import org.foreshape.journal.JournalEvents;

/**
 * Whether a model that was trained on the first 30 minutes of a journal at a step of 15 s beats the
 * plain forecaster on origins of the next 10. The journal goes on to minute 55, since an outcome of
 * 15 minutes is known no earlier; the trainer, `foreshape train`, is told to look no further than
 * minute 30.
 */
final class RetrainBenchmark implements Benchmark {
    private static final int STEP_S = 15;
    private static final int TRAINED_S = 1800;
    private static final int SCORED_S = 600;
    private static final int RECORDED_S = 3300;
    private static final int VM_COUNT = 64;

    /** Not 1 to 5: the training was chosen on the recordings of those. */
    private static final long[] SEEDS = {11, 12, 13, 14, 15};

    private static final long[] QUICK_SEEDS = {11};
    private static final double SPEED = 120;

    private double speed = SPEED;

    @Override
    public String name() {
        return "retrain";
    }

    @Override
    public String purpose() {
        return "a model trained on 30 min of a journal of 64 embedded guests against the fallback"
                + " on the next 10";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public void speed(double newSpeed) {
        speed = newSpeed;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        Result result = new Result("retrain");
        result.fact("guests", VM_COUNT);
        result.fact("seconds of guests' time in a second", speed);
        for (long seed : quick ? QUICK_SEEDS : SEEDS) {
            Path folder = Files.createTempDirectory("foreshape-retrain");
            try {
                measure(seed, folder, result);
            } finally {
                remove(folder);
            }
        }
        return result;
    }

    private void measure(long seed, Path folder, Result result)
            throws IOException, InterruptedException {
        Path journal = folder.resolve("journal");
        JournalRecorder.record(
                journal, RetrainGuests.create(VM_COUNT, seed), RECORDED_S + 2 * STEP_S, speed);
        Path file = folder.resolve("model.onnx");
        long startNs = System.nanoTime();
        train(journal, file, TRAINED_S, seed);
        double trainS = (System.nanoTime() - startNs) / 1e9;
        EvaluationReport report = score(journal, folder.resolve("steps"), file);
        System.out.print(report.text());
        String name = "seed " + seed + ": ";
        result.fact(name + "VMs scored", report.vmCount());
        result.fact(name + "training, s", String.format(Locale.ROOT, "%.1f", trainS));
        want(result, name + "raw model by fallback", ends(report.ratio(0, 2)));
        want(result, name + "calibrated model by fallback", ends(report.ratio(1, 2)));
        want(
                result,
                name + "both in service, on samples",
                ServiceScore.ratio(
                        journal,
                        ForecastModel.load(file),
                        VM_COUNT,
                        TRAINED_S,
                        TRAINED_S + SCORED_S));
    }

    private static double[] ends(Interval ratio) {
        return new double[] {ratio.low(), ratio.mean(), ratio.high()};
    }

    private static void want(Result result, String label, double[] ratio) {
        result.add(label, ratio);
        result.wantAtMost(label + ", upper end of the interval", ratio[2], 1);
    }

    /** Trains on the first seconds of a journal, as an operator would. */
    static void train(Path journal, Path out, int untilSeconds, long seed)
            throws IOException, InterruptedException {
        Process trainer =
                new ProcessBuilder(
                                Path.of(System.getProperty("foreshape.home"), "foreshape")
                                        .toString(),
                                "train",
                                "--journal",
                                journal.toString(),
                                "--until-seconds",
                                Integer.toString(untilSeconds),
                                "--step-seconds",
                                Integer.toString(STEP_S),
                                "--seed",
                                Long.toString(seed),
                                "--out",
                                out.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .start();
        int status = trainer.waitFor();
        if (status != 0) {
            throw new IllegalStateException("the training ended with status " + status);
        }
    }

    private static EvaluationReport score(Path journal, Path steps, Path file) throws IOException {
        ForecastModel model = ForecastModel.load(file);
        try (SeriesSpool spool = new SeriesSpool(steps);
                ModelSeries raw = new ModelSeries("retrained, raw", model, false);
                ModelSeries calibrated = new ModelSeries("retrained, calibrated", model, true);
                FallbackSeries fallback = new FallbackSeries(STEP_S)) {
            GridSteps grid = new GridSteps(STEP_S, spool);
            JournalEvents.read(
                    journal,
                    (runId, tick) -> {
                        grid.take(runId, tick);
                        return true;
                    });
            grid.finish();
            // The first step may be part of one only: minute 30 of the trainer is no earlier.
            int first = Math.toIntExact(spool.firstStep()) + 1;
            ScoreGrid scored =
                    new ScoreGrid(
                            STEP_S,
                            first + TRAINED_S / STEP_S,
                            first + RECORDED_S / STEP_S,
                            first + (TRAINED_S + SCORED_S) / STEP_S);
            Evaluation evaluation = new Evaluation(scored, List.of(raw, calibrated, fallback));
            spool.forEach(evaluation::add);
            return evaluation.report();
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
