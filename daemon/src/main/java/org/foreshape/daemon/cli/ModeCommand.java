package org.foreshape.daemon.cli;

import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.ring.event.VmMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code foreshape mode VM M}. */
@Command(name = "mode", description = "Sets how far the engine may go with a VM.")
final class ModeCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Parameters(index = "0", paramLabel = "VM", description = "The VM's name.")
    String vm = "";

    @Parameters(index = "1", paramLabel = "MODE", description = "${COMPLETION-CANDIDATES}")
    VmMode mode = VmMode.OBSERVE;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (ControlClient client = daemon.connect()) {
            client.post("/mode", Json.object().put("vm", vm).put("mode", Config.word(mode)));
        }
        spec.commandLine().getOut().println(vm + " is in mode " + Config.word(mode));
        return ExitStatus.DONE;
    }
}
