package org.foreshape.hypervisor.embedded;

import org.foreshape.hypervisor.SamplingLoop;

/**
 * How an embedded hypervisor runs its guests.
 *
 * @param workerCount threads that do the guests' work, 1 or 2
 * @param stepWallNs wall time between two steps of a guest
 * @param samplePeriodNs engine time between two samples
 * @param scale reported KiB for each KiB of real memory: with 64, a guest that reports 1 GiB has 16
 *     MiB. Above 1 only the amounts are made up, not the faults
 * @param originTimeNs engine time at which every curve is at 0; negative: the start. Give the same
 *     to several hypervisors on one clock, and they see the same demand
 * @param hostMemoryKib size that the host reports, with what guests have resident taken off its
 *     available memory; 0: the real host's figures, times the scale
 * @param announceTasks whether the curves' tasks are published as task events
 * @param announceLeadNs how long before its planned start a task is announced, in engine time
 * @param freePageReporting whether memory that a workload frees goes to the host at once, as with a
 *     balloon device that reports free pages, or only when the balloon takes it
 */
public record EmbeddedOptions(
        int workerCount,
        long stepWallNs,
        long samplePeriodNs,
        int scale,
        long originTimeNs,
        long hostMemoryKib,
        boolean announceTasks,
        long announceLeadNs,
        boolean freePageReporting) {
    /** Checks the values. */
    public EmbeddedOptions {
        if (workerCount < 1 || workerCount > 2) {
            throw new IllegalArgumentException(
                    "workerCount is " + workerCount + ", must be 1 or 2");
        }
        if (stepWallNs <= 0 || samplePeriodNs <= 0 || scale < 1) {
            throw new IllegalArgumentException(
                    "stepWallNs %d, samplePeriodNs %d and scale %d must be above 0"
                            .formatted(stepWallNs, samplePeriodNs, scale));
        }
        if (hostMemoryKib < 0 || announceLeadNs < 0) {
            throw new IllegalArgumentException(
                    "hostMemoryKib %d and announceLeadNs %d must not be negative"
                            .formatted(hostMemoryKib, announceLeadNs));
        }
    }

    /** One worker, 20 ms steps, samples each second, real amounts, the real host, no tasks. */
    public static EmbeddedOptions defaults() {
        return new Builder().build();
    }

    /** Collects settings; what is not set has its default. Not for several threads. */
    public static final class Builder {
        private int workerCount = 1;
        private long stepWallNs = 20_000_000;
        private long samplePeriodNs = SamplingLoop.PERIOD_NS;
        private int scale = 1;
        private long originTimeNs = -1;
        private long hostMemoryKib;
        private boolean announceTasks;
        private long announceLeadNs;
        private boolean freePageReporting;

        /** Threads that do the guests' work; default 1. */
        public Builder workerCount(int count) {
            workerCount = count;
            return this;
        }

        /** Wall time between two steps of a guest; default 20 ms. */
        public Builder stepWallNs(long periodNs) {
            stepWallNs = periodNs;
            return this;
        }

        /** Engine time between two samples; default 1 s. */
        public Builder samplePeriodNs(long periodNs) {
            samplePeriodNs = periodNs;
            return this;
        }

        /** Reported KiB for each real KiB; default 1. */
        public Builder scale(int reportedPerReal) {
            scale = reportedPerReal;
            return this;
        }

        /** Engine time at which curves are at 0; default the start. */
        public Builder originTimeNs(long timeNs) {
            originTimeNs = timeNs;
            return this;
        }

        /** Size that the host reports; default the real host. */
        public Builder hostMemoryKib(long memoryKib) {
            hostMemoryKib = memoryKib;
            return this;
        }

        /** Publishes task events, this long before a task's planned start; default: none. */
        public Builder announceTasks(long leadNs) {
            announceTasks = true;
            announceLeadNs = leadNs;
            return this;
        }

        /** Gives freed memory to the host at once; default: when the balloon takes it. */
        public Builder freePageReporting(boolean report) {
            freePageReporting = report;
            return this;
        }

        /** The options. */
        public EmbeddedOptions build() {
            return new EmbeddedOptions(
                    workerCount,
                    stepWallNs,
                    samplePeriodNs,
                    scale,
                    originTimeNs,
                    hostMemoryKib,
                    announceTasks,
                    announceLeadNs,
                    freePageReporting);
        }
    }
}
