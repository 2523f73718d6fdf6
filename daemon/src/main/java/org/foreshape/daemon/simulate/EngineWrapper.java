package org.foreshape.daemon.simulate;

import org.foreshape.shaping.simulation.AnnouncedTask;
import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/** The engine as a policy to which something is added. */
abstract class EngineWrapper implements Policy {
    private final EnginePolicy engine;

    EngineWrapper(EnginePolicy engine) {
        this.engine = engine;
    }

    @Override
    public void begin(Look look) {
        engine.begin(look);
    }

    @Override
    public void warmUp(Look look) {
        engine.warmUp(look);
    }

    @Override
    public void appeared(Look look, int vm) {
        engine.appeared(look, vm);
    }

    @Override
    public void departed(Look look, int vm) {
        engine.departed(look, vm);
    }

    @Override
    public void announced(Look look, AnnouncedTask task) {
        engine.announced(look, task);
    }

    @Override
    public void started(Look look, AnnouncedTask task) {
        engine.started(look, task);
    }

    @Override
    public void finished(Look look, AnnouncedTask task) {
        engine.finished(look, task);
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        engine.decide(look, targetMib);
    }

    @Override
    public void close() {
        engine.close();
    }
}
