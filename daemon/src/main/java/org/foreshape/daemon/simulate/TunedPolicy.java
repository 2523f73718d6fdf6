package org.foreshape.daemon.simulate;

import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Span;
import org.foreshape.shaping.tuning.EpochCost;
import org.foreshape.shaping.tuning.Situation;
import org.foreshape.shaping.tuning.Tuner;
import org.jspecify.annotations.Nullable;

/**
 * The engine as a policy of the simulated host, with every VM's knobs turned by a tuner: it counts
 * what each epoch of each VM cost, teaches the tuner, and passes its choices on as events.
 */
final class TunedPolicy extends EngineWrapper {
    /** Hears of every epoch that has ended. */
    interface Listener {
        /** An epoch with what it cost, before the tuner has learnt from it. */
        void ended(Tuner tuner, Tuner.Choice choice, EpochCost cost);
    }

    /** What is kept of how often a VM was short, from one epoch to the next. */
    private static final double SHORT_KEPT = .9;

    private static final double MIB_PER_GIB = 1024;
    private static final double MIB = 1;
    private static final double HOUR_SECONDS = 3600;
    private static final int DAY_SECONDS = 86_400;

    /** VMs begin their epochs at different times, so that no hour is everybody's. */
    private static final int STAGGER_SUB_STEPS = 37;

    private final EnginePolicy engine;
    private final Tuner tuner;
    private final int epochSubSteps;
    private final Listener listener;
    private final Tuner.@Nullable Choice[] choice;
    private final int[] subSteps;
    private final double[] slackMib;
    private final int[] shortSubSteps;
    private final int[] acts;
    private final double[] lastMib;
    private final double[] shortMinutesPerHour;

    TunedPolicy(
            EnginePolicy engine, Tuner tuner, int epochSeconds, int vmCount, Listener listener) {
        super(engine);
        this.engine = engine;
        this.tuner = tuner;
        this.epochSubSteps = epochSeconds / Span.SUB_STEP_SECONDS;
        this.listener = listener;
        choice = new Tuner.Choice[vmCount];
        subSteps = new int[vmCount];
        slackMib = new double[vmCount];
        shortSubSteps = new int[vmCount];
        acts = new int[vmCount];
        lastMib = new double[vmCount];
        shortMinutesPerHour = new double[vmCount];
    }

    @Override
    public void departed(Look look, int vm) {
        super.departed(look, vm);
        // What it did of its epoch is no whole one.
        choice[vm] = null;
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        for (int vm = 0; vm < choice.length; vm++) {
            if (look.present(vm)) {
                count(vm, look.allocationMib(vm), look.demandMib(vm));
                if ((look.subStep() + (long) vm * STAGGER_SUB_STEPS) % epochSubSteps == 0) {
                    turn(look, vm);
                }
            }
        }
        super.decide(look, targetMib);
    }

    private void count(int vm, double allocation, double demand) {
        subSteps[vm]++;
        slackMib[vm] += Math.max(0, allocation - demand);
        shortSubSteps[vm] += allocation + MIB < demand ? 1 : 0;
        acts[vm] += Math.abs(allocation - lastMib[vm]) > MIB ? 1 : 0;
        lastMib[vm] = allocation;
    }

    /** Ends a VM's epoch and begins the next. */
    private void turn(Look look, int vm) {
        double hours = subSteps[vm] * Span.SUB_STEP_SECONDS / HOUR_SECONDS;
        double minutes = shortSubSteps[vm] * Span.SUB_STEP_SECONDS / 60.;
        Tuner.Choice before = choice[vm];
        if (before != null && subSteps[vm] == epochSubSteps) {
            double gibHours = slackMib[vm] / MIB_PER_GIB * Span.SUB_STEP_SECONDS / HOUR_SECONDS;
            EpochCost cost = new EpochCost(gibHours, minutes, acts[vm]);
            listener.ended(tuner, before, cost);
            tuner.learn(before, cost);
        }
        if (hours > 0) {
            shortMinutesPerHour[vm] =
                    SHORT_KEPT * shortMinutesPerHour[vm] + (1 - SHORT_KEPT) * minutes / hours;
        }
        subSteps[vm] = 0;
        slackMib[vm] = 0;
        shortSubSteps[vm] = 0;
        acts[vm] = 0;
        Tuner.Choice next = tuner.choose(situation(look, vm));
        if (before == null || before.arm() != next.arm()) {
            engine.tune(look, vm, tuner.arms().get(next.arm()).toText());
        }
        choice[vm] = next;
    }

    private Situation situation(Look look, int vm) {
        double used = look.demandMib(vm);
        double allocated = 0;
        for (int each = 0; each < choice.length; each++) {
            allocated += look.allocatedMib(each);
        }
        return new Situation(
                used / MIB_PER_GIB,
                engine.spreadMib(vm, used) / MIB_PER_GIB,
                shortMinutesPerHour[vm],
                look.ceilingMib(vm) / MIB_PER_GIB,
                look.timeSeconds() % DAY_SECONDS / HOUR_SECONDS,
                look.priority(vm),
                look.hostMib() > 0 ? allocated / look.hostMib() : 0);
    }
}
