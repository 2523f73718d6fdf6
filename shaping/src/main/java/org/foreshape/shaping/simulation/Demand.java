package org.foreshape.shaping.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What every VM really needs in every sub-step: between two samples the demand jumps once from one
 * to the other, at a sub-step drawn at random. A VM is present between two samples only if both
 * exist. Immutable, safe from any thread.
 *
 * <p>This is the truth, the future included: of the policies only bounds may look at it.
 */
public final class Demand {
    private final DemandTrace trace;
    private final Span span;
    private final List<AnnouncedTask> tasks;
    private final TaskLoad memoryLoad;
    private final TaskLoad cpuLoad;
    private final int subStepsPerSample;
    private final short[][] jump;

    /**
     * Draws the jumps.
     *
     * @param trace the recording, which reaches one sample beyond the span unless it ends there
     * @param span what is lived through
     * @param seed of the jumps; a VM's jumps depend on it and on the VM's name alone
     * @param tasks what adds to the recording
     */
    public Demand(DemandTrace trace, Span span, long seed, List<AnnouncedTask> tasks) {
        if (trace.sampleSeconds() != span.sampleSeconds()
                || trace.firstSample() > span.historySample()
                || trace.endSample() < span.endSample()) {
            throw new IllegalArgumentException("the span reaches beyond the trace");
        }
        this.trace = trace;
        this.span = span;
        this.tasks = List.copyOf(tasks);
        this.memoryLoad = new TaskLoad(trace.vmCount(), tasks, AnnouncedTask::memoryMib);
        this.cpuLoad = new TaskLoad(trace.vmCount(), tasks, AnnouncedTask::cpuCores);
        this.subStepsPerSample = span.subStepsPerSample();
        this.jump = new short[trace.vmCount()][span.endSample() - span.firstSample()];
        for (int vm = 0; vm < jump.length; vm++) {
            SplittableRandom random =
                    new SplittableRandom(seed * 0x9E3779B97F4A7C15L + trace.name(vm).hashCode());
            for (int k = 0; k < jump[vm].length; k++) {
                jump[vm][k] = (short) (1 + random.nextInt(subStepsPerSample));
            }
        }
    }

    /**
     * The recording.
     *
     * @return the trace
     */
    public DemandTrace trace() {
        return trace;
    }

    /**
     * What is lived through.
     *
     * @return the span
     */
    public Span span() {
        return span;
    }

    /**
     * What adds to the recording.
     *
     * @return tasks, in no order
     */
    public List<AnnouncedTask> tasks() {
        return tasks;
    }

    /**
     * Whether a VM is present from a sample to the next.
     *
     * @param vm its number
     * @param sample in the span
     * @return whether both samples exist
     */
    public boolean present(int vm, int sample) {
        return sample + 1 < trace.endSample()
                && !Float.isNaN(trace.memoryUsedMib(vm, sample))
                && !Float.isNaN(trace.memoryUsedMib(vm, sample + 1));
    }

    /**
     * What a VM needs.
     *
     * @param vm its number, present then
     * @param subStep in the span
     * @return MiB, at most its ceiling
     */
    public double memoryMib(int vm, long subStep) {
        int sample = (int) (subStep / subStepsPerSample);
        return memoryMib(vm, subStep, sample, (int) (subStep - span.subStep(sample)));
    }

    /** The same, when the sample and the sub-steps since then are known. */
    double memoryMib(int vm, long subStep, int sample, int since) {
        boolean jumped = since >= jump[vm][sample - span.firstSample()];
        double own = trace.memoryUsedMib(vm, jumped ? sample + 1 : sample);
        return memoryLoad.has(vm)
                ? Math.min(own + memoryLoad.at(vm, subStep), trace.ceilingMib(vm))
                : own;
    }

    /**
     * The most that a VM needs in some sub-steps; when it is absent it needs nothing.
     *
     * @param vm its number
     * @param from first sub-step
     * @param to last sub-step, which is looked at no further than the span goes
     * @return MiB, 0 when it is never present
     */
    public double peakMib(int vm, long from, long to) {
        long last = Math.min(to, span.subStep(span.endSample()) - 1);
        double peak = 0;
        boolean stepwise = memoryLoad.changes(vm, from, last);
        for (long s = from; s <= last; ) {
            int sample = (int) (s / subStepsPerSample);
            long next = span.subStep(sample + 1);
            if (!present(vm, sample)) {
                s = next;
                continue;
            }
            peak = Math.max(peak, memoryMib(vm, s));
            // Between its jumps and the edges of tasks the demand stands still.
            long jumps = span.subStep(sample) + jump[vm][sample - span.firstSample()];
            s = stepwise ? s + 1 : s < jumps ? Math.min(jumps, next) : next;
        }
        return peak;
    }

    /**
     * Memory in use at a sample, as a monitor sees it.
     *
     * @param vm its number
     * @param sample in the trace
     * @return MiB; NaN where missing
     */
    double sampledMemoryMib(int vm, int sample) {
        double own = trace.memoryUsedMib(vm, sample);
        return memoryLoad.has(vm)
                ? Math.min(own + memoryLoad.at(vm, span.subStep(sample)), trace.ceilingMib(vm))
                : own;
    }

    /** Cores in use at a sample, as a monitor sees them. */
    double sampledCpuCores(int vm, int sample) {
        double own = trace.cpuUsedCores(vm, sample);
        return cpuLoad.has(vm)
                ? Math.min(
                        own + cpuLoad.at(vm, span.subStep(sample)), trace.cpuCapCores(vm, sample))
                : own;
    }

    /**
     * A quantile of the sum of all demands over the scored sub-steps.
     *
     * @param q 0 to 1
     * @return MiB
     */
    public double totalQuantileMib(double q) {
        double[] totals = totals(0);
        Arrays.sort(totals);
        double at = q * (totals.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, totals.length - 1);
        return totals[below] + (at - below) * (totals[above] - totals[below]);
    }

    /**
     * What no policy can avoid on a host of this size.
     *
     * @param hostMib the host's memory
     * @param floors whether every VM that is present keeps its floor
     * @return shortfall in GiB h over the scored sub-steps
     */
    public double unavoidableGibHours(double hostMib, boolean floors) {
        double missing = 0;
        for (double total : totals(floors ? 1 : 0)) {
            missing += Math.max(0, total - hostMib);
        }
        return Score.gibHours(missing);
    }

    /** The sum of the demands in each scored sub-step, each at least a share of the VM's floor. */
    private double[] totals(double floorShare) {
        long from = span.subStep(span.scoredSample());
        double[] totals = new double[(int) (span.subStep(span.endSample()) - from)];
        for (int vm = 0; vm < trace.vmCount(); vm++) {
            double floor = floorShare * trace.floorMib(vm);
            for (int sample = span.scoredSample(); sample < span.endSample(); sample++) {
                if (!present(vm, sample)) {
                    continue;
                }
                for (int since = 0; since < subStepsPerSample; since++) {
                    long s = span.subStep(sample) + since;
                    totals[(int) (s - from)] += Math.max(floor, memoryMib(vm, s, sample, since));
                }
            }
        }
        return totals;
    }
}
