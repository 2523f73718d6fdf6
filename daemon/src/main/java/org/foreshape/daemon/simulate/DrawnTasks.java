package org.foreshape.daemon.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.shaping.simulation.AnnouncedTask;
import org.foreshape.shaping.simulation.DemandTrace;
import org.foreshape.shaping.simulation.Span;

/**
 * Announced tasks drawn from a seed: twelve types, each with its own usual share of its VM's memory
 * and its own usual length, both skewed to the right; spread evenly over the scored days.
 */
public final class DrawnTasks {
    private static final int TYPES = 12;
    private static final double SHARE_MIN = .03;
    private static final double SHARE_MAX = .3;
    private static final double SHARE_SPREAD = .4;
    private static final double SECONDS_MIN = 180;
    private static final double SECONDS_MAX = 3600;
    private static final double SECONDS_SPREAD = .5;
    private static final int LEAD_SECONDS_MIN = 300;
    private static final int LEAD_SECONDS_MAX = 1800;
    private static final int PRIORITIES = 10;

    private DrawnTasks() {}

    /**
     * Draws tasks.
     *
     * @param count how many
     * @param seed of the draws
     * @param trace whose VMs they run in
     * @param span whose scored days they start in
     * @return in the order of their ids; a task may fall into a time at which its VM is away
     */
    public static List<AnnouncedTask> draw(int count, long seed, DemandTrace trace, Span span) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] share = new double[TYPES];
        double[] seconds = new double[TYPES];
        for (int type = 0; type < TYPES; type++) {
            share[type] = between(random, SHARE_MIN, SHARE_MAX);
            seconds[type] = between(random, SECONDS_MIN, SECONDS_MAX);
        }
        long first = (long) span.scoredSample() * span.sampleSeconds();
        long end = (long) span.endSample() * span.sampleSeconds() - LEAD_SECONDS_MAX;
        List<AnnouncedTask> tasks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int type = random.nextInt(TYPES);
            int vm = random.nextInt(trace.vmCount());
            long start = random.nextLong(first + LEAD_SECONDS_MAX, end);
            double size = share[type] * Math.exp(random.nextGaussian() * SHARE_SPREAD);
            tasks.add(
                    new AnnouncedTask(
                            vm,
                            "drawn-" + i,
                            "type-" + type,
                            random.nextInt(PRIORITIES),
                            start - random.nextInt(LEAD_SECONDS_MIN, LEAD_SECONDS_MAX),
                            start,
                            (long)
                                    (seconds[type]
                                            * Math.exp(random.nextGaussian() * SECONDS_SPREAD)),
                            Math.min(size, SHARE_MAX) * trace.ceilingMib(vm),
                            1,
                            1,
                            List.of()));
        }
        return tasks;
    }

    /** Evenly on a logarithmic scale. */
    private static double between(SplittableRandom random, double low, double high) {
        return low * Math.pow(high / low, random.nextDouble());
    }
}
