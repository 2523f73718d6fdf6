package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.engine.DecisionStages;
import org.foreshape.daemon.engine.ModelSource;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.DemandForecaster;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.ReplayReport;
import org.foreshape.journal.ReplayStages;
import org.foreshape.journal.Replayer;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.stage.Forecaster;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** {@code foreshape replay}. */
@Command(
        name = "replay",
        description =
                "Decides again on every recorded event and compares bit for bit; exit status 1 when"
                        + " a plan differs.")
final class ReplayCommand implements Callable<Integer> {
    @Mixin JournalCommand.Place place = new JournalCommand.Place();

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "shipped, none or a file: decides under this model; else under the recorded"
                            + " ones: the run must have begun with the shipped one, those that it"
                            + " was swapped to must still be where they were.")
    @Nullable String model;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON.")
    @Nullable Path json;

    @Spec CommandSpec spec = CommandSpec.create();

    private @Nullable Failure swapFailure;

    @Override
    public Integer call() {
        List<DecisionStages> made = new ArrayList<>();
        try (JournalReader reader = place.open()) {
            ReplayReport report =
                    Replayer.replay(
                            reader,
                            (configuration, vmCountMax) -> {
                                DecisionStages stages = stages(configuration);
                                made.add(stages);
                                return new ReplayStages(
                                        stages.history(), forecaster(stages), stages.shaper());
                            });
            Failure failure = swapFailure;
            if (failure != null) {
                throw failure;
            }
            print(report);
            JsonFile.write(json, toJson(report));
            return report.ok() ? ExitStatus.DONE : ExitStatus.CHECK_FAILED;
        } catch (JournalException e) {
            throw Failure.check(String.valueOf(e.getMessage()));
        } finally {
            made.forEach(DecisionStages::close);
        }
    }

    /** The run's forecaster, which gets the models that it was swapped to. */
    private Forecaster forecaster(DecisionStages stages) {
        if (model != null || !(stages.forecaster() instanceof DemandForecaster forecaster)) {
            return stages.forecaster();
        }
        return tick -> {
            if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.MODEL_SWAPPED) {
                prepare(forecaster, tick.control.text.toString());
            }
            forecaster.forecast(tick);
        };
    }

    private void prepare(DemandForecaster forecaster, String text) {
        String name = text.substring(text.indexOf(' ') + 1);
        ForecastModel shipped = ForecastModel.shipped();
        try {
            ForecastModel other =
                    name.equals(shipped.name()) ? shipped : ForecastModel.load(Path.of(name));
            if (!DemandForecaster.swapText(other).equals(text)) {
                throw new ModelRejectedException(name + " is another model now.");
            }
            forecaster.prepare(other);
        } catch (ModelRejectedException e) {
            swapFailure =
                    Failure.missing("the run was swapped to " + text + ": " + e.getMessage(), e);
        }
    }

    private DecisionStages stages(String configuration) {
        RunSettings recorded;
        try {
            recorded = RunSettings.parse(configuration);
        } catch (IllegalArgumentException e) {
            throw Failure.check(String.valueOf(e.getMessage()));
        }
        String named = model;
        if (named != null) {
            ModelSource source = ModelSource.of(named);
            RunSettings other = source.settings(recorded.vmCountMax(), recorded.shaping());
            return DecisionStages.create(other, source.model(), false);
        }
        ForecastModel loaded = null;
        if (recorded.forecasting() == Forecasting.MODEL) {
            loaded = ForecastModel.shipped();
            if (!loaded.manifest().modelSha256().equals(recorded.modelSha256())) {
                throw Failure.missing(
                        "the run was made with "
                                + recorded.model()
                                + " (SHA-256 "
                                + recorded.modelSha256()
                                + "), which is not the shipped one; name its file with --model");
            }
        }
        return DecisionStages.create(recorded, loaded, false);
    }

    private void print(ReplayReport report) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%d of %d plans identical, %d of %d forecasts, %d of %d parts of learnt state;"
                        + " %d events of %d runs in %.1f s%n",
                report.identical(),
                report.plans(),
                report.forecastsIdentical(),
                report.forecasts(),
                report.learntIdentical(),
                report.learnt(),
                report.events(),
                report.runs(),
                report.seconds());
        if (report.skipped() > 0) {
            out.println(report.skipped() + " events skipped: their run's beginning was pruned");
        }
        if (report.stageErrors() > 0) {
            out.println(report.stageErrors() + " stages failed");
        }
        difference(out, "first plan that differs", report.firstDifference());
        difference(out, "first forecast that differs", report.firstForecastDifference());
        difference(out, "first learnt state that differs", report.firstLearntDifference());
    }

    private static void difference(
            PrintWriter out, String what, ReplayReport.@Nullable Difference difference) {
        if (difference != null) {
            out.printf(
                    "%s: run %d event %d%s: %s%n",
                    what,
                    difference.runId(),
                    difference.eventSequence(),
                    difference.vmName() == null ? "" : " VM " + difference.vmName(),
                    difference.text());
        }
    }

    private static ObjectNode toJson(ReplayReport report) {
        ObjectNode node =
                Json.object()
                        .put("ok", report.ok())
                        .put("runs", report.runs())
                        .put("events", report.events())
                        .put("skipped", report.skipped())
                        .put("plans", report.plans())
                        .put("identical", report.identical())
                        .put("forecasts", report.forecasts())
                        .put("forecasts_identical", report.forecastsIdentical())
                        .put("learnt", report.learnt())
                        .put("learnt_identical", report.learntIdentical())
                        .put("stage_errors", report.stageErrors())
                        .put("seconds", report.seconds());
        ReplayReport.Difference first = report.firstDifference();
        if (first != null) {
            node.putObject("first_difference")
                    .put("run", first.runId())
                    .put("event", first.eventSequence())
                    .put("vm", first.vmName())
                    .put("text", first.text());
        }
        return node;
    }
}
