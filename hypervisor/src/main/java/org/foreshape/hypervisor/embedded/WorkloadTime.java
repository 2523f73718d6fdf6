package org.foreshape.hypervisor.embedded;

/** The time of the curves: it stands still before its origin and after its end. Any thread. */
final class WorkloadTime {
    private final long originTimeNs;
    private volatile long endTimeNs = Long.MAX_VALUE;

    WorkloadTime(long originTimeNs) {
        this.originTimeNs = originTimeNs;
    }

    long originTimeNs() {
        return originTimeNs;
    }

    void endAt(long timeNs) {
        endTimeNs = timeNs;
    }

    /** Time of the curves at an engine time, not negative. */
    long elapsedNs(long timeNs) {
        return Math.max(0, Math.min(timeNs, endTimeNs) - originTimeNs);
    }
}
