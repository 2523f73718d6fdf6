package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;
import org.foreshape.shaping.simulation.Span;

/**
 * A proportional-integral law on the share of memory that is free: what a VM has grows by .5 times
 * the error and .05 times its integral over seconds, which ends at 1. A change is made when it is
 * at least the hysteresis, or goes to a bound. At a bound the integral is set to what leads there.
 *
 * <p>Restated from src/balloon.py of github.com/qemus/qemu (commit 04ea326), which balances one VM
 * against its host's free share; here each VM is balanced against its own, each 10 s.
 */
final class Pi implements Policy {
    /** The default share that shall be free. */
    static final double FREE_SHARE = .2;

    /** The default of the least change. */
    static final double HYSTERESIS_MIB = 128;

    private static final double PROPORTIONAL = .5;
    private static final double INTEGRAL = .05;

    private final double freeShare;
    private final double hysteresisMib;
    private double[] integral = new double[0];

    Pi(double freeShare, double hysteresisMib) {
        this.freeShare = freeShare;
        this.hysteresisMib = hysteresisMib;
    }

    @Override
    public void begin(Look look) {
        integral = new double[look.vmCount()];
    }

    @Override
    public void appeared(Look look, int vm) {
        integral[vm] = 0;
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        for (int vm = 0; vm < targetMib.length; vm++) {
            if (look.present(vm) && look.allocationMib(vm) > 0) {
                targetMib[vm] = target(look, vm, targetMib[vm]);
            }
        }
    }

    private double target(Look look, int vm, double standing) {
        double has = look.allocationMib(vm);
        double error = freeShare - (has - look.demandMib(vm)) / has;
        double next = Math.clamp(integral[vm] + error * Span.SUB_STEP_SECONDS, -1., 1.);
        double wanted = has + (PROPORTIONAL * error + INTEGRAL * next) * has;
        double bounded = Math.clamp(wanted, look.floorMib(vm), look.ceilingMib(vm));
        boolean atFloor = bounded == look.floorMib(vm);
        boolean atCeiling = bounded == look.ceilingMib(vm);
        if ((atFloor && error < 0) || (atCeiling && error > 0)) {
            double leadsThere = ((bounded - has) / has - PROPORTIONAL * error) / INTEGRAL;
            integral[vm] = Math.clamp(leadsThere, -1., 1.);
        } else {
            integral[vm] = next;
        }
        boolean worthIt = Math.abs(bounded - standing) >= hysteresisMib;
        return worthIt || atFloor || atCeiling ? bounded : standing;
    }
}
