package org.foreshape.daemon.models;

import java.nio.file.Path;
import java.util.List;

/**
 * When models are trained anew, and how they are judged. All times are the engine's.
 *
 * @param directory of the models
 * @param retrainHours hours from one training to the next; 0: none by schedule
 * @param retrainOnDrift whether a model that drifted is trained anew
 * @param heldBackMinutes how much of the newest journal is not trained on, but judged on
 * @param trainerArguments further options of the trainer
 */
public record KeeperSettings(
        Path directory,
        int retrainHours,
        boolean retrainOnDrift,
        int heldBackMinutes,
        List<String> trainerArguments) {
    /** Copies the list. */
    public KeeperSettings {
        trainerArguments = List.copyOf(trainerArguments);
    }

    long retrainNs() {
        return retrainHours * 3_600_000_000_000L;
    }

    long heldBackNs() {
        return heldBackMinutes * 60_000_000_000L;
    }
}
