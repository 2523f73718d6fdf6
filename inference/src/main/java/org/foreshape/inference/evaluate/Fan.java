package org.foreshape.inference.evaluate;

/**
 * A stretch of one VM's use with what was forecast, for a picture. The arrays are its own.
 *
 * @param title VM, resource and horizon
 * @param truth the peak that came, by origin; NaN when unknown
 * @param quantiles by origin, then quantile; fractions
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers to draw; compared nowhere.
record Fan(String title, float[] truth, float[][] quantiles) {}
