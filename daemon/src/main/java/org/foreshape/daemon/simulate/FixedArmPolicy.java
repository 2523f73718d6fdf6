package org.foreshape.daemon.simulate;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.tuning.Arm;

/** The engine with every VM kept on one arm of the tuner. */
final class FixedArmPolicy extends EngineWrapper {
    private final EnginePolicy engine;
    private final Arm arm;

    FixedArmPolicy(EnginePolicy engine, Arm arm) {
        super(engine);
        this.engine = engine;
        this.arm = arm;
    }

    @Override
    public void appeared(Look look, int vm) {
        super.appeared(look, vm);
        engine.tune(look, vm, arm.toText());
    }
}
