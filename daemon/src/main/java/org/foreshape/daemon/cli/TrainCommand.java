package org.foreshape.daemon.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.models.TrainerProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code foreshape train}: the trainer is a process of its own, since PyTorch is not small. */
@Command(
        name = "train",
        description = "Trains a forecaster; `foreshape train --help` shows the trainer's options.")
final class TrainCommand implements Callable<Integer> {
    /** Handed to the trainer as they are. */
    @Unmatched List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
        String fault = TrainerProcess.fault();
        if (fault != null) {
            throw Failure.missing(fault);
        }
        try {
            Process trainer =
                    TrainerProcess.builder(TrainerProcess.command(arguments)).inheritIO().start();
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
