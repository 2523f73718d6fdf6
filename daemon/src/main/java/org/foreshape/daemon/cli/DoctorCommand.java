package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigKey;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;

/** {@code foreshape doctor}. */
@Command(
        name = "doctor",
        description =
                "Looks at everything that Foreshape needs on this machine. Exit status 0: all is"
                        + " there; 3: something needed is missing.")
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
    @Nullable Path config;

    @Option(names = "--connect", paramLabel = "URI", description = "hypervisor.uri")
    @Nullable String connect;

    @Option(names = "--journal", paramLabel = "DIR", description = "journal.directory")
    @Nullable Path journal;

    @Option(names = "--socket", paramLabel = "PATH", description = "control.socket")
    @Nullable Path socket;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Map<String, String> overrides = new LinkedHashMap<>();
        if (connect != null) {
            overrides.put(ConfigKey.HYPERVISOR_URI.path(), connect);
        }
        if (journal != null) {
            overrides.put(ConfigKey.JOURNAL_DIRECTORY.path(), journal.toString());
        }
        if (socket != null) {
            overrides.put(ConfigKey.CONTROL_SOCKET.path(), socket.toString());
        }
        Config effective = ConfigReader.read(config, overrides, Surroundings.ofThisProcess());
        List<Checkup.Finding> findings = new Checkup(effective).run();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ArrayNode all = Json.array();
            for (Checkup.Finding finding : findings) {
                all.addObject()
                        .put("what", finding.what())
                        .put("grade", finding.grade().word())
                        .put("text", finding.text());
            }
            out.println(Json.pretty(all));
        } else {
            for (Checkup.Finding finding : findings) {
                out.printf(
                        "%-8s %-22s %s%n", finding.grade().word(), finding.what(), finding.text());
            }
        }
        boolean lacking = findings.stream().anyMatch(f -> f.grade() == Checkup.Grade.LACKING);
        return lacking ? ExitStatus.MISSING : ExitStatus.DONE;
    }
}
