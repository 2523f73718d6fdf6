package org.foreshape.inference;

import java.lang.foreign.Arena;

class DemandForecasterTest extends ModelForecasterContract {
    DemandForecasterTest() {
        super(ForecastModel.shipped());
    }

    @Override
    ModelForecaster on(
            ForecastModel of,
            SampleHistory history,
            Arena arena,
            SessionBuffers buffers,
            ModelSession session) {
        return DemandForecaster.on(of, history, arena, (DemandBuffers) buffers, session);
    }
}
