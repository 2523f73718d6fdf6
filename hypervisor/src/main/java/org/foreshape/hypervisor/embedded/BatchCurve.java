package org.foreshape.hypervisor.embedded;

import java.util.ArrayList;
import java.util.List;

record BatchCurve(
        long baseKib, long jobKib, long periodNs, long durationNs, double announcedShare, long seed)
        implements DemandCurve {
    private static final String[] TYPES = {"report", "import", "build", "backup"};
    // A type's mean share of jobKib and of durationNs: what there is to learn about a type.
    private static final double[] TYPE_MEMORY = {0.45, 0.65, 0.80, 0.90};
    private static final double[] TYPE_DURATION = {0.60, 0.80, 1.00, 1.25};
    private static final double SPREAD = 0.10;
    private static final long RISE_NS_MAX = 10_000_000_000L;

    /** Which chance is meant by an index of the seed's stream; 8 for each job. */
    private static final int START = 0;

    private static final int LATE = 1;
    private static final int TYPE = 2;
    private static final int MEMORY = 3;
    private static final int DURATION = 4;
    private static final int ANNOUNCED = 5;

    @Override
    public String kind() {
        return "batch";
    }

    @Override
    public long memoryKib(long elapsedNs) {
        long job = Math.floorDiv(elapsedNs, periodNs);
        double jobs = height(job, elapsedNs) * (double) memoryOf(job);
        // A job that started late in its period may reach into the next one.
        jobs += height(job - 1, elapsedNs) * (double) memoryOf(job - 1);
        return SteadyCurve.noisy((double) baseKib, seed + 1, elapsedNs) + (long) jobs;
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        long job = Math.floorDiv(elapsedNs, periodNs);
        double busy = height(job, elapsedNs) + height(job - 1, elapsedNs);
        return SteadyCurve.noisy(80 + 900 * busy, seed + 2, elapsedNs);
    }

    @Override
    public List<CurveTask> tasks(long fromNs, long toNs) {
        List<CurveTask> tasks = new ArrayList<>();
        long last = Math.floorDiv(toNs, periodNs);
        for (long job = Math.max(0, Math.floorDiv(fromNs, periodNs)); job <= last; job++) {
            long plannedNs = plannedStartNs(job);
            if (plannedNs >= fromNs && plannedNs < toNs) {
                int type = type(job);
                tasks.add(
                        new CurveTask(
                                Long.toUnsignedString(Noise.mix(seed, -2), 36) + "-" + job,
                                TYPES[type],
                                chance(job, ANNOUNCED) < announcedShare,
                                plannedNs,
                                startNs(job),
                                (long) (durationNs * TYPE_DURATION[type]),
                                durationOf(job),
                                (long) (jobKib * TYPE_MEMORY[type]),
                                memoryOf(job)));
            }
        }
        return tasks;
    }

    private double chance(long job, int which) {
        return Noise.unit(seed, job * 8 + which);
    }

    private int type(long job) {
        return (int) (chance(job, TYPE) * TYPES.length);
    }

    private long memoryOf(long job) {
        return (long) (jobKib * TYPE_MEMORY[type(job)] * spread(chance(job, MEMORY)));
    }

    private long durationOf(long job) {
        return (long) (durationNs * TYPE_DURATION[type(job)] * spread(chance(job, DURATION)));
    }

    private static double spread(double chance) {
        return 1 + SPREAD * (2 * chance - 1);
    }

    private long plannedStartNs(long job) {
        return job * periodNs + (long) (periodNs * (0.2 + 0.3 * chance(job, START)));
    }

    private long startNs(long job) {
        return plannedStartNs(job) + (long) (periodNs / 60.0 * chance(job, LATE));
    }

    /** Share of the job's memory in use: fills evenly, holds, lets go in a quarter of that time. */
    private double height(long job, long elapsedNs) {
        if (job < 0) {
            return 0;
        }
        long within = elapsedNs - startNs(job);
        long lengthNs = durationOf(job);
        if (within < 0 || within >= lengthNs) {
            return 0;
        }
        double riseNs = Math.min(RISE_NS_MAX, lengthNs / 10.0);
        return Math.min(1, Math.min(within / riseNs, (lengthNs - within) / (riseNs / 4)));
    }
}
