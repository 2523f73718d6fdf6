package org.foreshape.shaping.baseline;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/**
 * The Memory Overcommitment Manager of oVirt. Each 10 s: when the host has less free than a
 * threshold, every guest shrinks by at most 5 %, down to what it uses and a share of free memory
 * that falls with the pressure; else every guest grows by 5 %, or to what it uses and 20 % of what
 * it has if that is more. Both figures are means of 50 s; steps below .25 % are not made.
 *
 * <p>Restated from doc/balloon.rules and doc/mom-balloon.conf of github.com/oVirt/mom (commit
 * 3de1c8e). Its guests' guaranteed size is the floor here.
 */
final class Mom implements Policy {
    /** The default share of the host below which there is pressure. */
    static final double PRESSURE_SHARE = .2;

    private static final int LOOKS = 5;
    private static final double CRITICAL_SHARE = .05;
    private static final double CRITICAL_OFFSET = -.05;
    private static final double GUEST_FREE_SHARE = .2;
    private static final double CHANGE_SHARE_MAX = .05;
    private static final double CHANGE_SHARE_MIN = .0025;

    private final double pressureShare;
    private LookMeans means = new LookMeans(0, LOOKS);

    Mom(double pressureShare) {
        this.pressureShare = pressureShare;
    }

    @Override
    public void begin(Look look) {
        means = new LookMeans(look.vmCount(), LOOKS);
    }

    @Override
    public void appeared(Look look, int vm) {
        means.forget(vm);
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        means.add(look);
        double hostFree = means.freeMib() / look.hostMib();
        for (int vm = 0; vm < targetMib.length; vm++) {
            if (!look.present(vm)) {
                continue;
            }
            double has = look.allocationMib(vm);
            double wanted = hostFree < pressureShare ? shrunk(look, vm, hostFree) : grown(look, vm);
            targetMib[vm] = Math.abs(wanted - has) > CHANGE_SHARE_MIN * has ? wanted : has;
        }
    }

    private double shrunk(Look look, int vm, double hostFree) {
        double has = look.allocationMib(vm);
        double freeShare =
                hostFree <= CRITICAL_SHARE
                        ? CRITICAL_OFFSET + hostFree
                        : GUEST_FREE_SHARE * hostFree / pressureShare;
        double least = Math.max(look.floorMib(vm), means.usedMib(vm) + freeShare * has);
        return Math.min(has, Math.max(has * (1 - CHANGE_SHARE_MAX), least));
    }

    private double grown(Look look, int vm) {
        double has = look.allocationMib(vm);
        double least = Math.max(look.floorMib(vm), means.usedMib(vm) + GUEST_FREE_SHARE * has);
        return Math.min(look.ceilingMib(vm), Math.max(has * (1 + CHANGE_SHARE_MAX), least));
    }
}
