package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/**
 * Each 10 s what the guest uses plus a fixed amount that shall be free, as far as its maximum goes.
 *
 * <p>Restated from balloon/domain.go and balloon/daemon.go of github.com/SapphicCode/balloond
 * (commit 5c36152), without the chunks in which it adds and takes.
 */
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
