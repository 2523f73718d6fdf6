package org.foreshape.daemon.engine;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.foreshape.shaping.ShapingSettings;

/**
 * Everything that decides the plans of a run besides its events. Its text form is journaled with
 * the run's first event, so that a replay can build the same stages.
 *
 * @param vmCountMax most VMs
 * @param forecasting which forecaster works
 * @param model what to call the model in messages; empty without one
 * @param modelSha256 SHA-256 of the model file; empty without one
 * @param gridStepSeconds seconds of a step of the history
 * @param shaping the shaper's settings
 * @param falseAlarmHorizons horizons of 5 minutes between two false alarms of drift, in the mean,
 *     at least; 0: the model is not watched
 */
public record RunSettings(
        int vmCountMax,
        Forecasting forecasting,
        String model,
        String modelSha256,
        int gridStepSeconds,
        ShapingSettings shaping,
        int falseAlarmHorizons) {
    /** Grid step of the plain forecaster, where no model says another. */
    public static final int GRID_STEP_SECONDS_DEFAULT = 300;

    /** Horizons of 5 minutes in a day. */
    public static final int HORIZONS_PER_DAY = 288;

    private static final int FORM = 1;
    private static final String FALSE_ALARMS = "falseAlarmHorizons";
    private static final String SHAPING_PREFIX = "shaping.";

    /** Which forecaster works. */
    public enum Forecasting {
        /** The model, and the plain forecaster where it has no answer. */
        MODEL,
        /** The plain forecaster alone. */
        FALLBACK,
        /** None: the reactive law works alone. */
        NONE
    }

    /** Those of a run whose model nobody watches. */
    public RunSettings(
            int vmCountMax,
            Forecasting forecasting,
            String model,
            String modelSha256,
            int gridStepSeconds,
            ShapingSettings shaping) {
        this(vmCountMax, forecasting, model, modelSha256, gridStepSeconds, shaping, 0);
    }

    /** The same with a model that is watched so that false alarms are no more frequent. */
    public RunSettings watched(int horizons) {
        return new RunSettings(
                vmCountMax, forecasting, model, modelSha256, gridStepSeconds, shaping, horizons);
    }

    /** The same with other limits and prices. */
    public RunSettings shapedBy(ShapingSettings other) {
        return new RunSettings(
                vmCountMax,
                forecasting,
                model,
                modelSha256,
                gridStepSeconds,
                other,
                falseAlarmHorizons);
    }

    /** One {@code key=value} a line, in a fixed order. */
    public String toText() {
        StringBuilder text = new StringBuilder(2048);
        text.append("form=").append(FORM).append('\n');
        text.append("vmCountMax=").append(vmCountMax).append('\n');
        text.append("forecasting=").append(forecasting).append('\n');
        text.append("model=").append(model).append('\n');
        text.append("modelSha256=").append(modelSha256).append('\n');
        text.append("gridStepSeconds=").append(gridStepSeconds).append('\n');
        if (falseAlarmHorizons > 0) { // Runs before there was a watch have no such line.
            text.append(FALSE_ALARMS).append('=').append(falseAlarmHorizons).append('\n');
        }
        shaping.toText().lines().forEach(l -> text.append(SHAPING_PREFIX).append(l).append('\n'));
        return text.toString();
    }

    /**
     * Reads the form that {@link #toText} writes.
     *
     * @throws IllegalArgumentException naming what is missing or of another version
     */
    public static RunSettings parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        StringBuilder shaping = new StringBuilder(2048);
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("run settings: '" + line + "' is no key=value");
            }
            if (line.startsWith(SHAPING_PREFIX)) {
                shaping.append(line.substring(SHAPING_PREFIX.length())).append('\n');
            } else {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        if (!Integer.toString(FORM).equals(values.get("form"))) {
            throw new IllegalArgumentException(
                    "run settings: form "
                            + values.get("form")
                            + " was written by another version of Foreshape; this one reads form "
                            + FORM);
        }
        return new RunSettings(
                Integer.parseInt(value(values, "vmCountMax")),
                Forecasting.valueOf(value(values, "forecasting").toUpperCase(Locale.ROOT)),
                value(values, "model"),
                value(values, "modelSha256"),
                Integer.parseInt(value(values, "gridStepSeconds")),
                ShapingSettings.parse(shaping.toString()),
                Integer.parseInt(values.getOrDefault(FALSE_ALARMS, "0")));
    }

    private static String value(Map<String, String> values, String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("run settings: " + key + " is missing");
        }
        return value;
    }
}
