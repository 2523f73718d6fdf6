package org.foreshape.daemon.models;

/** What a training is for; the word stands in the name of what it makes. */
public enum Cause {
    /** The model at work lost against the plain forecaster. */
    DRIFT("drift"),
    /** The time of {@code model.retrain-hours} is over. */
    SCHEDULE("schedule");

    private final String word;

    Cause(String word) {
        this.word = word;
    }

    /** In a file's name. */
    String word() {
        return word;
    }
}
