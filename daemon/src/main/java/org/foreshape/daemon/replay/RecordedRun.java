package org.foreshape.daemon.replay;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.foreshape.daemon.engine.DecisionStages;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.DemandForecaster;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.stage.Forecaster;
import org.jspecify.annotations.Nullable;

/**
 * What a recorded run decided with: its settings and its models, found again.
 *
 * @param settings the run's
 * @param model the one that it began with; null: it had none
 */
public record RecordedRun(RunSettings settings, @Nullable ForecastModel model) {
    /**
     * Finds what a run decided with.
     *
     * @param configuration text of its {@code ENGINE_STARTED} event
     * @param named may be its model, besides the shipped one
     * @throws Failure (check) when the text is of another version, (missing) when its model is
     *     neither, nor where the run had it
     */
    public static RecordedRun of(String configuration, @Nullable ForecastModel named) {
        RunSettings settings = settings(configuration);
        if (settings.forecasting() != Forecasting.MODEL) {
            return new RecordedRun(settings, null);
        }
        if (named != null && isOf(settings, named)) {
            return new RecordedRun(settings, named);
        }
        ForecastModel shipped = ForecastModel.shipped();
        if (isOf(settings, shipped)) {
            return new RecordedRun(settings, shipped);
        }
        return new RecordedRun(settings, whereItWas(settings));
    }

    /** The model of a run that began with a file, such as a promoted one. */
    private static ForecastModel whereItWas(RunSettings settings) {
        String why = "its file holds another model now";
        try {
            ForecastModel model = ForecastModel.load(Path.of(settings.model()));
            if (isOf(settings, model)) {
                return model;
            }
        } catch (ModelRejectedException | InvalidPathException e) {
            why = String.valueOf(e.getMessage());
        }
        throw Failure.missing(
                "the run was made with "
                        + settings.model()
                        + " (SHA-256 "
                        + settings.modelSha256()
                        + "), which is not the shipped one ("
                        + why
                        + "); name its file with --model");
    }

    private static boolean isOf(RunSettings settings, ForecastModel model) {
        return model.manifest().modelSha256().equals(settings.modelSha256());
    }

    /** The settings alone; a {@link Failure} (check) when they are of another version. */
    public static RunSettings settings(String configuration) {
        try {
            return RunSettings.parse(configuration);
        } catch (IllegalArgumentException e) {
            throw Failure.check(String.valueOf(e.getMessage()));
        }
    }

    /** Fresh stages of it; the caller closes. */
    public DecisionStages open() {
        return DecisionStages.create(settings, model, false);
    }

    /**
     * The stages' forecaster, which gets the models that the run was swapped to.
     *
     * @param missing told when such a model is not there any more
     */
    public static Forecaster swapping(DecisionStages stages, Consumer<Failure> missing) {
        if (!(stages.forecaster() instanceof DemandForecaster forecaster)) {
            return stages.forecaster();
        }
        return tick -> {
            if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.MODEL_SWAPPED) {
                prepare(forecaster, tick.control.text.toString(), missing);
            }
            forecaster.forecast(tick);
        };
    }

    private static void prepare(
            DemandForecaster forecaster, String text, Consumer<Failure> missing) {
        String name = text.substring(text.indexOf(' ') + 1);
        ForecastModel shipped = ForecastModel.shipped();
        try {
            ForecastModel other =
                    name.equals(shipped.name()) ? shipped : ForecastModel.load(Path.of(name));
            if (!DemandForecaster.swapText(other).equals(text)) {
                throw new ModelRejectedException(name + " is another model now.");
            }
            forecaster.prepare(other);
        } catch (ModelRejectedException e) {
            missing.accept(
                    Failure.missing("the run was swapped to " + text + ": " + e.getMessage(), e));
        }
    }
}
