package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.foreshape.daemon.fault.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code foreshape train}: the trainer is a process of its own, since PyTorch is not small. */
@Command(
        name = "train",
        description = "Trains a forecaster; `foreshape train --help` shows the trainer's options.")
final class TrainCommand implements Callable<Integer> {
    private static final String PATH_PROPERTY = "foreshape.trainer.path";
    private static final String MAIN_CLASS = "org.foreshape.inference.trainer.TrainMain";

    /** Handed to the trainer as they are. */
    @Unmatched List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
        String path = System.getProperty(PATH_PROPERTY);
        if (path == null || !Files.isDirectory(Path.of(path))) {
            throw Failure.missing(
                    "the trainer is not built: "
                            + (path == null ? "-D" + PATH_PROPERTY + " is not set" : path)
                            + "; run `./foreshape train`, which builds it");
        }
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "nice",
                                "-n",
                                "10",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx" + (arguments.contains("lstm") ? "3g" : "1g"),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                // What the journal needs of the JVM, as in the launcher.
                                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                                "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                                "-Dchronicle.analytics.disable=true",
                                "-Dchronicle.announcer.disable=true",
                                "-cp",
                                path + "/*",
                                MAIN_CLASS));
        command.addAll(arguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
            // ONNX Runtime, with which a new model is checked, sends usage data away without this.
            builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
            // Its threads spin at barriers: more than one costs far more than it gains on few
            // cores.
            builder.environment().putIfAbsent("OMP_NUM_THREADS", "1");
            Process trainer = builder.start();
            try {
                return trainer.waitFor();
            } finally {
                trainer.destroy();
            }
        } catch (IOException e) {
            throw Failure.missing("the trainer cannot be started: " + e, e);
        }
    }
}
