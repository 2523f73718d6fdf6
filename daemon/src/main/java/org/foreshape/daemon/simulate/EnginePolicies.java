package org.foreshape.daemon.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.SampleHistory;
import org.foreshape.inference.SampleHistory.StepFigure;
import org.foreshape.shaping.MemoryShaper;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.PolicyKind.Variant;
import org.foreshape.shaping.tuning.Arm;
import org.foreshape.shaping.tuning.Tuner;
import org.foreshape.shaping.tuning.TunerSettings;

/** The engine as policies of the simulated host: with its forecasts, and without. */
final class EnginePolicies {
    private static final int[] PRICES_MILLI_GIB_HOURS = {
        750, 1500, 2250, 3000, 4500, 6000, 9000, 12_000, 24_000, 48_000, 96_000, 192_000
    };

    private static final long TUNER_SEED = 1;
    private static final long KIB_PER_MIB = 1024;
    private static final long LOOK_SECONDS = 10;
    private static final long SHRINK_KIB_PER_S = 130 * KIB_PER_MIB;

    private final Map<String, String> given;

    /**
     * The engine with some of its settings changed.
     *
     * @param given keys with their values; words as the configuration has them
     * @throws IllegalArgumentException naming the key or value that cannot be
     */
    EnginePolicies(Map<String, String> given) {
        this.given = Map.copyOf(given);
        forecasting();
    }

    private ShapingSettings forecasting() {
        return changed(forecastSettings());
    }

    private ShapingSettings changed(ShapingSettings settings) {
        return settings.with(given);
    }

    /** The same with every VM's knobs turned by a tuner; its sweep is the arms, each fixed. */
    PolicyKind tuned(ForecastModel model) {
        ShapingSettings settings = forecasting();
        TunerSettings usual = TunerSettings.DEFAULTS;
        TunerSettings tuner =
                new TunerSettings(
                        usual.bounds(),
                        usual.epochSeconds(),
                        settings.shortMinutePriceMilliGibHours() / 1000.,
                        usual.actPriceGibHours(),
                        usual.riskShare(),
                        usual.boldness(),
                        usual.chanceMin(),
                        usual.criticalPriority());
        List<Variant> sweep = new ArrayList<>();
        for (Arm arm : tuner.bounds().arms()) {
            sweep.add(
                    new Variant(
                            arm.toText(),
                            truth -> new FixedArmPolicy(forecasting(truth, settings, model), arm)));
        }
        return new PolicyKind(
                SimulatedPolicies.TUNED,
                "foreshape with every VM's knobs turned by the tuner",
                truth ->
                        new TunedPolicy(
                                forecasting(truth, settings, model),
                                new Tuner(tuner, TUNER_SEED),
                                tuner.epochSeconds(),
                                truth.trace().vmCount(),
                                (own, choice, cost) -> {}),
                sweep);
    }

    PolicyKind foreshape(ForecastModel model) {
        ShapingSettings standard = forecasting();
        List<Variant> sweep = new ArrayList<>();
        for (int price : PRICES_MILLI_GIB_HOURS) {
            ShapingSettings settings = forecasting().with("shortMinutePriceMilliGibHours", price);
            sweep.add(
                    new Variant(
                            String.format(Locale.ROOT, "price %.2f GiB h", price / 1000.),
                            truth -> forecasting(truth, settings, model)));
        }
        return new PolicyKind(
                "foreshape",
                "use plus what the forecast's price says, over the reactive law",
                truth -> forecasting(truth, standard, model),
                sweep);
    }

    PolicyKind reactive() {
        ShapingSettings reactive = changed(settings());
        return new PolicyKind(
                "reactive",
                "the reactive law alone",
                truth -> {
                    int count = truth.trace().vmCount();
                    return new EnginePolicy(
                            count,
                            tick -> {},
                            tick -> {},
                            new MemoryShaper(reactive, count),
                            () -> {});
                });
    }

    static EnginePolicy forecasting(Demand truth, ShapingSettings settings, ForecastModel model) {
        int count = truth.trace().vmCount();
        int step = model.manifest().gridStepSeconds();
        // Samples that are means over the model's own step need no mean again.
        boolean same = truth.trace().sampleSeconds() == step;
        SampleHistory history =
                new SampleHistory(count, step, same ? StepFigure.LAST : StepFigure.MEAN);
        ModelForecaster forecaster = ModelForecaster.open(model, history, false);
        return new EnginePolicy(
                count, history, forecaster, new MemoryShaper(settings, count), forecaster);
    }

    /** The defaults at the world's own paces, and with every change that it counts as one. */
    private static ShapingSettings settings() {
        return ShapingSettings.defaults()
                .with("amplePaceKibPerS", SHRINK_KIB_PER_S)
                .with("shrinkPaceKibPerS", SHRINK_KIB_PER_S)
                .with("shrinkBurstKib", LOOK_SECONDS * SHRINK_KIB_PER_S)
                .with("shrinkStepKib", LOOK_SECONDS * SHRINK_KIB_PER_S)
                .with("bandKib", KIB_PER_MIB)
                .with("bandPermille", 0)
                .with("shrinkBandKib", KIB_PER_MIB)
                .with("shrinkBandPermille", 0)
                .with("changesPerHourMax", 3600 / LOOK_SECONDS)
                .with("ampleHeadroomKib", 0);
    }

    /**
     * What the trace calls memory in use is what a VM touches: no kernel has a reserve in it and no
     * page cache lies in it. So the margins that a guest needs for those are left to the forecast;
     * below them the law for starved VMs works as ever.
     */
    static ShapingSettings forecastSettings() {
        return settings()
                .with("lowWaterFloorKib", KIB_PER_MIB)
                .with("marginFloorKib", KIB_PER_MIB)
                .with("marginPermille", 60)
                .with("starvedStepKib", KIB_PER_MIB)
                .with("fastGrantKib", 0);
    }
}
