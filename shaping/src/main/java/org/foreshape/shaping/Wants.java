package org.foreshape.shaping;

import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Resource;

/**
 * What each VM wants, before anybody asks whether it is there: use plus a margin. The margin is the
 * reactive law's, or what the forecast's price says, whichever is greater; an emergency or a task
 * that is due raises it. Engine thread only.
 */
final class Wants {
    private static final long LAG_NS_MAX = 1_000_000_000L;

    private final ShapingSettings settings;
    private final VmTable vms;
    private final Price price;

    /** What the VM wants. */
    final long[] wantKib;

    /**
     * The part of the want that does not rest on the forecast alone: use and margin, a task that is
     * due, an emergency.
     */
    final long[] firmKib;

    /** What it may keep while nobody else needs it. */
    final long[] comfortKib;

    /** Why it wants that. */
    final Reason[] reason;

    /** Whether it is starved or will be before an act could land. */
    final boolean[] urgent;

    /** Whether memory may be taken from it. */
    final boolean[] shrinkable;

    /** How long it takes to make memory resident; 0 until it was measured. */
    final double[] prefaultNsPerKib;

    /** What is forecast of it. */
    final Peaks peaks;

    /** What comes of rehearsals: written, lest the compiler leave them out. */
    long rehearsedKib;

    private final long[] forecastLevelKib;
    private final long[] forecastRiseKib;
    private final long[] taskKib;
    private final long[] taskStartTimeNs;
    private final long[] taskBaseKib;

    Wants(VmTable vms, ShapingSettings settings) {
        this.settings = settings;
        this.vms = vms;
        price = new Price(settings);
        int count = vms.vmCountMax;
        wantKib = new long[count];
        firmKib = new long[count];
        comfortKib = new long[count];
        reason = new Reason[count];
        urgent = new boolean[count];
        shrinkable = new boolean[count];
        prefaultNsPerKib = new double[count];
        peaks = new Peaks(count);
        forecastLevelKib = new long[count];
        forecastRiseKib = new long[count];
        taskKib = new long[count];
        taskStartTimeNs = new long[count];
        taskBaseKib = new long[count];
        for (int slot = 0; slot < count; slot++) {
            forget(slot);
        }
    }

    /** Forgets what was known of a slot's VM. */
    void forget(int slot) {
        reason[slot] = Reason.NONE;
        peaks.forget(slot);
        taskKib[slot] = 0;
        taskStartTimeNs[slot] = Long.MAX_VALUE;
        taskBaseKib[slot] = VmTable.NONE;
    }

    /** Takes the forecasts of a sample event in; call it after the sample itself. */
    void forecast(ForecastSection section, long nowNs) {
        for (int slot = 0; slot < vms.slotCount; slot++) {
            boolean told = slot < section.slotCount && vms.present[slot];
            int near = ForecastSection.offset(slot, Resource.MEMORY, Horizon.MINUTES_5);
            boolean known =
                    told
                            && section.source[slot] != ForecastSource.NONE
                            && peaks.take(slot, section.quantile, near, vms.usedKib[slot]);
            if (known) {
                forecastLevelKib[slot] = level(slot, 1);
                forecastRiseKib[slot] =
                        (long) section.quantile[near + Quantiles.P95] - vms.usedKib[slot];
            } else {
                peaks.forget(slot);
                forecastRiseKib[slot] = 0;
            }
            task(
                    slot,
                    told ? Math.max(0, section.taskKib[slot]) : 0,
                    told ? section.taskStartTimeNs[slot] : Long.MAX_VALUE,
                    nowNs);
        }
    }

