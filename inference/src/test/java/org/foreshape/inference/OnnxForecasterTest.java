package org.foreshape.inference;

import java.lang.foreign.Arena;

class OnnxForecasterTest extends ModelForecasterContract {
    OnnxForecasterTest() {
        super(ForecastModel.lstm());
    }

    @Override
    ModelForecaster on(
            ForecastModel of,
            SampleHistory history,
            Arena arena,
            SessionBuffers buffers,
            ModelSession session) {
        return OnnxForecaster.on(of, history, arena, (ModelBuffers) buffers, session);
    }
}
