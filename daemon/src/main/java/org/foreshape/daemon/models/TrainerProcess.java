package org.foreshape.daemon.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.ring.ParentProcess;
import org.jspecify.annotations.Nullable;

/** The trainer as a process of its own: niced, since PyTorch is neither small nor patient. */
public final class TrainerProcess {
    private static final String PATH_PROPERTY = "foreshape.trainer.path";
    private static final String MAIN_CLASS = "org.foreshape.inference.trainer.TrainMain";

    private TrainerProcess() {}

    /** Why there is no trainer, with the cure; null when there is one. */
    public static @Nullable String fault() {
        String path = System.getProperty(PATH_PROPERTY);
        return path != null && Files.isDirectory(Path.of(path))
                ? null
                : "the trainer is not built: "
                        + (path == null ? "-D" + PATH_PROPERTY + " is not set" : path)
                        + "; run `./foreshape train --help`, which builds it";
    }

    /** Its command line; {@link #fault} must be null. */
    public static List<String> command(List<String> arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "nice",
                                "-n",
                                "10",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx" + (arguments.contains("lstm") ? "3g" : "1g"),
                                ParentProcess.option(),
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
                                System.getProperty(PATH_PROPERTY) + "/*",
                                MAIN_CLASS));
        command.addAll(arguments);
        return command;
    }

    /** Makes ready to start a helper that loads ONNX Runtime or PyTorch. */
    public static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        // ONNX Runtime, with which a new model is checked, sends usage data away without this.
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        // PyTorch's threads spin at barriers: more than one costs far more than it gains on few
        // cores.
        builder.environment().putIfAbsent("OMP_NUM_THREADS", "1");
        return builder;
    }
}