    /** Takes the last forecasts in once more: the same comes of it. */
    void rehearse() {
        long sum = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (peaks.known[slot]) {
                peaks.take(slot, peaks.quantileKib, slot * Quantiles.COUNT, peaks.useKib[slot]);
                // Not into its place: what it follows from may have changed since.
                sum += level(slot, 1);
            }
        }
        rehearsedKib = sum;
    }

    /**
     * Works out every want.
     *
     * @param freeKib what is left of the budget, for how long memory for a task must be gathered
     */
    void work(long nowNs, long freeKib) {
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (vms.present[slot]) {
                work(slot, nowNs, freeKib);
            }
        }
    }

    /**
     * The greatest rise that the forecast of any one VM holds for likely, above the margin it has
     * anyway: as much must be free for a surprise to be met at once.
     */
    long surpriseKib() {
        long greatest = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (vms.present[slot]) {
                greatest = Math.max(greatest, forecastRiseKib[slot] - vms.margin(slot));
            }
        }
        return greatest;
    }

    /**
     * What the VM would want if a short minute were worth less: with a higher discount it is never
     * more. Only what rests on a forecast alone changes.
     *
     * @param discount 1 for the operator's price
     */
    long wantKib(int slot, double discount) {
        return reason[slot] == Reason.FORECAST
                ? Math.max(firmKib[slot], level(slot, discount))
                : wantKib[slot];
    }

    private long level(int slot, double discount) {
        return price.level(peaks, slot, vms.priority[slot], discount / vms.knobs.price[slot]);
    }

    /** Time until the VM's next announced task starts; the greatest value when there is none. */
    long nextTaskNs(int slot, long nowNs) {
        return taskKib[slot] > 0 && taskStartTimeNs[slot] > nowNs
                ? taskStartTimeNs[slot] - nowNs
                : Long.MAX_VALUE;
    }

    private void work(int slot, long nowNs, long freeKib) {
        long allocation = vms.allocationKib[slot];
        long used = vms.usedKib[slot];
        boolean fresh = vms.fresh(slot, nowNs);
        boolean starved = vms.starved(slot);
        urgent[slot] = starved;
        shrinkable[slot] =
                fresh
                        && nowNs >= vms.obedience.backoffUntilNs[slot]
                        && vms.obedience.retractKib[slot] == VmTable.NONE;
        if (!fresh && !starved) {
            wantKib[slot] = allocation;
            comfortKib[slot] = allocation;
            reason[slot] = Reason.STALE;
        } else {
            calm(slot, nowNs, freeKib);
            if (starved) {
                starve(slot, nowNs);
            } else if (fallingFast(slot, nowNs)) {
                long rise = inLead(slot, nowNs);
                long grant = used + vms.margin(slot) + Math.max(rise, settings.fastGrantKib());
                wantKib[slot] = Math.max(wantKib[slot], grant);
                reason[slot] = Reason.FALLING_FAST;
                urgent[slot] = true;
            }
            comfortKib[slot] = Math.max(comfortKib[slot], wantKib[slot]);
        }
        firmKib[slot] =
                reason[slot] == Reason.FORECAST
                        ? Math.min(wantKib[slot], used + vms.margin(slot))
                        : wantKib[slot];
        if (urgent[slot]) {
            shrinkable[slot] = false;
        }
        if (vms.obedience.retractKib[slot] != VmTable.NONE) {
            wantKib[slot] = Math.max(wantKib[slot], vms.obedience.retractKib[slot]);
            firmKib[slot] = Math.max(firmKib[slot], vms.obedience.retractKib[slot]);
            comfortKib[slot] = Math.max(comfortKib[slot], wantKib[slot]);
            if (!urgent[slot]) {
                reason[slot] = Reason.UNCOOPERATIVE;
            }
        }
    }

    /** The want of a VM that is not in an emergency. */
    private void calm(int slot, long nowNs, long freeKib) {
        long margin = vms.margin(slot);
        long want = vms.usedKib[slot] + margin;
        reason[slot] = Reason.REACTIVE;
        if (peaks.known[slot]) {
            want = Math.max(want, forecastLevelKib[slot]);
            reason[slot] = Reason.FORECAST;
        }
        if (taskKib[slot] > 0) {
            long need = Math.max(0, taskBaseKib[slot]) + taskKib[slot] + margin;
            if (need > want && due(slot, nowNs, need - vms.allocationKib[slot], freeKib)) {
                want = need;
                reason[slot] = Reason.TASK;
            }
        }
        wantKib[slot] = want;
        comfortKib[slot] = want + settings.ampleHeadroomKib();
    }

    /** The reactive law for a starved VM: its true need is hidden, so the grant is generous. */
    private void starve(int slot, long nowNs) {
        long used = vms.usedKib[slot];
        long share = used + used * settings.starvedGrowthPermille() / 1000;
        long grant = Math.max(share, used + settings.starvedStepKib()) + inLead(slot, nowNs);
        wantKib[slot] = Math.max(wantKib[slot], grant);
        reason[slot] = Reason.STARVED;
    }

    private boolean fallingFast(int slot, long nowNs) {
        double rate = vms.gauge.riseKibPerS[slot];
        return rate >= settings.fastFallKibPerS()
                && vms.usable(slot) - rate * lagNs(slot, nowNs) * 1e-9
                        < rate * settings.exhaustionNs() * 1e-9;
    }

    /** What the use rises by until an act can have landed. */
    private long inLead(int slot, long nowNs) {
        double rate = Math.max(0, vms.gauge.riseKibPerS[slot]);
        return (long)
                (rate * (settings.leadNs() * vms.knobs.lead[slot] + lagNs(slot, nowNs)) * 1e-9);
    }

    private long lagNs(int slot, long nowNs) {
        return Math.clamp(nowNs - vms.statsTimeNs[slot], 0, LAG_NS_MAX);
    }

    /** Whether the task is nearer than it takes to gather, grant and populate its memory. */
    private boolean due(int slot, long nowNs, long gapKib, long freeKib) {
        if (gapKib <= 0) {
            return true;
        }
        double grantNs = gapKib * 1e9 / vms.gauge.growPaceKibPerS[slot];
        double takePace =
                Math.min(
                        settings.shrinkPaceKibPerS() * vms.knobs.pace[slot],
                        (double) vms.gauge.takePaceKibPerS);
        double gatherNs = Math.max(0, gapKib - Math.max(0, freeKib)) * 1e9 / takePace;
        double prefaultNs = Hands.LEAD_FACTOR * gapKib * prefaultNsPerKib[slot];
        return taskStartTimeNs[slot] - nowNs
                <= settings.taskLeadNs() + grantNs + gatherNs + prefaultNs;
    }

    /** Tasks come on top of what the VM used before the first of them started. */
    private void task(int slot, long kib, long startTimeNs, long nowNs) {
        taskKib[slot] = kib;
        taskStartTimeNs[slot] = startTimeNs;
        if (kib == 0) {
            taskBaseKib[slot] = VmTable.NONE;
        } else if (nowNs < startTimeNs || taskBaseKib[slot] == VmTable.NONE) {
            taskBaseKib[slot] = vms.usedKib[slot];
        }
    }
}
