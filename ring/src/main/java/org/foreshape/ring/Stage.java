package org.foreshape.ring;

/** What is timed on the way of an event. */
public enum Stage {
    /** From publication until the first stage takes it. */
    QUEUE,
    /** The observer. */
    OBSERVE,
    /** The forecaster. */
    FORECAST,
    /** The runs of its model, a part of the above. */
    MODEL,
    /** The shaper. */
    SHAPE,
    /** The recorder. */
    RECORD,
    /** From the publication of a sample until its plan is recorded. */
    DECISION
}
