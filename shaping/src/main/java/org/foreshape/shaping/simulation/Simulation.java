package org.foreshape.shaping.simulation;

import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/** Lets policies live through the same time, one after the other. One thread. */
public final class Simulation {
    private final Demand demand;
    private final double limitMib;
    private final LongSupplier clockNs;
    private final int[] priority;

    /**
     * A simulation on a host.
     *
     * @param demand what the VMs will need
     * @param limitMib the host's memory for VMs; positive infinity: as much as they like
     * @param clockNs tells how long decisions take; it changes nothing else
     */
    public Simulation(Demand demand, double limitMib, LongSupplier clockNs) {
        this(demand, limitMib, clockNs, Priorities.alike());
    }

    /**
     * A simulation in which some VMs count more than others.
     *
     * @param demand what the VMs will need
     * @param limitMib the host's memory for VMs; positive infinity: as much as they like
     * @param clockNs tells how long decisions take; it changes nothing else
     * @param priorities of the VMs; no peer looks at them
     */
    public Simulation(Demand demand, double limitMib, LongSupplier clockNs, Priorities priorities) {
        if (!(limitMib > 0)) {
            throw new IllegalArgumentException(
                    "the host's memory is " + limitMib + " MiB: give more than 0.");
        }
        this.demand = demand;
        this.limitMib = limitMib;
        this.clockNs = clockNs;
        this.priority = priorities.of(demand.trace());
    }

    /**
     * Lives through all of it once.
     *
     * @param name what to call the score
     * @param maker makes the policy, which is closed at the end
     * @param progress told now and then which share is done, up to 1
     * @return what came of it
     */
    public Score run(String name, PolicyKind.Maker maker, DoubleConsumer progress) {
        try (Policy policy = maker.make(demand)) {
            return new Run(name, policy).live(progress);
        }
    }

    /** One policy's life. */
    private final class Run {
        private final Policy policy;
        private final Span span = demand.span();
        private final DemandTrace trace = demand.trace();
        private final int vmCount = trace.vmCount();
        private final double[] need = new double[vmCount];
        private final boolean[] there = new boolean[vmCount];
        private final World world = new World(trace, limitMib);
        private final Look look =
                new Look(
                        demand,
                        limitMib,
                        need,
                        world.allocationMib,
                        world.present,
                        world.actable,
                        priority);
        private final Precedence precedence = new Precedence(trace, priority);
        private final TaskNews news = new TaskNews(demand);
        private final Score score;

        Run(String name, Policy policy) {
            this.policy = policy;
            this.score = new Score(name, span, priority);
        }

        Score live(DoubleConsumer progress) {
            policy.begin(look);
            for (int sample = span.historySample(); sample < span.firstSample(); sample++) {
                look.warmUp(sample);
                policy.warmUp(look);
            }
            int count = span.endSample() - span.firstSample();
            for (int k = 0; k < count; k++) {
                interval(span.firstSample() + k);
                progress.accept((k + 1.) / count);
            }
            return score;
        }

        /** From one sample to the next. */
        private void interval(int sample) {
            boolean scored = sample >= span.scoredSample();
            for (int vm = 0; vm < vmCount; vm++) {
                there[vm] = demand.present(vm, sample);
            }
            for (int since = 0; since < span.subStepsPerSample(); since++) {
                long now = span.subStep(sample) + since;
                if (since == 0) {
                    attend(now);
                } else {
                    world.settle();
                    look.at(now, world.ceilingsPresentMib());
                }
                news.tell(now, policy, look);
                long begin = clockNs.getAsLong();
                policy.decide(look, world.targetMib);
                if (scored) {
                    score.addDecision(clockNs.getAsLong() - begin);
                }
                world.move();
                suffer(now, sample, since, scored);
            }
        }

        private void attend(long now) {
            boolean[] before = world.present.clone();
            world.attend(there);
            look.at(now, world.ceilingsPresentMib());
            for (int vm = 0; vm < vmCount; vm++) {
                if (before[vm] && !there[vm]) {
                    policy.departed(look, vm);
                } else if (!before[vm] && there[vm]) {
                    policy.appeared(look, vm);
                }
            }
        }

        /** What the VMs need now meets what they have now. */
        private void suffer(long now, int sample, int since, boolean scored) {
            for (int vm = 0; vm < vmCount; vm++) {
                if (!there[vm]) {
                    continue;
                }
                need[vm] = demand.memoryMib(vm, now, sample, since);
                if (scored) {
                    score.add(
                            vm,
                            world.allocationMib[vm],
                            need[vm],
                            trace.ceilingMib(vm),
                            world.changeMib[vm]);
                }
            }
            precedence.look(there, world.allocationMib, need, scored ? score : null);
            if (scored) {
                news.score(now, there, world.allocationMib, need, score);
            }
        }
    }
}
