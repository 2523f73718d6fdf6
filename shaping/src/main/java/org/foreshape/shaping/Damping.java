package org.foreshape.shaping;

/**
 * How much memory may be taken from each VM now, and whether one more change of it would be too
 * many. Both are budgets that fill up with time: a guest gives memory only so fast, and one whose
 * size goes up and down with each forecast pays for it in page faults. Engine thread only.
 */
final class Damping {
    private static final long HOUR_NS = 3_600_000_000_000L;

    private static final long RETRY_NS = 500_000_000L;
    private static final long RETRY_NS_MAX = 60_000_000_000L;
    private static final int DOUBLINGS_MAX = 7;

    private final ShapingSettings settings;

    /** When memory was last taken; 0 for never. */
    final long[] shrinkTimeNs;

    private final long[] takeableKib;
    private final long[] takeableTimeNs;
    private final long[] changeBudgetNs;
    private final long[] changeTimeNs;

    Damping(int vmCountMax, ShapingSettings settings) {
        this.settings = settings;
        shrinkTimeNs = new long[vmCountMax];
        takeableKib = new long[vmCountMax];
        takeableTimeNs = new long[vmCountMax];
        changeBudgetNs = new long[vmCountMax];
        changeTimeNs = new long[vmCountMax];
    }

    /** Fills both budgets of a VM that has just come. */
    void begin(int slot, long nowNs) {
        takeableKib[slot] = settings.shrinkBurstKib();
        takeableTimeNs[slot] = nowNs;
        changeBudgetNs[slot] = HOUR_NS;
        changeTimeNs[slot] = nowNs;
    }

    /** Forgets the VM of a slot. */
    void clear(int slot) {
        shrinkTimeNs[slot] = 0;
        takeableKib[slot] = 0;
        takeableTimeNs[slot] = 0;
        changeBudgetNs[slot] = 0;
        changeTimeNs[slot] = 0;
    }

    /**
     * What may be taken now by the pace at which guests give.
     *
     * @param pace the VM's own factor of it
     */
    long takeable(int slot, double pace, long nowNs) {
        long elapsedNs = Math.max(0, nowNs - takeableTimeNs[slot]);
        long most = settings.shrinkBurstKib();
        if (elapsedNs >= HOUR_NS) {
            return most;
        }
        double paceKibPerS = settings.shrinkPaceKibPerS() * pace;
        return Math.min(most, takeableKib[slot] + (long) (paceKibPerS * (elapsedNs * 1e-9)));
    }

    /** Notes that so much is taken. */
    void take(int slot, long kib, double pace, long nowNs) {
        takeableKib[slot] = takeable(slot, pace, nowNs) - kib;
        takeableTimeNs[slot] = nowNs;
        shrinkTimeNs[slot] = nowNs;
    }

    /**
     * How long an act is not tried again that failed: what the hypervisor refused now it will most
     * likely refuse in 100 ms, too.
     *
     * @param failureCount failures in a row before this one
     */
    static long retryDelayNs(int failureCount) {
        return Math.min(RETRY_NS << Math.min(failureCount, DOUBLINGS_MAX), RETRY_NS_MAX);
    }

    /** Whether one more change in this hour would be too many. */
    boolean changedTooOften(int slot, long nowNs) {
        return changeBudget(slot, nowNs) < HOUR_NS / settings.changesPerHourMax();
    }

    /** Notes a change. */
    void change(int slot, long nowNs) {
        long spentNs = HOUR_NS / settings.changesPerHourMax();
        changeBudgetNs[slot] = Math.max(0, changeBudget(slot, nowNs) - spentNs);
        changeTimeNs[slot] = nowNs;
    }

    private long changeBudget(int slot, long nowNs) {
        long passedNs = Math.clamp(nowNs - changeTimeNs[slot], 0, HOUR_NS);
        return Math.min(HOUR_NS, changeBudgetNs[slot] + passedNs);
    }
}
