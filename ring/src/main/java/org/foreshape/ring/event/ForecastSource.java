package org.foreshape.ring.event;

/**
 * Where a VM's forecast comes from. The ordinal is written to the journal: append only, never
 * reorder.
 */
public enum ForecastSource {
    /** There is no forecast: too little is known. */
    NONE,
    /** The trained model. */
    MODEL,
    /** The plain forecaster: trailing quantiles of residuals. */
    FALLBACK,
    /** The plain forecaster in the place of the model, which lost against it on this VM. */
    DRIFTED;

    private static final ForecastSource[] VALUES = values();

    /**
     * The constant with this ordinal.
     *
     * @throws IndexOutOfBoundsException for a number that no version of this engine has written
     */
    public static ForecastSource of(int ordinal) {
        return VALUES[ordinal];
    }
}
