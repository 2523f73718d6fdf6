package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.demo.Demo;
import org.foreshape.daemon.demo.DemoOptions;
import org.foreshape.daemon.demo.DemoResult;
import org.foreshape.daemon.demo.DemoView;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape demo}. */
@Command(
        name = "demo",
        description =
                "Runs embedded guests under static shares, the reactive law and Foreshape, side by"
                        + " side. Needs neither root nor libvirt.")
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "Wall time of the run (default: ${DEFAULT-VALUE}).")
    int seconds;

    @Option(
            names = "--vms",
            paramLabel = "N",
            defaultValue = "6",
            description = "Guests (default: ${DEFAULT-VALUE}).")
    int vms;

    @Option(
            names = "--speed",
            paramLabel = "X",
            defaultValue = "120",
            description =
                    "Seconds of the guests' time in a second (default: ${DEFAULT-VALUE}). The model"
                            + " speaks once a guest has lived twelve of its steps (an hour of 5 min).")
    double speed;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "What all demand follows from (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = Config.MODEL_SHIPPED,
            description =
                    "shipped or a model's .onnx file (default: ${DEFAULT-VALUE}); the engine takes"
                            + " its grid step from it.")
    String model = Config.MODEL_SHIPPED;

    @Option(
            names = "--journal",
            paramLabel = "DIR",
            description = "Keeps the journal there; else it is temporary.")
    @Nullable Path journal;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Has both engines shape with another value of a key of the section shaping; may"
                            + " be given several times.")
    Map<String, String> set = Map.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Writes all figures as JSON.")
    @Nullable Path json;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        DemoOptions options = new DemoOptions(seconds, vms, speed, seed, model, journal, set);
        checkWritable(json);
        DemoView view = new DemoView(out);
        DemoResult result = new Demo(options, view).run();
        view.summary(result);
        OutputFile.write(json, result.json());
        return ExitStatus.DONE;
    }

    /** Better said now than after a minute. */
    private static void checkWritable(@Nullable Path file) {
        if (file == null) {
            return;
        }
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw Failure.usage("--json " + file + ": its folder cannot be written; name another");
        }
    }
}
