package org.foreshape.daemon.engine;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.foreshape.daemon.hands.HandSettings;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalOptions;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/**
 * What an engine is made of.
 *
 * @param settings what decides plans
 * @param hypervisor makes the hypervisor, once the journal has told what VMs had; its errors go
 *     where the engine's go
 * @param clock the engine's time
 * @param policyOf policy of a VM by name
 * @param budgetKib what all VMs together may have
 * @param model the model, where the settings want one
 * @param tryCuda whether a CUDA device may run it
 * @param journal where to record; null: nowhere, which only a comparison may do
 * @param hands what the hands may keep and read
 * @param tuner what the tuner may do; null: nothing
 */
public record EngineSpec(
        RunSettings settings,
        BiFunction<VmSettings, DistinctErrors, Hypervisor> hypervisor,
        EngineClock clock,
        Function<String, VmPolicy> policyOf,
        long budgetKib,
        @Nullable ForecastModel model,
        boolean tryCuda,
        @Nullable JournalOptions journal,
        HandSettings hands,
        @Nullable TunerSettings tuner) {

    /** One whose hands act on pages only, and without a tuner. */
    public EngineSpec(
            RunSettings settings,
            BiFunction<VmSettings, DistinctErrors, Hypervisor> hypervisor,
            EngineClock clock,
            Function<String, VmPolicy> policyOf,
            long budgetKib,
            @Nullable ForecastModel model,
            boolean tryCuda,
            @Nullable JournalOptions journal) {
        this(
                settings,
                hypervisor,
                clock,
                policyOf,
                budgetKib,
                model,
                tryCuda,
                journal,
                HandSettings.pagesOnly(),
                null);
    }
}
