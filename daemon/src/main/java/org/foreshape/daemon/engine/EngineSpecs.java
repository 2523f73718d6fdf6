package org.foreshape.daemon.engine;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.hands.HandSettings;
import org.foreshape.daemon.hands.PagePace;
import org.foreshape.daemon.models.KeeperSettings;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.Retention;
import org.foreshape.journal.RollPeriod;
import org.foreshape.journal.SyncPolicy;
import org.foreshape.ring.EngineClock;

/** Turns a configuration into what an engine is made of. */
public final class EngineSpecs {
    private EngineSpecs() {}

    /** The engine that the configuration describes. */
    public static EngineSpec of(Config config) {
        ModelSource model = ModelSource.of(config);
        return new EngineSpec(
                model.settings(config.vmCountMax(), config.shaping())
                        .watched(config.falseAlarmDays() * RunSettings.HORIZONS_PER_DAY),
                Hypervisors.of(config),
                EngineClock.wall(),
                config::policyOf,
                config.hostBudget().kib(Hypervisors.hostMemoryKib(config)),
                model.model(),
                true,
                journal(config),
                new HandSettings(
                        config.warmDirectory(),
                        config.guestFiles(),
                        new PagePace(config.pagesMibPerS(), config.pagesCpuPercent() / 100.0)),
                config.tuner());
    }

    /** When the configuration's models are trained anew; one that it names itself never is. */
    public static KeeperSettings keeper(Config config) {
        return new KeeperSettings(
                config.modelDirectory(),
                config.modelRetrainHours(),
                config.modelRetrainOnDrift() && config.model().equals(Config.MODEL_PROMOTED),
                config.modelHeldBackMinutes(),
                List.of());
    }

    /** How the configuration's journal is written. */
    public static JournalOptions journal(Config config) {
        return JournalOptions.of(config.journalDirectory(), config.vmCountMax())
                .withSync(
                        SyncPolicy.valueOf(config.journalSync().toUpperCase(Locale.ROOT)),
                        TimeUnit.MILLISECONDS.toNanos(config.journalSyncIntervalMs()))
                .withRollPeriod(
                        config.journalRoll().equals("day") ? RollPeriod.DAILY : RollPeriod.HOURLY)
                .withFreeBytesMin(config.journalFreeMibMin() << 20)
                .withRetention(retention(config));
    }

    /** What the configuration keeps of its journal. */
    public static Retention retention(Config config) {
        return new Retention(
                Duration.ofDays(config.journalKeepDays()), config.journalKeepMib() << 20);
    }
}
