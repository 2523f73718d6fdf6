package org.foreshape.inference;

/** A forecaster that gets better with what it sees, so that its state is worth keeping. */
public interface Learning {
    /**
     * What it has learnt.
     *
     * @return its state; its methods say which thread may call them
     */
    LearntState learnt();
}
