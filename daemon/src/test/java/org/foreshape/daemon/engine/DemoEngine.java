package org.foreshape.daemon.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.foreshape.daemon.demo.DemoGuests;
import org.foreshape.daemon.hands.HandSettings;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.ReplayReport;
import org.foreshape.journal.ReplayStages;
import org.foreshape.journal.Replayer;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/** Engines on the demo's guests, seed 1, for tests of what outlives them. */
final class DemoEngine {
    final List<GuestSpec> guests;
    private final int vmCount;
    private final double speed;
    private final long startTimeNs;
    private final VmMode mode;
    private @Nullable ForecastModel model = ForecastModel.shipped();
    private @Nullable TunerSettings tuner;
    private @Nullable EmbeddedHypervisor hypervisor;

    DemoEngine(int vmCount, double speed, long startTimeNs, VmMode mode) {
        this.vmCount = vmCount;
        this.speed = speed;
        this.startTimeNs = startTimeNs;
        this.mode = mode;
        guests = DemoGuests.create(vmCount, 1);
    }

    /** Forecasts by the fallback only. */
    DemoEngine withoutModel() {
        model = null;
        return this;
    }

    /** Forecasts by this model. */
    DemoEngine withModel(ForecastModel other) {
        model = other;
        return this;
    }

    DemoEngine withTuner(TunerSettings settings) {
        tuner = settings;
        return this;
    }

    Engine open(Path journal) {
        return open(JournalOptions.of(journal, vmCount));
    }

    Engine open(JournalOptions journal) {
        EmbeddedOptions options =
                new EmbeddedOptions.Builder()
                        .scale(DemoGuests.scale(vmCount))
                        .originTimeNs(startTimeNs)
                        .hostMemoryKib(DemoGuests.ceilingsKib(guests))
                        .build();
        return Engine.open(
                new EngineSpec(
                        settings(),
                        (known, errors) -> {
                            hypervisor = new EmbeddedHypervisor(guests, options, known, vmCount);
                            return hypervisor;
                        },
                        EngineClock.compressed(speed, startTimeNs),
                        name -> new VmPolicy(mode, 5, 0, Long.MAX_VALUE),
                        DemoGuests.budgetKib(guests),
                        model,
                        false,
                        journal,
                        HandSettings.pagesOnly(),
                        tuner));
    }

    /** The hypervisor of the last engine that was opened. */
    EmbeddedHypervisor hypervisor() {
        return Objects.requireNonNull(hypervisor, "open() comes first");
    }

    private RunSettings settings() {
        ShapingSettings shaping = ShapingSettings.defaults().atSpeed(speed);
        ForecastModel by = model;
        return by == null
                ? new RunSettings(
                        vmCount,
                        RunSettings.Forecasting.FALLBACK,
                        "",
                        "",
                        RunSettings.GRID_STEP_SECONDS_DEFAULT,
                        shaping)
                : new RunSettings(
                        vmCount,
                        RunSettings.Forecasting.MODEL,
                        by.name(),
                        by.manifest().modelSha256(),
                        by.manifest().gridStepSeconds(),
                        shaping,
                        7 * RunSettings.HORIZONS_PER_DAY);
    }

    /** What is to be looked at after a replay. */
    interface Look<T> {
        T at(ReplayReport report, DecisionStages last);
    }

    /**
     * Replays a journal and looks at the report and at the stages of the last run in it.
     *
     * @param model the model; null where the runs had none
     */
    static <T> T replay(Path journal, @Nullable ForecastModel model, Look<T> look) {
        List<DecisionStages> made = new ArrayList<>();
        try (JournalReader reader = JournalReader.open(journal)) {
            ReplayReport report =
                    Replayer.replay(
                            reader,
                            (text, max) -> {
                                DecisionStages stages =
                                        DecisionStages.create(
                                                RunSettings.parse(text), model, false);
                                made.add(stages);
                                return new ReplayStages(
                                        stages.history(), stages.forecaster(), stages.shaper());
                            });
            return look.at(report, made.getLast());
        } finally {
            made.forEach(DecisionStages::close);
        }
    }
}
