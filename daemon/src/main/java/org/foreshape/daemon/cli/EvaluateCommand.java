package org.foreshape.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.inference.evaluate.Evaluation;
import org.foreshape.inference.evaluate.EvaluationReport;
import org.foreshape.inference.evaluate.FallbackSeries;
import org.foreshape.inference.evaluate.ModelSeries;
import org.foreshape.inference.evaluate.ScoreGrid;
import org.foreshape.inference.evaluate.SeriesForecaster;
import org.foreshape.inference.trace.SeriesSpool;
import org.foreshape.inference.trace.TraceException;
import org.foreshape.inference.trace.TraceOutline;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape evaluate}. */
@Command(
        name = "evaluate",
        description =
                "Scores forecasts on a trace or a journal: pinball loss and coverage of the model and"
                        + " of nine classical forecasters.")
final class EvaluateCommand implements Callable<Integer> {
    private static final String FALLBACK = "fallback";
    private static final int JOURNAL_STEP_SECONDS = 15;
    private static final int TRACE_STEP_SECONDS = 300;

    @ArgGroup(multiplicity = "1")
    Input input = new Input();

    /** What is scored on. */
    static final class Input {
        @Option(
                names = "--trace",
                paramLabel = "FILE",
                description = "Trace, .csv or .csv.gz, sorted by VM, then time.")
        @Nullable Path trace;

