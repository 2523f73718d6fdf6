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
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.replay.OtherPolicy;
import org.foreshape.daemon.replay.RecordedRun;
import org.foreshape.daemon.replay.WhatIf;
import org.foreshape.daemon.replay.WhatIfReport;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.ReplayReport;
import org.foreshape.journal.ReplayStages;
import org.foreshape.journal.Replayer;
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
                        + " a plan differs. With --policy: says what another policy would have made"
                        + " of it.")
final class ReplayCommand implements Callable<Integer> {
    private static final int DIFFERENCES_SHOWN = 10;

    @Mixin JournalCommand.Place place = new JournalCommand.Place();

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "shipped, none or a file: decides under this model; else under the recorded"
                            + " ones: but for the shipped one they must still be where they were.")
    @Nullable String model;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description =
                    "What if: recorded, reactive, static, KEY=VALUE of the section shaping, or a"
                            + " configuration file with one; may be given several times. Guests need"
                            + " what they needed, and have what the policy's own acts make of it."
                            + " With --model: under that forecaster too.")
    List<String> policy = List.of();

    @Option(
            names = "--from-seconds",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "With --policy: costs count from this second of each run on (default:"
                            + " ${DEFAULT-VALUE}). What is decided before counts not.")
    long fromSeconds;

    @Option(
            names = "--picture",
            paramLabel = "FILE",
            description = "With --policy: what VMs needed and had over time, as SVG.")
    @Nullable Path picture;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON.")
    @Nullable Path json;

    @Spec CommandSpec spec = CommandSpec.create();

    private @Nullable Failure swapFailure;

    @Override
    public Integer call() {
        if (!policy.isEmpty()) {
            return whatIf();
        }
        if (picture != null || fromSeconds != 0) {
            throw Failure.usage(
                    "--picture and --from-seconds are for another policy: name it, --policy");
        }
        List<DecisionStages> made = new ArrayList<>();
        try (JournalReader reader = place.open()) {
            ReplayReport report =
                    Replayer.replay(
                            reader,
                            (configuration, vmCountMax) -> {
                                DecisionStages stages = stages(configuration);
                                made.add(stages);
                                return new ReplayStages(
                                        stages.history(),
                                        model == null
                                                ? RecordedRun.swapping(
                                                        stages, failure -> swapFailure = failure)
                                                : stages.forecaster(),
                                        stages.shaper());
                            });
            Failure failure = swapFailure;
            if (failure != null) {
                throw failure;
            }
            print(report);
            OutputFile.write(json, toJson(report));
            return report.ok() ? ExitStatus.DONE : ExitStatus.CHECK_FAILED;
        } catch (JournalException e) {
            throw Failure.check(String.valueOf(e.getMessage()));
        } finally {
            made.forEach(DecisionStages::close);
        }
    }

    private int whatIf() {
        if (fromSeconds < 0) {
            throw Failure.usage("--from-seconds is " + fromSeconds + ", must be 0 or more");
        }
        OtherPolicy other = OtherPolicy.of(policy, model);
        try (WhatIf whatIf = WhatIf.open(place.directory(), other, fromSeconds)) {
            WhatIfReport report = whatIf.run();
            WhatIfTables tables = new WhatIfTables(report);
            tables.print(spec.commandLine().getOut(), DIFFERENCES_SHOWN);
            OutputFile.write(json, tables.toJson());
            OutputFile.write(picture, whatIf.picture());
            return report.problems().isEmpty() ? ExitStatus.DONE : ExitStatus.CHECK_FAILED;
        } catch (CorruptRecordException e) {
            throw Failure.check(String.valueOf(e.getMessage()));
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
    }

    private DecisionStages stages(String configuration) {
        String named = model;
        if (named == null) {
            return RecordedRun.of(configuration, null).open();
        }
        RunSettings recorded = RecordedRun.settings(configuration);
        ModelSource source = ModelSource.of(named);
        return DecisionStages.create(
                source.settings(recorded.vmCountMax(), recorded.shaping())
                        .watched(recorded.falseAlarmHorizons()),
                source.model(),
                false);
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
