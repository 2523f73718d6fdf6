package org.foreshape.shaping;

/** Which invariant a plan would have broken. */
public enum Breach {
    /** None. */
    NONE,
    /** A VM would leave the bounds of its floor and ceiling. */
    BOUNDS,
    /** The targets together exceed the budget, though less was possible. */
    BUDGET,
    /** Grants would exceed the budget before the shrinks that pay for them have landed. */
    GRANTED_TOO_EARLY,
    /** A starved VM would be shrunk. */
    STARVED_SHRUNK,
    /** A VM would be shrunk on stale or missing statistics. */
    STALE_SHRUNK,
    /** A shrink would take more than the usable memory less its margin. */
    TOO_DEEP,
    /** A shrink would be faster than guests give. */
    TOO_FAST,
    /** A VM would get a second act while one is in flight. */
    SECOND_ACT,
    /** A VM would be acted on that must not be. */
    FORBIDDEN_ACT
}
