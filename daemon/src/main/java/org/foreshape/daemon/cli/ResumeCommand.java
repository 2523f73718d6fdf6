package org.foreshape.daemon.cli;

import java.util.concurrent.Callable;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code foreshape resume}. */
@Command(name = "resume", description = "Allows acts again.")
final class ResumeCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (ControlClient client = daemon.connect()) {
            client.post("/resume", Json.object());
        }
        spec.commandLine().getOut().println("resumed");
        return ExitStatus.DONE;
    }
}
