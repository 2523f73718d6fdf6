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
import org.foreshape.inference.evaluate.ModelSeries;
import org.foreshape.inference.evaluate.ScoreGrid;
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
                "Scores forecasts on a trace: pinball loss and coverage of the model and of nine"
                        + " classical forecasters.")
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = "--trace",
            required = true,
            paramLabel = "FILE",
            description = "Trace, .csv or .csv.gz, sorted by VM, then time.")
    Path trace = Path.of("");

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A model's .onnx file, shipped (the default), or lstm. More than one may be given; they"
                            + " must have one grid step.")
    List<String> models = List.of("shipped");

    @Option(
            names = "--from-seconds",
            paramLabel = "T",
            description =
                    "First scored second of the trace's time; what lies before warms up only."
                            + " Without it: second 5356800 where the trace has twelve days before it"
                            + " and something after it, else the middle of the trace.")
    @Nullable Long fromSeconds;

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
        List<ModelSeries> opened = new ArrayList<>();
        try {
            for (String model : models) {
                opened.add(new ModelSeries(load(model), !raw));
            }
            EvaluationReport report =
                    new Evaluation(grid(opened.getFirst().gridStepSeconds()), opened).run(trace);
            report.bootstrap(groups);
            return finish(report);
        } catch (TraceException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw Failure.missing("cannot read or write: " + e, e);
        } finally {
            opened.forEach(ModelSeries::close);
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

    private ScoreGrid grid(int stepSeconds) throws IOException {
        if (!Files.isReadable(trace)) {
            throw Failure.missing(
                    "no such trace: " + trace + "; give a readable .csv or .csv.gz file");
        }
        TraceOutline outline = TraceOutline.of(trace, stepSeconds);
        Long from = fromSeconds;
        ScoreGrid grid =
                from == null
                        ? ScoreGrid.of(stepSeconds, outline.firstBin(), outline.endBin())
                        : new ScoreGrid(
                                stepSeconds,
                                (int) Math.ceilDiv(from, (long) stepSeconds),
                                outline.endBin());
        if (grid.firstScored() >= grid.end() || grid.firstScored() < outline.firstBin()) {
            throw Failure.usage(
                    "--from-seconds "
                            + from
                            + " lies outside of the trace, which reaches from second "
                            + (long) outline.firstBin() * stepSeconds
                            + " to "
                            + (long) outline.endBin() * stepSeconds);
        }
        return grid;
    }

    private int finish(EvaluationReport report) throws IOException {
        if (report.vmCount() == 0) {
            throw Failure.check(
                    trace
                            + " has no VM with an origin to score: it needs two hours of samples"
                            + " before the first scored second and some after it");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.text());
        Path drawing = svg;
        if (json != null) {
            Files.writeString(json, report.json());
            if (drawing == null) {
                String name = String.valueOf(json.getFileName());
                String stem = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
                drawing = json.resolveSibling(stem + ".svg");
            }
        }
        if (drawing != null) {
            Files.writeString(drawing, report.svg());
        }
        return ExitStatus.DONE;
    }
}
