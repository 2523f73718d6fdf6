package org.foreshape.daemon.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.foreshape.daemon.control.Announcement;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.ring.event.TaskState;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape announce}. */
@Command(
        name = "announce",
        description = "Tells of a task that is about to start, started, finished or withdrawn.")
final class AnnounceCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Option(names = "--id", required = true, paramLabel = "ID", description = "The task's id.")
    String id = "";

    @Option(
            names = "--type",
            required = true,
            paramLabel = "TYPE",
            description = "Its type, by which demand is learnt.")
    String type = "";

    @Option(names = "--vm", paramLabel = "VM", description = "The VM it runs in.")
    @Nullable String vm;

    @Option(
            names = "--state",
            defaultValue = "ANNOUNCED",
            description = "ANNOUNCED, STARTED, FINISHED or WITHDRAWN (default: ${DEFAULT-VALUE}).")
    TaskState state = TaskState.ANNOUNCED;

    @Option(
            names = "--in",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Seconds until it starts (default: now).")
    double startInSeconds;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "How long it will run.")
    @Nullable Double durationSeconds;

    @Option(
            names = "--memory-mib",
            paramLabel = "MIB",
            description = "What it will use on top; else learnt from finished tasks of its type.")
    @Nullable Long memoryMib;

    @Option(
            names = "--cpu-cores",
            paramLabel = "N",
            description = "CPU that it will use on top; else learnt likewise.")
    @Nullable Double cpuCores;

    @Option(
            names = "--storage-mib",
            paramLabel = "MIB",
            description = "What it will add to what the VM's disks take up; else learnt likewise.")
    @Nullable Long storageMib;

    @Option(
            names = "--complexity",
            paramLabel = "X",
            defaultValue = "1",
            description = "Relative to other tasks of its type (default: ${DEFAULT-VALUE}).")
    double complexity;

    @Option(
            names = "--priority",
            paramLabel = "0-9",
            defaultValue = "5",
            description = "0 lowest to 9 highest (default: ${DEFAULT-VALUE}).")
    int priority;

    @Option(
            names = "--after",
            paramLabel = "ID",
            split = ",",
            description = "Tasks that must end before it starts.")
    List<String> after = List.of();

    @Option(
            names = "--actual-memory-mib",
            paramLabel = "MIB",
            description = "For a finished task: what it used on top.")
    @Nullable Long actualMemoryMib;

    @Option(
            names = "--actual-cpu-cores",
            paramLabel = "N",
            description = "For a finished task: the most CPU it used.")
    @Nullable Double actualCpuCores;

    @Option(
            names = "--actual-storage-mib",
            paramLabel = "MIB",
            description = "For a finished task: what it added to what the VM's disks take up.")
    @Nullable Long actualStorageMib;

    @Option(
            names = "--actual-duration",
            paramLabel = "SECONDS",
            description = "For a finished task: how long it ran.")
    @Nullable Double actualDurationSeconds;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Announcement announcement =
                new Announcement(
                        state,
                        id,
                        type,
                        vm,
                        priority,
                        complexity,
                        startInSeconds,
                        durationSeconds,
                        memoryMib,
                        cpuCores,
                        storageMib,
                        actualMemoryMib,
                        actualCpuCores,
                        actualStorageMib,
                        actualDurationSeconds,
                        after);
        try (ControlClient client = daemon.connect()) {
            client.post("/announce", announcement.toJson());
        }
        spec.commandLine().getOut().println("task " + id + " is known");
        return ExitStatus.DONE;
    }
}
