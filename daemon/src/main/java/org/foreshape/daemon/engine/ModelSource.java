package org.foreshape.daemon.engine;

import java.nio.file.Path;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.models.ModelStore;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.shaping.ShapingSettings;
import org.jspecify.annotations.Nullable;

/**
 * The model that a configuration or an option names.
 *
 * @param model the model, or null for none
 */
public record ModelSource(@Nullable ForecastModel model) {
    /**
     * Loads what a configuration names.
     *
     * @throws Failure (usage) when the file is no model that this version can run
     */
    public static ModelSource of(Config config) {
        return config.model().equals(Config.MODEL_PROMOTED)
                ? new ModelSource(new ModelStore(config.modelDirectory()).loadPromoted())
                : of(config.model());
    }

    /**
     * Loads what is named: {@code shipped}, {@code none} or a file.
     *
     * @throws Failure (usage) when the file is no model that this version can run
     */
    public static ModelSource of(String named) {
        try {
            return switch (named) {
                case Config.MODEL_SHIPPED -> new ModelSource(ForecastModel.shipped());
                case Config.MODEL_NONE -> new ModelSource(null);
                default -> new ModelSource(ForecastModel.load(Path.of(named)));
            };
        } catch (ModelRejectedException e) {
            throw Failure.usage("model " + named + ": " + e.getMessage());
        }
    }

    /** The settings of a run with this model. */
    public RunSettings settings(int vmCountMax, ShapingSettings shaping) {
        ForecastModel loaded = model;
        return loaded == null
                ? new RunSettings(
                        vmCountMax,
                        Forecasting.FALLBACK,
                        "",
                        "",
                        RunSettings.GRID_STEP_SECONDS_DEFAULT,
                        shaping)
                : new RunSettings(
                        vmCountMax,
                        Forecasting.MODEL,
                        loaded.name(),
                        loaded.manifest().modelSha256(),
                        loaded.manifest().gridStepSeconds(),
                        shaping);
    }
}
