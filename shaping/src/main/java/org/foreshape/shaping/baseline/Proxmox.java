package org.foreshape.shaping.baseline;

import java.util.Arrays;
import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/**
 * The auto-ballooning of Proxmox VE. Each 10 s the host's use shall come to 80 % of its memory: the
 * difference is shared out so that all VMs have equally much above their least size, each moving by
 * at most 100 MiB. To grow, VMs with little free memory come first, to shrink, those with enough;
 * all, when none of these moved. A difference of up to 10 MiB is let be.
 *
 * <p>Restated from PVE/AutoBalloon.pm and PVE/Service/pvestatd.pm of github.com/proxmox/pve-manager
 * (commits 138cae8 and 00b58c8). Equal shares for all VMs; the least size is the floor here.
 */
final class Proxmox implements Policy {
    /** The default share of the host that shall be in use. */
    static final double TARGET_SHARE = .8;

    private static final double CHANGE_MIB_MAX = 100;
    private static final double GOAL_MIB_MIN = 10;
    private static final double EASY_SHARE = .25;
    private static final double MIB_MIN = 1e-6;

    private final double targetShare;
    private boolean[] easy = new boolean[0];
    private boolean[] listed = new boolean[0];
    private boolean[] done = new boolean[0];
    private double[] nowMib = new double[0];

    Proxmox(double targetShare) {
        this.targetShare = targetShare;
    }

    @Override
    public void begin(Look look) {
        easy = new boolean[look.vmCount()];
        listed = new boolean[look.vmCount()];
        done = new boolean[look.vmCount()];
        nowMib = new double[look.vmCount()];
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        double used = 0;
        for (int vm = 0; vm < targetMib.length; vm++) {
            used += look.allocatedMib(vm);
            if (look.present(vm)) {
                nowMib[vm] = look.allocationMib(vm);
                double free = nowMib[vm] - look.demandMib(vm);
                easy[vm] = free > EASY_SHARE * look.floorMib(vm) && nowMib[vm] >= look.floorMib(vm);
                targetMib[vm] = nowMib[vm];
            }
        }
        double goal = look.hostMib() * targetShare - used;
        if (Math.abs(goal) <= GOAL_MIB_MIN) {
            return;
        }
        boolean shrink = goal < 0;
        for (int vm = 0; vm < targetMib.length; vm++) {
            listed[vm] = look.present(vm) && easy[vm] == shrink;
        }
        double rest = share(look, targetMib, goal, shrink);
        if (shrink ? rest <= goal : rest >= goal) {
            for (int vm = 0; vm < targetMib.length; vm++) {
                listed[vm] = look.present(vm);
            }
            share(look, targetMib, rest, shrink);
        }
    }

    /** Shares a change out over the VMs that are listed; returns what is left of it. */
    private double share(Look look, double[] targetMib, double change, boolean shrink) {
        Arrays.fill(done, false);
        double rest = change;
        boolean again = true;
        while (again && Math.abs(rest) > MIB_MIN) {
            again = false;
            int count = 0;
            double above = rest;
            for (int vm = 0; vm < targetMib.length; vm++) {
                if (listed[vm] && !done[vm]) {
                    count++;
                    above += targetMib[vm] - look.floorMib(vm);
                }
            }
            double changed = 0;
            for (int vm = 0; vm < targetMib.length; vm++) {
                if (listed[vm] && !done[vm]) {
                    double moved = move(look, targetMib, vm, above / count, shrink);
                    changed += moved;
                    again |= Math.abs(moved) > MIB_MIN;
                }
            }
            rest -= changed;
        }
        return rest;
    }

    private double move(
            Look look, double[] targetMib, int vm, double aboveFloorMib, boolean shrink) {
        double floor = look.floorMib(vm);
        double desired = Math.clamp(floor + aboveFloorMib, floor, look.ceilingMib(vm));
        double before = targetMib[vm];
        if (!shrink && desired > nowMib[vm]) {
            targetMib[vm] = Math.min(desired, nowMib[vm] + CHANGE_MIB_MAX);
        } else if (desired < nowMib[vm]) {
            targetMib[vm] = Math.max(desired, nowMib[vm] - CHANGE_MIB_MAX);
        } else {
            done[vm] = true;
        }
        return targetMib[vm] - before;
    }
}
