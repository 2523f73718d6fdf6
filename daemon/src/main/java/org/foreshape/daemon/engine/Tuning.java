package org.foreshape.daemon.engine;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.foreshape.daemon.tune.LiveTuner;
import org.foreshape.daemon.tune.TunerPast;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.event.Tick;
import org.foreshape.shaping.tuning.Tuner;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/** Makes a run's tuner from what earlier runs saw. */
final class Tuning {
    private static final Logger LOG = Logger.getLogger(Tuning.class.getName());

    private Tuning() {}

    /** The tuner, or null where the run has none. */
    static @Nullable LiveTuner tuner(
            EngineSpec spec,
            TunerPast past,
            Supplier<Map<Integer, LiveTuner.Vm>> vms,
            Consumer<Tick> latest,
            DistinctErrors errors) {
        TunerSettings settings = spec.tuner();
        if (settings == null) {
            return null;
        }
        // Two runs must not draw the same; what was drawn is in the journal.
        Tuner tuner = new Tuner(settings, spec.clock().timeNs());
        int learnt = past.teach(tuner);
        if (learnt > 0) {
            LOG.info("the tuner learnt from " + learnt + " epochs of the journal");
        }
        return new LiveTuner(
                tuner,
                settings,
                spec.settings().shaping(),
                vms,
                new Tick(spec.settings().vmCountMax()),
                latest,
                errors);
    }
}
