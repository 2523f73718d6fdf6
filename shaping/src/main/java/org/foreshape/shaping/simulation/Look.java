package org.foreshape.shaping.simulation;

/**
 * What a policy sees: the demand of the sub-step before, samples up to then, and what every VM has.
 * One object for a whole simulation, whose content changes. One thread.
 */
public final class Look {
    private final Demand demand;
    private final DemandTrace trace;
    private final double limitMib;
    private final double[] demandMib;
    private final double[] allocationMib;
    private final boolean[] there;
    private final boolean[] actable;
    private final int[] priority;
    private final double[] floorMib;
    private final double[] ceilingMib;
    private long subStep;
    private int lastSample;
    private boolean newSample;
    private double hostMib;

    Look(
            Demand demand,
            double limitMib,
            double[] demandMib,
            double[] allocationMib,
            boolean[] there,
            boolean[] actable,
            int[] priority) {
        this.demand = demand;
        this.trace = demand.trace();
        this.limitMib = limitMib;
        this.demandMib = demandMib;
        this.allocationMib = allocationMib;
        this.there = there;
        this.actable = actable;
        this.priority = priority;
        this.floorMib = new double[trace.vmCount()];
        this.ceilingMib = new double[trace.vmCount()];
        for (int vm = 0; vm < floorMib.length; vm++) {
            floorMib[vm] = trace.floorMib(vm);
            ceilingMib[vm] = trace.ceilingMib(vm);
        }
        this.lastSample = demand.span().historySample() - 1;
        this.subStep = demand.span().subStep(demand.span().historySample());
        this.hostMib = limitMib;
    }

    void warmUp(int sample) {
        lastSample = sample;
        subStep = demand.span().subStep(sample) + 1;
        newSample = true;
    }

    void at(long now, double ceilingsPresentMib) {
        int known = (int) Math.floorDiv(now - 1, (long) demand.span().subStepsPerSample());
        newSample = known > lastSample;
        lastSample = known;
        subStep = now;
        hostMib = limited() ? limitMib : ceilingsPresentMib;
    }

    /**
     * Now.
     *
     * @return the sub-step that is about to be lived through
     */
    public long subStep() {
        return subStep;
    }

    /**
     * Now.
     *
     * @return second of the trace at which the sub-step begins
     */
    public long timeSeconds() {
        return subStep * Span.SUB_STEP_SECONDS;
    }

    /**
     * VMs of the trace, present or not.
     *
     * @return the count
     */
    public int vmCount() {
        return demandMib.length;
    }

    /**
     * A VM's name.
     *
     * @param vm its number
     * @return the name in the trace
     */
    public String name(int vm) {
        return trace.name(vm);
    }

    /**
     * How much a VM counts.
     *
     * @param vm its number
     * @return 0 lowest to 9 highest
     */
    public int priority(int vm) {
        return priority[vm];
    }

    /**
     * Whether a VM is there and can be acted on: it was there in the sub-step before too.
     *
     * @param vm its number
     * @return whether its demand is known and its target will be looked at
     */
    public boolean present(int vm) {
        return actable[vm];
    }

    /**
     * What a VM needed in the sub-step before, whether it had it or not.
     *
     * @param vm its number
     * @return MiB; of no meaning when it is not {@link #present}
     */
    public double demandMib(int vm) {
        return demandMib[vm];
    }

    /**
     * What a VM has.
     *
     * @param vm its number
     * @return MiB; 0 before it comes for the first time
     */
    public double allocationMib(int vm) {
        return allocationMib[vm];
    }

    /**
     * What a VM takes of the host.
     *
     * @param vm its number
     * @return MiB: its allocation, 0 while it is not there
     */
    public double allocatedMib(int vm) {
        return there[vm] ? allocationMib[vm] : 0;
    }

    /**
     * Least target of a VM.
     *
     * @param vm its number
     * @return MiB
     */
    public double floorMib(int vm) {
        return floorMib[vm];
    }

    /**
     * Largest target of a VM.
     *
     * @param vm its number
     * @return MiB
     */
    public double ceilingMib(int vm) {
        return ceilingMib[vm];
    }

    /**
     * The host's memory for VMs.
     *
     * @return MiB: the limit, without one the sum of the ceilings of the VMs that are there
     */
    public double hostMib() {
        return hostMib;
    }

    /**
     * Whether the host has a limit.
     *
     * @return false when every VM could have its ceiling
     */
    public boolean limited() {
        return limitMib < Double.POSITIVE_INFINITY;
    }

    /**
     * The grid.
     *
     * @return seconds from one sample to the next
     */
    public int sampleSeconds() {
        return trace.sampleSeconds();
    }

    /**
     * The first sample that may be looked at.
     *
     * @return its number
     */
    public int firstSample() {
        return demand.span().historySample();
    }

    /**
     * The newest sample that may be looked at.
     *
     * @return its number; one below {@link #firstSample()} when there is none yet
     */
    public int lastSample() {
        return lastSample;
    }

    /**
     * Whether the newest sample was not there at the call before.
     *
     * @return true once for each sample
     */
    public boolean newSample() {
        return newSample;
    }

    /**
     * Memory in use at a sample.
     *
     * @param vm its number
     * @param sample up to {@link #lastSample()}
     * @return MiB, at most the ceiling; NaN where missing
     */
    public double memoryUsedMib(int vm, int sample) {
        check(sample);
        return demand.sampledMemoryMib(vm, sample);
    }

    /**
     * Memory capacity at a sample, which may drift.
     *
     * @param vm its number
     * @param sample up to {@link #lastSample()}
     * @return MiB; NaN where missing
     */
    public double memoryCapMib(int vm, int sample) {
        check(sample);
        return trace.memoryCapMib(vm, sample);
    }

    /**
     * Cores in use at a sample.
     *
     * @param vm its number
     * @param sample up to {@link #lastSample()}
     * @return cores; NaN where missing
     */
    public double cpuUsedCores(int vm, int sample) {
        check(sample);
        return demand.sampledCpuCores(vm, sample);
    }

    /**
     * Virtual cores at a sample.
     *
     * @param vm its number
     * @param sample up to {@link #lastSample()}
     * @return cores; NaN where missing
     */
    public double cpuCapCores(int vm, int sample) {
        check(sample);
        return trace.cpuCapCores(vm, sample);
    }

    private void check(int sample) {
        if (sample > lastSample || sample < firstSample()) {
            throw new IllegalArgumentException(
                    "sample "
                            + sample
                            + " cannot be seen: only "
                            + firstSample()
                            + " to "
                            + lastSample
                            + " can.");
        }
    }
}
