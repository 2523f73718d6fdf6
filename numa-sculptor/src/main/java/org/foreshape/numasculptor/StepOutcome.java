package org.foreshape.numasculptor;

/** How a step ended. */
public enum StepOutcome {
    /** All that was asked is done. */
    DONE,
    /** Some of it is done; the failures tell what is not. */
    PARTIAL,
    /** It was told to stop, or its time was up; what was done until then stands. */
    STOPPED,
    /** It cannot be done here; the reason tells why. Nothing was tried. */
    UNAVAILABLE,
    /** It was tried and nothing came of it, or the process ended. */
    FAILED
}
