package org.foreshape.inference;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the feature models are fed with: names, order and units of a row of inputs.
 *
 * <p>A row has four parts. Levels are uses in percent of capacity; the network sees them as their
 * distance from the origin, the newest use, in units of the scale, the mean step of late. Scaled
 * inputs are distances already; the network divides them by the scale. Plain inputs are taken as
 * they are. All that follows from a closed step is done when its row is written ({@link
 * DemandBuffers}); the origin is an input of its own, and the outputs are percent of capacity, so
 * that an origin that moves between two steps costs two numbers per VM.
 *
 * <p>Training, evaluation and service share this class and {@link DemandFeatures}. A model's
 * manifest carries {@link #HASH}. Immutable, safe from any thread.
 */
public final class DemandSchema {
    /** Raised by every change to the meaning, order or count of inputs or outputs. */
    public static final int VERSION = 3;

    static final int LAGS = 12;
    static final float[] RISE_QUANTILES = {.05f, .5f, .9f, .95f, .99f};
    static final int[] PERIOD_SECONDS = {
        300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400, 604_800
    };

    private static final String SAMPLES_NAME = "ln (1 + samples) / 4";
    private static final String WINDOW_NAME = "share of the long window that is known";

    static final List<String> LEVEL_NAMES = levelNames();
    static final List<String> SCALED_NAMES = scaledNames();
    static final List<String> PLAIN_NAMES =
            List.of(
                    "x / 20",
                    "ln s",
                    "ln (x + .1)",
                    "(100 - x) / 20",
                    "ln (s of an hour / s)",
                    "ln (s of a week / s)",
                    "share of steps without a change, half-life 6 h",
                    "share of steps that were sampled, half-life 6 h",
                    "steps since the newest sample, at most 4",
                    SAMPLES_NAME,
                    "ln ((error of the best period + .01) / (of one step + .01))",
                    "ln (best period in steps) / 4",
                    "1 when yesterday is known",
                    "1 when last week is known",
                    WINDOW_NAME,
                    "1 when the resource was ever seen");
    static final List<String> CLOCK_NAMES =
            List.of(
                    "sin of the day",
                    "cos of the day",
                    "sin of the hour",
                    "cos of the hour",
                    "1 when the next step starts an hour",
                    "1 when an hour starts within 15 min");

    /** How many of a resource's levels are lags: they come first, the newest first of all. */
    public static final int LAG_COUNT = LAGS;

    /** Levels per resource. */
    public static final int LEVELS = LEVEL_NAMES.size();

    /** Scaled inputs per resource. */
    public static final int SCALED = SCALED_NAMES.size();

    /** Plain inputs per resource. */
    public static final int PLAIN = PLAIN_NAMES.size();

    /** Plain inputs per VM: those of both resources, and the clock. */
    public static final int PLAIN_ROW = FeatureSchema.RESOURCE_COUNT * PLAIN + CLOCK_NAMES.size();

    /** Levels per VM. */
    public static final int LEVELS_ROW = FeatureSchema.RESOURCE_COUNT * LEVELS;

    /** Scaled inputs per VM. */
    public static final int SCALED_ROW = FeatureSchema.RESOURCE_COUNT * SCALED;

    /** Inputs per VM that stay as they are while the origin moves. */
    public static final int FIXED_ROW = SCALED_ROW + PLAIN_ROW;

    /** What the network's first layer sees per VM: levels, scaled and plain inputs. */
    public static final int FEATURES = LEVELS_ROW + SCALED_ROW + PLAIN_ROW;

    /** Distances are softened: see {@link #soft}. */
    public static final float SOFTNESS = 8f;

    /** SHA-256 of {@link #canonicalText()}, in lower-case hexadecimal. */
    public static final String HASH =
            FeatureSchema.sha256(canonicalText().getBytes(StandardCharsets.UTF_8));

    private DemandSchema() {}

    /**
     * Softens a distance, so that no input is out of all proportion.
     *
     * @param distance in units of the scale
     * @return d / (1 + |d| / SOFTNESS)
     */
    public static float soft(float distance) {
        return distance / (1 + Math.abs(distance) / SOFTNESS);
    }

    /**
     * Whether an input tells what time it is or for how long a VM has been watched: one that a
     * short recording shows only a part of, and that goes on beyond it.
     *
     * @param feature index in a row
     * @return true for the clock, the count of samples and the known share of the long window
     */
    public static boolean tellsTime(int feature) {
        int plain = feature - LEVELS_ROW - SCALED_ROW;
        if (plain < 0) {
            return false;
        }
        return plain >= FeatureSchema.RESOURCE_COUNT * PLAIN
                || PLAIN_NAMES.get(plain % PLAIN).equals(SAMPLES_NAME)
                || PLAIN_NAMES.get(plain % PLAIN).equals(WINDOW_NAME);
    }

    /**
     * The whole schema as text; its hash is the identity of the schema.
     *
     * @return lines separated by a line feed, the same on every machine
     */
    public static String canonicalText() {
        StringBuilder text =
                new StringBuilder("foreshape demand schema ").append(VERSION).append('\n');
        text.append("x: percent of capacity, clipped to 0..100, mean over the grid step\n");
        text.append("s: .05 + mean |change|, half-life 12 h, prior 1 of weight 1\n");
        text.append("softness ").append(SOFTNESS).append('\n');
        LEVEL_NAMES.forEach(name -> text.append("level ").append(name).append('\n'));
        SCALED_NAMES.forEach(name -> text.append("scaled ").append(name).append('\n'));
        PLAIN_NAMES.forEach(name -> text.append("plain ").append(name).append('\n'));
        CLOCK_NAMES.forEach(name -> text.append("clock ").append(name).append('\n'));
        text.append("each for memory, then CPU; clock once\n");
        text.append("in: levels / s / softness; scaled / s, softened, and plain;");
        text.append(" x / s / softness; x; s per output\n");
        text.append("out: peak of the next 5 and 15 min, percent, order resource, h, quantile\n");
        text.append("quantiles ").append(Arrays.toString(FeatureSchema.QUANTILES)).append('\n');
        return text.toString();
    }

    private static List<String> levelNames() {
        List<String> names = new ArrayList<>();
        for (int k = 1; k <= LAGS; k++) {
            names.add("x " + k + " steps ago");
        }
        for (int span : new int[] {6, 36}) {
            for (String what : List.of("mean", "max", "min")) {
                names.add(what + " of " + span + " steps");
            }
        }
        names.addAll(
                List.of(
                        "mean, weight .05",
                        "mean, weight .3",
                        "mean, half-life 1 h",
                        "yesterday",
                        "yesterday's next 5 min",
                        "yesterday's next 15 min",
                        "last week's next 5 min",
                        "last week's next 15 min",
                        "last hour's next 5 min",
                        "last hour's next 15 min",
                        "mean of 24 hours' next 5 min",
                        "max of 24 hours' next 5 min",
                        "mean of 24 hours' next 15 min",
                        "max of 24 hours' next 15 min",
                        "best period's next 5 min",
                        "best period's next 15 min"));
        for (String q : List.of(".1", ".5", ".75", ".9", "1")) {
            names.add("quantile " + q + " of 24 steps");
        }
        for (String q : List.of(".5", ".9", "1")) {
            names.add("quantile " + q + " of the same hour +-1 h of 7 days");
        }
        names.addAll(
                List.of(
                        "quantile .5 of 24 hourly samples",
                        "quantile .95 of 24 hourly samples",
                        "max of a day",
                        "min of a day"));
        return List.copyOf(names);
    }

    private static List<String> scaledNames() {
        List<String> names = new ArrayList<>();
        for (String target : List.of("5 min", "15 min")) {
            for (float q : RISE_QUANTILES) {
                names.add("quantile " + q + " of the rise within " + target + ", long window");
            }
        }
        names.addAll(
                List.of(
                        "deviation of 6 steps",
                        "deviation of 36 steps",
                        "deviation, half-life 1 h",
                        "yesterday's rise within 5 min",
                        "yesterday's rise within 15 min",
                        "last week's rise within 5 min",
                        "last week's rise within 15 min",
                        "last hour's rise within 5 min",
                        "last hour's rise within 15 min",
                        "mean rise within 5 min at this minute of 24 hours",
                        "quantile .9 of it",
                        "max of it",
                        "mean rise within 15 min at this minute of 24 hours",
                        "quantile .9 of it",
                        "max of it",
                        "mean error of the best period"));
        return List.copyOf(names);
    }
}
