package org.foreshape.daemon.models;

import java.nio.file.Path;
import org.foreshape.inference.ForecastModel;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.ControlKind;
import org.jspecify.annotations.Nullable;

/** The engine whose models are kept. Any thread but its own. */
public interface ServedEngine {
    /** Its time. */
    EngineClock clock();

    /** The feature model at work; null when none is. */
    @Nullable ForecastModel model();

    /** Where it records; null when it does not. */
    @Nullable Path journal();

    /** Journals a control event. */
    void tell(ControlKind kind, String text);

    /**
     * Puts another model in the place of the present one and waits for it.
     *
     * @throws IllegalArgumentException when it cannot take that place while the engine runs
     * @throws org.foreshape.inference.ModelRejectedException when the runtime refuses it
     * @throws IllegalStateException when the engine did not take it up in time
     */
    void swap(ForecastModel model);
}
