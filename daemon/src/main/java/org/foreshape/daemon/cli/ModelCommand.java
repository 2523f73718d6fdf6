package org.foreshape.daemon.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code foreshape model MODEL}. */
@Command(
        name = "model",
        description = "Lets a running daemon forecast with another model from its next event on.")
final class ModelCommand implements Callable<Integer> {
    @Mixin DaemonOptions daemon = new DaemonOptions();

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description =
                    "A feature model's .onnx file with its manifest beside it, of the grid step that"
                            + " is in use, or shipped. The next start takes the configured one; `foreshape models"
                            + " promote` is for good.")
    String model = "";

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        String named =
                model.equals(Config.MODEL_SHIPPED)
                        ? model
                        : Path.of(model).toAbsolutePath().toString();
        try (ControlClient client = daemon.connect()) {
            client.post("/model", Json.object().put("model", named));
        }
        spec.commandLine().getOut().println("forecasts with " + named);
        return ExitStatus.DONE;
    }
}
