package org.foreshape.shaping.simulation;

import java.util.Arrays;

/**
 * What a policy did to the VMs and to the host over the scored time, kept by VM, so that groups of
 * VMs can be weighed. Written by {@link Simulation}, then only read.
 */
public final class Score {
    private static final double SUB_STEPS_PER_HOUR = 3600.0 / Span.SUB_STEP_SECONDS;
    private static final double SUB_STEPS_PER_MINUTE = 60.0 / Span.SUB_STEP_SECONDS;
    private static final double MIB_PER_GIB = 1024;
    private static final double SHORT_MIB = 1;
    private static final double ACT_MIB = 1;
    private static final double STARVED_SHARE = .05;

    private final String policy;
    private final double hours;
    private final double[] staticMib;
    private final double[] reservedMib;
    private final double[] demandMib;
    private final double[] missingMib;
    private final long[] subSteps;
    private final long[] shortSubSteps;
    private final long[] starvedSubSteps;
    private final long[] decisionNs;
    private int decisions;
    private long growActs;
    private long shrinkActs;
    private double taskStartMissingMib;
    private long taskStartShortSubSteps;
    private long taskStarts;
    private long inversions;
    private final int[] priority;

    Score(String policy, Span span, int[] priority) {
        int vmCount = priority.length;
        this.policy = policy;
        this.priority = priority;
        this.hours = span.scoredHours();
        staticMib = new double[vmCount];
        reservedMib = new double[vmCount];
        demandMib = new double[vmCount];
        missingMib = new double[vmCount];
        subSteps = new long[vmCount];
        shortSubSteps = new long[vmCount];
        starvedSubSteps = new long[vmCount];
        decisionNs =
                new long
                        [(int)
                                (span.subStep(span.endSample())
                                        - span.subStep(span.scoredSample()))];
    }

    /** Counts one VM's sub-step. */
    void add(int vm, double allocation, double demand, double ceiling, double change) {
        subSteps[vm]++;
        staticMib[vm] += ceiling;
        reservedMib[vm] += allocation;
        demandMib[vm] += demand;
        missingMib[vm] += Math.max(0, demand - allocation);
        shortSubSteps[vm] += allocation + SHORT_MIB < demand ? 1 : 0;
        starvedSubSteps[vm] += allocation - demand < STARVED_SHARE * allocation ? 1 : 0;
        growActs += change > ACT_MIB ? 1 : 0;
        shrinkActs += change < -ACT_MIB ? 1 : 0;
    }

    /** Counts how long a decision took. */
    void addDecision(long ns) {
        decisionNs[decisions++] = ns;
    }

    /** Counts a VM's sub-step in which it stayed short while one that counts less had slack. */
    void addInversion() {
        inversions++;
    }

    void addTaskStart() {
        taskStarts++;
    }

    /** Counts a sub-step in the first minute after a task's start in a VM. */
    void addTaskStartSubStep(double allocation, double demand) {
        taskStartMissingMib += Math.max(0, demand - allocation);
        taskStartShortSubSteps += allocation + SHORT_MIB < demand ? 1 : 0;
    }

    /** MiB summed over sub-steps, as GiB h. */
    static double gibHours(double mibSubSteps) {
        return mibSubSteps / SUB_STEPS_PER_HOUR / MIB_PER_GIB;
    }

    /**
     * The policy.
     *
     * @return its name
     */
    public String policy() {
        return policy;
    }

    /**
     * VMs that were present for at least one scored sub-step.
     *
     * @return the count
     */
    public int vms() {
        return (int) Arrays.stream(subSteps).filter(count -> count > 0).count();
    }

    /**
     * Scored time.
     *
     * @return hours
     */
    public double hours() {
        return hours;
    }

    /**
     * What the VMs would have had at their ceilings while they were present.
     *
     * @return GiB h
     */
    public double staticGibHours() {
        return gibHours(sum(staticMib));
    }

    /**
     * What the VMs had.
     *
     * @return GiB h
     */
    public double reservedGibHours() {
        return gibHours(sum(reservedMib));
    }

    /**
     * What was not reserved of the ceilings.
     *
     * @return share of {@link #staticGibHours()}
     */
    public double savedFraction() {
        return 1 - sum(reservedMib) / sum(staticMib);
    }

    /**
     * What the VMs needed.
     *
     * @return GiB h
     */
    public double demandGibHours() {
        return gibHours(sum(demandMib));
    }

    /**
     * What they needed and had not.
     *
     * @return GiB h
     */
    public double shortfallGibHours() {
        return gibHours(sum(missingMib));
    }

