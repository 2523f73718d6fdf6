package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code foreshape explain}. */
@Command(
        name = "explain",
        description =
                "Says why a VM has the target it has now, or why a recorded decision was made and"
                        + " what came of it.")
final class ExplainCommand implements Callable<Integer> {
    private static final Pattern DECISION = Pattern.compile("#?([0-9]{1,18})");

    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Option(
            names = "--journal",
            paramLabel = "DIR",
            description = "The journal that has the decision; else the configuration's.")
    @Nullable Path journal;

    @Option(
            names = "--run",
            paramLabel = "R",
            description = "The run of the decision; else the newest that has it.")
    @Nullable Long run;

    @Option(names = "--vm", description = "The name is a VM's though it is a number.")
    boolean isVm;

    @Parameters(
            index = "0",
            paramLabel = "VM|DECISION",
            description = "The VM's name, or the decision's number as `journal tail` shows it.")
    String subject = "";

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Matcher decision = DECISION.matcher(subject);
        if (!isVm && decision.matches()) {
            explain(Long.parseLong(decision.group(1)));
        } else {
            explainVm();
        }
        return ExitStatus.DONE;
    }

    private void explainVm() {
        if (journal != null || run != null) {
            throw Failure.usage(
                    "--journal and --run go with a decision's number, and '"
                            + subject
                            + "' is none; without them the daemon is asked about a VM of that name");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ControlClient client = daemon.connect()) {
            JsonNode plan = client.plan(subject);
            if (json) {
                out.println(Json.pretty(plan));
            } else {
                plan.path("text").forEach(line -> out.println(line.asString()));
            }
        }
    }

    private void explain(long sequence) {
        PrintWriter out = spec.commandLine().getOut();
        Path directory =
                journal != null
                        ? journal
                        : ConfigReader.read(daemon.config, Map.of(), Surroundings.ofThisProcess())
                                .journalDirectory();
        DecisionSearch.Found found = DecisionSearch.find(directory, sequence, run);
        if (json) {
            ObjectNode node = Json.object();
            node.put("run", found.runId())
                    .put("decision", sequence)
                    .put("time", found.time().toString())
                    .put("event", found.event().name());
            found.reasons().forEach(node.putArray("reasons")::add);
            found.outcomes().forEach(node.putArray("outcomes")::add);
            out.println(Json.pretty(node));
            return;
        }
        out.printf(
                "decision %d of run %d, %s, on %s%n",
                sequence, found.runId(), found.time(), found.event());
        if (found.reasons().isEmpty()) {
            out.println("no plan was made on that event");
        }
        found.reasons().forEach(out::println);
        found.outcomes().forEach(line -> out.println("outcome: " + line));
    }
}
