package org.foreshape.daemon.models;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The processes that train and judge models: how they are started. */
public interface HelperCommands {
    /** Those of this product: its trainer and {@code foreshape evaluate}. */
    HelperCommands OWN =
            new HelperCommands() {
                @Override
                public @Nullable String trainerFault() {
                    return TrainerProcess.fault();
                }

                @Override
                public List<String> trainer(List<String> arguments) {
                    return TrainerProcess.command(arguments);
                }

                @Override
                public List<String> evaluator(List<String> arguments, Path temporary) {
                    return EvaluatorProcess.command(arguments, temporary);
                }
            };

    /** Why nothing can be trained here, with the cure; null when it can. */
    @Nullable String trainerFault();

    /** The command line of a trainer with these arguments. */
    List<String> trainer(List<String> arguments);

    /** The command line of an evaluation with these arguments and a folder for its files. */
    List<String> evaluator(List<String> arguments, Path temporary);
}
