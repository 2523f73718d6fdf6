package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape top}. */
@Command(name = "top", description = "Shows the same as status, again and again.")
final class TopCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Seconds between two looks (default: ${DEFAULT-VALUE}).")
    double intervalSeconds;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "0",
            description = "Ends after N looks; 0: when interrupted.")
    int count;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        if (!(intervalSeconds >= 0.1 && intervalSeconds <= 3600) || count < 0) {
            throw Failure.usage("--interval must be 0.1 to 3600 seconds, --count 0 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ControlClient client = daemon.connect()) {
            for (int look = 1; ; look++) {
                Terminal.home(out);
                VmTable.printStatus(out, client.get("/status"));
                VmTable.printVms(out, client.get("/vms"));
                Terminal.clearRest(out);
                out.flush();
                if (look == count || out.checkError()) {
                    return ExitStatus.DONE;
                }
                Thread.sleep((long) (intervalSeconds * 1000));
            }
        }
    }
}
