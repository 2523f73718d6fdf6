package org.foreshape.inference;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * What a model is fed with and what it answers: names, order, units and version.
 *
 * <p>Training and serving share this class, so they cannot drift apart. A model's manifest carries
 * {@link #HASH}; a model made for another schema is refused at load. All use is in percent of the
 * VM's capacity (0..100), so that a model does not depend on one site's sizes. Immutable, safe from
 * any thread.
 */
public final class FeatureSchema {
    /** Raised by every change to the meaning, order or count of inputs or outputs. */
    public static final int VERSION = 1;

    /** Index of memory wherever a resource is an index. */
    public static final int MEMORY = 0;

    /** Index of CPU wherever a resource is an index. */
    public static final int CPU = 1;

    /** Resources that models forecast: memory and CPU, the first of those that events carry. */
    public static final int RESOURCE_COUNT = 2;

    /** Steps (of the manifest's grid) ahead of which the peak is forecast: 5 and 15 min. */
    static final int[] HORIZON_STEPS = {1, 3};

    /** Horizons forecast. */
    public static final int HORIZON_COUNT = HORIZON_STEPS.length;

    static final double[] QUANTILES = {.05, .1, .25, .5, .75, .9, .95, .99, .995, .999};

    /** Quantiles per resource and horizon. */
    public static final int QUANTILE_COUNT = QUANTILES.length;

    /** Outputs per VM. */
    public static final int OUTPUT_COUNT = RESOURCE_COUNT * HORIZON_COUNT * QUANTILE_COUNT;

    static final List<String> PER_RESOURCE =
            List.of(
                    "change: (x - x_last) / s",
                    "level: (L - x) / 3s",
                    "yesterday_next: (x_{t-D+1} - x) / 3s, 0 unknown",
                    "yesterday_peak: (max x_{t-D+1..t-D+3} - x) / 3s, 0 unknown",
                    "yesterday_known: 0 or 1",
                    "use: x / 20",
                    "ln_scale: ln s",
                    "peak_hour: (max x_{t-11..t} - x) / 3s",
                    "trough_hour: (min x_{t-11..t} - x) / 3s",
                    "peak_day: (max x_{t-D+1..t} - x) / 3s",
                    "last_hour_next: (x_{t-11} - x) / 3s, 0 unknown",
                    "observed: 0 or 1");

    static final List<String> SHARED = List.of("sin_day", "cos_day", "sin_hour", "cos_hour");

    /** Inputs per VM and step. */
    public static final int FEATURE_COUNT = RESOURCE_COUNT * PER_RESOURCE.size() + SHARED.size();

    /** SHA-256 of {@link #canonicalText()}, in lower-case hexadecimal. */
    public static final String HASH = sha256(canonicalText().getBytes(StandardCharsets.UTF_8));

    private FeatureSchema() {}

    /**
     * The whole schema as text; its hash is the identity of the schema.
     *
     * @return lines separated by a line feed, the same on every machine
     */
    public static String canonicalText() {
        StringBuilder text =
                new StringBuilder("foreshape feature schema ").append(VERSION).append('\n');
        text.append("x: percent of capacity, clipped to 0..100, mean over the grid step\n");
        text.append("s: .05 + mean |change|, half-life 144 steps, prior 1 of weight 1\n");
        text.append("L: mean x, weight .05; D: steps per day; missing step: x_last, observed 0\n");
        text.append("input clip: 15\n");
        for (String resource : List.of("memory", "cpu")) {
            for (String name : PER_RESOURCE) {
                text.append("in ").append(resource).append('.').append(name).append('\n');
            }
        }
        for (String name : SHARED) {
            text.append("in ").append(name).append('\n');
        }
        text.append("out: (peak of the next h steps - x) / s, order resource, h, quantile\n");
        text.append("h ").append(Arrays.toString(HORIZON_STEPS)).append('\n');
        text.append("quantiles ").append(Arrays.toString(QUANTILES)).append('\n');
        return text.toString();
    }

    /**
     * The quantile levels of the outputs, ascending.
     *
     * @return a fresh array
     */
    public static double[] quantiles() {
        return QUANTILES.clone();
    }

    /**
     * The horizons in grid steps, ascending.
     *
     * @return a fresh array
     */
    public static int[] horizonSteps() {
        return HORIZON_STEPS.clone();
    }

    /**
     * Where an output stands in a VM's row of outputs.
     *
     * @param resource {@link #MEMORY} or {@link #CPU}
     * @param horizon index of the horizon
     * @param quantile index of the quantile
     * @return the index, below {@link #OUTPUT_COUNT}
     */
    public static int outputIndex(int resource, int horizon, int quantile) {
        return (resource * HORIZON_COUNT + horizon) * QUANTILE_COUNT + quantile;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256: use a full JDK 25.", e);
        }
    }
}
