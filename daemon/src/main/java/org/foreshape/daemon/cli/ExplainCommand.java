package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code foreshape explain}. */
@Command(name = "explain", description = "Says why a VM has the target it has.")
final class ExplainCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Parameters(index = "0", paramLabel = "VM", description = "The VM's name.")
    String vm = "";

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (ControlClient client = daemon.connect()) {
            JsonNode plan = client.plan(vm);
            if (json) {
                out.println(Json.pretty(plan));
            } else {
                plan.path("text").forEach(line -> out.println(line.asString()));
            }
        }
        return ExitStatus.DONE;
    }
}
