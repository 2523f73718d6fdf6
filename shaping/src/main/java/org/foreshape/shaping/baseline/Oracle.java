package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;
import org.foreshape.shaping.simulation.Span;

/** A bound: every VM has the highest demand of its next minutes, which nobody can know. */
final class Oracle implements Policy {
    /** How far it sees. */
    static final int AHEAD_SECONDS = 900;

    private final Demand truth;
    private final int aheadSubSteps;

    Oracle(Demand truth, int aheadSeconds) {
        this.truth = truth;
        this.aheadSubSteps = aheadSeconds / Span.SUB_STEP_SECONDS;
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        long now = look.subStep();
        for (int vm = 0; vm < targetMib.length; vm++) {
            if (look.present(vm)) {
                targetMib[vm] = truth.peakMib(vm, now, now + aheadSubSteps - 1);
            }
        }
    }
}
