package org.foreshape.inference;

/** What every row of a model's answers must be before anybody sees it. Stateless. */
public final class ForecastRow {
    private static final int LEVELS = FeatureSchema.QUANTILE_COUNT;

    private ForecastRow() {}

    /**
     * Clips the quantiles of a VM to 0 and 100 percent and puts each series in ascending order.
     * Nothing allocates.
     *
     * @param quantiles percent of capacity
     * @param at index of the first of {@link FeatureSchema#OUTPUT_COUNT}
     * @return false when one of them is not finite; the row is worthless then
     */
    public static boolean tidy(float[] quantiles, int at) {
        float sum = 0;
        for (int from = at; from < at + FeatureSchema.OUTPUT_COUNT; from += LEVELS) {
            float last = 0;
            for (int k = from; k < from + LEVELS; k++) {
                float value = quantiles[k];
                sum += value;
                value = Math.min(Math.max(value, 0f), 100f);
                quantiles[k] = value;
                if (value < last) {
                    sink(quantiles, from, k);
                } else {
                    last = value;
                }
            }
        }
        return Float.isFinite(sum); // One that is not finite makes the sum so.
    }

    /** Moves the value at {@code k} down to its place; those before it are in order. */
    private static void sink(float[] values, int from, int k) {
        float value = values[k];
        int place = k;
        while (place > from && values[place - 1] > value) {
            values[place] = values[place - 1];
            place--;
        }
        values[place] = value;
    }
}
