package org.foreshape.daemon.cli;

import java.util.concurrent.Callable;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code foreshape pause}. */
@Command(name = "pause", description = "Stops all acts; VMs stay as they are.")
final class PauseCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (ControlClient client = daemon.connect()) {
            client.post("/pause", Json.object());
        }
        spec.commandLine().getOut().println("paused: no acts until `foreshape resume`");
        return ExitStatus.DONE;
    }
}
