package org.foreshape.daemon.engine;

import java.nio.file.Path;
import org.foreshape.daemon.models.HelperCommands;
import org.foreshape.daemon.models.KeeperSettings;
import org.foreshape.daemon.models.ModelKeeper;
import org.foreshape.daemon.models.ServedEngine;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalOptions;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.ControlKind;
import org.jspecify.annotations.Nullable;

/** Makes the keeper of an engine's models. */
public final class ModelKeeping {
    private ModelKeeping() {}

    /**
     * A keeper for an engine, which a drift of the model at work reaches; not started yet. Close it
     * before the engine.
     */
    public static ModelKeeper of(Engine engine, KeeperSettings settings) {
        return of(engine, settings, HelperCommands.OWN);
    }

    static ModelKeeper of(Engine engine, KeeperSettings settings, HelperCommands commands) {
        ModelKeeper keeper =
                new ModelKeeper(new Served(engine), settings, commands, engine.errors());
        engine.onDrift(keeper::requestAfterDrift);
        return keeper;
    }

    /** What a keeper sees of the engine. */
    private record Served(Engine engine) implements ServedEngine {
        @Override
        public EngineClock clock() {
            return engine.clock();
        }

        @Override
        public @Nullable ForecastModel model() {
            return engine.model();
        }

        @Override
        public @Nullable Path journal() {
            JournalOptions options = engine.journal();
            return options == null ? null : options.directory();
        }

        @Override
        public void tell(ControlKind kind, String text) {
            Controls.publishText(engine.events(), engine.clock(), kind, text);
        }

        @Override
        public void swap(ForecastModel model) {
            engine.swapModel(model);
        }
    }
}
