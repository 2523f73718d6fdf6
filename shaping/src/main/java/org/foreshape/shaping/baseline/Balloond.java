package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/** Each 10 s what the guest uses plus a fixed amount that shall be free. */
final class Balloond implements Policy {
    /** The default. */
    static final double FREE_MIB = 256;

    private final double freeMib;

    Balloond(double freeMib) {
        this.freeMib = freeMib;
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        for (int vm = 0; vm < targetMib.length; vm++) {
            if (look.present(vm)) {
                targetMib[vm] = look.demandMib(vm) + freeMib;
            }
        }
    }
}
