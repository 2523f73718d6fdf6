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
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code foreshape status}. */
@Command(name = "status", description = "Shows the daemon, the host and every VM.")
final class StatusCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Option(
            names = "--horizon",
            description =
                    "Shows the horizon map instead: what each VM and its tasks will need, by"
                            + " resource, horizon, task type and priority.")
    boolean horizon;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (ControlClient client = daemon.connect()) {
            if (horizon) {
                JsonNode map = client.get("/horizon");
                if (json) {
                    out.println(Json.pretty(map));
                } else {
                    HorizonTable.print(out, map);
                }
                return ExitStatus.DONE;
            }
            JsonNode status = client.get("/status");
            JsonNode vms = client.get("/vms");
            if (json) {
                out.println(Json.pretty(((ObjectNode) status).set("vms", vms)));
            } else {
                VmTable.printStatus(out, status);
                VmTable.printVms(out, vms);
            }
        }
        return ExitStatus.DONE;
    }
}
