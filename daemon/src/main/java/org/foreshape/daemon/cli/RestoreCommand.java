package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigKey;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.engine.OfflineRestore;
import org.foreshape.daemon.fault.ExitStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code foreshape restore}. */
@Command(
        name = "restore",
        description =
                "Gives every VM the allocation back that it had before Foreshape, through the"
                        + " daemon or, when none runs, directly. Acts are paused afterwards.")
final class RestoreCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Option(
            names = "--connect",
            paramLabel = "URI",
            description = "Without a daemon: the hypervisor (hypervisor.uri).")
    @Nullable String connect;

    @Option(
            names = "--journal",
            paramLabel = "DIR",
            description = "Without a daemon: the journal that knows the originals.")
    @Nullable Path journal;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        JsonNode answer = restore();
        PrintWriter out = spec.commandLine().getOut();
        boolean done = answer.path("done").asBoolean(false);
        if (json) {
            out.println(Json.pretty(answer));
        } else {
            Table table = new Table("VM", "mode", "original MiB", "has MiB", "back", "why");
            for (JsonNode vm : answer.path("vms")) {
                table.row(
                        vm.path("name").asString(),
                        vm.path("mode").asString(),
                        vm.path("original_mib").asString(),
                        vm.path("allocation_mib").asString(),
                        vm.path("back").asBoolean() ? "yes" : "no",
                        vm.path("why").asString(""));
            }
            table.print(out);
            out.println(
                    done
                            ? "restored; acts are paused until `foreshape resume`"
                            : "NOT all are back yet; `foreshape explain VM` says why");
        }
        return done ? ExitStatus.DONE : ExitStatus.CHECK_FAILED;
    }

    private JsonNode restore() throws InterruptedException {
        Path socket = daemon.socketPath();
        if (connect == null && journal == null && Files.exists(socket)) {
            try (ControlClient client = ControlClient.open(socket)) {
                return client.post("/restore", Json.object());
            }
        }
        Map<String, String> overrides = new LinkedHashMap<>();
        if (connect != null) {
            overrides.put(ConfigKey.HYPERVISOR_URI.path(), connect);
        }
        if (journal != null) {
            overrides.put(ConfigKey.JOURNAL_DIRECTORY.path(), journal.toString());
        }
        Config config = ConfigReader.read(daemon.config, overrides, Surroundings.ofThisProcess());
        return OfflineRestore.run(config);
    }
}