    /**
     * How long VMs had at least 1 MiB less than they needed.
     *
     * @return minutes, summed over VMs
     */
    public double shortfallVmMinutes() {
        return Arrays.stream(shortSubSteps).sum() / SUB_STEPS_PER_MINUTE;
    }

    /**
     * The same as a share of the time for which VMs were present.
     *
     * @return 0 to 1
     */
    public double shortfallFraction() {
        return (double) Arrays.stream(shortSubSteps).sum() / Arrays.stream(subSteps).sum();
    }

    /**
     * Whether VMs counted differently.
     *
     * @return false when all had the same priority
     */
    public boolean ranked() {
        return Arrays.stream(priority).distinct().count() > 1;
    }

    /**
     * How long VMs of some priorities had at least 1 MiB less than they needed.
     *
     * @param from least priority
     * @param to greatest
     * @return minutes, summed over them
     */
    public double shortfallVmMinutes(int from, int to) {
        long sum = 0;
        for (int vm = 0; vm < priority.length; vm++) {
            sum += priority[vm] >= from && priority[vm] <= to ? shortSubSteps[vm] : 0;
        }
        return sum / SUB_STEPS_PER_MINUTE;
    }

    /**
     * What VMs of some priorities needed and had not.
     *
     * @param from least priority
     * @param to greatest
     * @return GiB h
     */
    public double shortfallGibHours(int from, int to) {
        double sum = 0;
        for (int vm = 0; vm < priority.length; vm++) {
            sum += priority[vm] >= from && priority[vm] <= to ? missingMib[vm] : 0;
        }
        return gibHours(sum);
    }

    /**
     * How long VMs stayed short, beyond the sub-step in which they came to be, while one of lower
     * priority had more than it needed and more than its floor.
     *
     * @return minutes, summed over VMs
     */
    public double inversionVmMinutes() {
        return inversions / SUB_STEPS_PER_MINUTE;
    }

    /**
     * How long VMs had less than 5 % of their allocation free.
     *
     * @return minutes, summed over VMs
     */
    public double starvedVmMinutes() {
        return Arrays.stream(starvedSubSteps).sum() / SUB_STEPS_PER_MINUTE;
    }

    /**
     * What was reserved and not used.
     *
     * @return GiB h
     */
    public double slackGibHours() {
        return gibHours(sum(reservedMib) - sum(demandMib) + sum(missingMib));
    }

    /**
     * Changes upwards of more than 1 MiB.
     *
     * @return the count
     */
    public long growActs() {
        return growActs;
    }

    /**
     * Changes downwards of more than 1 MiB.
     *
     * @return the count
     */
    public long shrinkActs() {
        return shrinkActs;
    }

    /**
     * Tasks that started in the scored time in a VM that was present.
     *
     * @return the count
     */
    public long taskStarts() {
        return taskStarts;
    }

    /**
     * Shortfall in the first minute after each task's start.
     *
     * @return GiB h
     */
    public double taskStartShortfallGibHours() {
        return gibHours(taskStartMissingMib);
    }

    /**
     * How long VMs were short in the first minute after each task's start.
     *
     * @return minutes, summed over tasks
     */
    public double taskStartShortfallVmMinutes() {
        return taskStartShortSubSteps / SUB_STEPS_PER_MINUTE;
    }

    /**
     * A quantile of the time that decisions took.
     *
     * @param q 0 to 1
     * @return microseconds, 0 without a clock
     */
    public double decisionUs(double q) {
        long[] sorted = Arrays.copyOf(decisionNs, decisions);
        Arrays.sort(sorted);
        return decisions == 0 ? 0 : sorted[(int) (q * (decisions - 1))] / 1000.0;
    }

    /**
     * Slack of one VM.
     *
     * @param vm its number
     * @return GiB h
     */
    public double slackGibHours(int vm) {
        return gibHours(reservedMib[vm] - demandMib[vm] + missingMib[vm]);
    }

    /**
     * Shortfall of one VM.
     *
     * @param vm its number
     * @return GiB h
     */
    public double shortfallGibHours(int vm) {
        return gibHours(missingMib[vm]);
    }

    /**
     * Demand of one VM.
     *
     * @param vm its number
     * @return GiB h
     */
    public double demandGibHours(int vm) {
        return gibHours(demandMib[vm]);
    }

    /**
     * How long one VM was short.
     *
     * @param vm its number
     * @return minutes
     */
    public double shortfallMinutes(int vm) {
        return shortSubSteps[vm] / SUB_STEPS_PER_MINUTE;
    }

    /**
     * How long one VM was present.
     *
     * @param vm its number
     * @return minutes
     */
    public double presentMinutes(int vm) {
        return subSteps[vm] / SUB_STEPS_PER_MINUTE;
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