        @Option(
                names = "--journal",
                paramLabel = "DIR",
                arity = "1..*",
                description =
                        "Journals of this engine, in the order of time, cut into the model's steps;"
                                + " the plain forecaster is scored too.")
        List<Path> journals = List.of();
    }

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A model's .onnx file, shipped (the default), lstm, or fallback: the plain"
                            + " forecaster. More than one may be given; they must have one grid"
                            + " step.")
    List<String> models = List.of("shipped");

    @Option(
            names = "--from-seconds",
            paramLabel = "T",
            description =
                    "First scored second of the trace's time, for a journal after its first sample;"
                            + " what lies before warms up only. Without it: second 5356800 where the trace has twelve days before it"
                            + " and something after it, else the middle of the trace.")
    @Nullable Long fromSeconds;

    @Option(
            names = "--until-seconds",
            paramLabel = "T",
            description =
                    "Second after the last origin, counted as --from-seconds; what comes later is"
                            + " looked at by targets only. Without it: the end.")
    @Nullable Long untilSeconds;

    @Option(
            names = "--groups",
            paramLabel = "FILE",
            description =
                    "CSV with the columns vm and group: VMs that are drawn together for the"
                            + " intervals. Without it every VM is drawn alone.")
    @Nullable Path groups;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON.")
    @Nullable Path json;

    @Option(
            names = "--svg",
            paramLabel = "FILE",
            description =
                    "Draws the first model's reliability and a few VMs' fans. Without it: beside the"
                            + " JSON file.")
    @Nullable Path svg;

    @ArgGroup @Nullable Calibration calibration;

    @Spec CommandSpec spec = CommandSpec.create();

    /** As in service, or the model alone. */
    static final class Calibration {
        @Option(
                names = "--calibrated",
                description = "The model with its online calibration, as in service (default).")
        boolean calibrated;

        @Option(names = "--raw", description = "The model alone.")
        boolean raw;
    }

    @Override
    public Integer call() {
        Calibration asked = calibration;
        boolean raw = asked != null && asked.raw;
        List<SeriesForecaster> opened = new ArrayList<>();
        try {
            int stepSeconds = open(!raw, opened);
            EvaluationReport report =
                    input.trace == null
                            ? onJournals(stepSeconds, opened)
                            : onTrace(input.trace, stepSeconds, opened);
            report.bootstrap(groups);
            return finish(report);
        } catch (TraceException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw Failure.missing("cannot read or write: " + e, e);
        } finally {
            opened.forEach(SeriesForecaster::close);
        }
    }

    /** Opens what is scored; returns its step. */
    private int open(boolean calibrated, List<SeriesForecaster> opened) {
        List<String> named = new ArrayList<>(models);
        if (input.trace == null && !named.contains(FALLBACK)) {
            named.add(FALLBACK);
        }
        int stepSeconds = input.trace == null ? JOURNAL_STEP_SECONDS : TRACE_STEP_SECONDS;
        List<ForecastModel> loaded = new ArrayList<>();
        for (String model : named) {
            if (!model.equals(FALLBACK)) {
                loaded.add(load(model));
            }
        }
        if (!loaded.isEmpty()) {
            stepSeconds = loaded.getFirst().manifest().gridStepSeconds();
        }
        for (String model : named) {
            opened.add(
                    model.equals(FALLBACK)
                            ? new FallbackSeries(stepSeconds)
                            : new ModelSeries(loaded.removeFirst(), calibrated));
        }
        return stepSeconds;
    }

    private EvaluationReport onTrace(
            Path trace, int stepSeconds, List<? extends SeriesForecaster> opened)
            throws IOException {
        if (!Files.isReadable(trace)) {
            throw Failure.missing(
                    "no such trace: " + trace + "; give a readable .csv or .csv.gz file");
        }
        TraceOutline outline = TraceOutline.of(trace, stepSeconds);
        return new Evaluation(grid(stepSeconds, outline.firstBin(), outline.endBin(), 0), opened)
                .run(trace);
    }

    private EvaluationReport onJournals(int stepSeconds, List<? extends SeriesForecaster> opened)
            throws IOException {
        try (JournalSteps steps = JournalSteps.read(input.journals, stepSeconds)) {
            SeriesSpool spool = steps.spool();
            int first = Math.toIntExact(spool.firstStep());
            int end = Math.toIntExact(spool.endStep());
            Evaluation evaluation =
                    new Evaluation(
                            grid(stepSeconds, first, end, (long) first * stepSeconds), opened);
            spool.forEach(evaluation::add);
            return evaluation.report();
        }
    }

    private static ForecastModel load(String model) {
        try {
            return switch (model) {
                case "shipped" -> ForecastModel.shipped();
                case "lstm" -> ForecastModel.lstm();
                default -> ForecastModel.load(Path.of(model));
            };
        } catch (ModelRejectedException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
    }

    /** The grid of a recording; what is asked for counts from a second of it. */
    private ScoreGrid grid(int stepSeconds, int first, int end, long originSeconds) {
        ScoreGrid whole = ScoreGrid.of(stepSeconds, first, end);
        long from = bin(fromSeconds, originSeconds, stepSeconds, whole.firstScored());
        long until = bin(untilSeconds, originSeconds, stepSeconds, end);
        if (from < first || from >= until || until > end) {
            throw Failure.usage(
                    "what --from-seconds and --until-seconds name lies outside of the recording,"
                            + " which reaches from second "
                            + ((long) first * stepSeconds - originSeconds)
                            + " to "
                            + ((long) end * stepSeconds - originSeconds));
        }
        return new ScoreGrid(stepSeconds, (int) from, end, (int) until);
    }

    private static long bin(
            @Nullable Long asked, long originSeconds, int stepSeconds, int otherwise) {
        return asked == null ? otherwise : Math.ceilDiv(originSeconds + asked, (long) stepSeconds);
    }

    private int finish(EvaluationReport report) throws IOException {
        if (report.vmCount() == 0) {
            throw Failure.check(
                    (input.trace == null ? "the journal" : input.trace)
                            + " has no VM with an origin to score: it needs 24 known targets before"
                            + " the first scored second (two hours at a step of 5 min) and some"
                            + " samples after it");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.text());
        Path drawing = svg;
        if (json != null) {
            OutputFile.write(json, report.json());
            if (drawing == null) {
                String name = String.valueOf(json.getFileName());
                String stem = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
                drawing = json.resolveSibling(stem + ".svg");
            }
        }
        OutputFile.write(drawing, report.svg());
        return ExitStatus.DONE;
    }
}
