package org.foreshape.inference;

import java.util.Arrays;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;

/**
 * Watches over a model in service: holds its forecasts of the peak within 5 minutes, and the plain
 * forecaster's, against what then came, and says of which VMs the plain one shall speak.
 *
 * <p>One forecast of each VM is open at a time, so that horizons do not overlap: the one that was
 * given with the first sample of each 5 minutes of the events' time. Both are scored on the samples
 * that followed until the next 5 minutes began, by pinball loss over all quantiles, in percent of
 * the VM's capacity. A VM is given to the plain forecaster when that was the better one of late,
 * and its own {@link DriftEvidence} or that of all VMs together is an alarm; it goes back to the
 * model when that has shown to be better again, and at once when another model takes over.
 *
 * <p>All of it follows from the events alone. All memory is taken at construction; nothing
 * allocates later. Engine thread only, but for the counts.
 */
public final class DriftWatch {
    /** Numbers that {@link #save} gives per VM. */
    static final int STATE_SIZE = DriftEvidence.STATE_SIZE + 3;

    private static final int RESOURCES = FeatureSchema.RESOURCE_COUNT;
    private static final int LEVELS = Quantiles.COUNT;
    private static final int ROW = RESOURCES * LEVELS;
    private static final long HORIZON_NS = Horizon.MINUTES_5.durationNs();

    /** Statistics that are older at the end of a horizon do not tell how high its peak was. */
    private static final long STALE_NS = 60_000_000_000L;

    /** Below this a difference is nobody's gain: 1 MiB of a VM of 2 GiB. */
    private static final float NEGLIGIBLE_PERCENT = .05f;

    /** Weight of the past in what counts as of late: half is gone after a quarter of an hour. */
    private static final float KEEP = .8f;

    private final SampleHistory history;
    private final DriftEvidence evidence;
    private final boolean on;
    private final int all;
    private final boolean[] open;
    private final boolean[] drifted;
    private final float[] ofModel;
    private final float[] ofPlain;
    private final float[] unit;
    private final float[] peak;
    private final float[] recentModel;
    private final float[] recentPlain;
    private final float[] above = new float[RESOURCES];
    private final float[] below = new float[RESOURCES];
    private final float[] modelLoss = new float[RESOURCES];
    private final float[] plainLoss = new float[RESOURCES];
    private float recentModelOfAll;
    private float recentPlainOfAll;
    private int scored;
    private long horizon = Long.MIN_VALUE;
    // Written by the engine's thread only; volatile so that other threads read whole values.
    private volatile boolean alarmed;
    private volatile long alarms;
    private volatile int driftedVms;
    private volatile float aboveShare;
    private volatile float belowShare;
    private volatile float lossRatio;

    /**
     * A watch over VMs without evidence.
     *
     * @param history what came
     * @param falseAlarmHorizons horizons between two false alarms, in the mean, at least, for each
     *     VM and for all together; 0: no watch, and no VM ever drifts
     */
    DriftWatch(SampleHistory history, int falseAlarmHorizons) {
        int slots = history.slotCount();
        this.history = history;
        this.on = falseAlarmHorizons > 0;
        this.all = slots;
        this.evidence = new DriftEvidence(slots + 1, falseAlarmHorizons);
        this.open = new boolean[slots];
        this.drifted = new boolean[slots];
        this.ofModel = new float[slots * ROW];
        this.ofPlain = new float[slots * ROW];
        this.unit = new float[slots * RESOURCES];
        this.peak = new float[slots * RESOURCES];
        this.recentModel = new float[slots];
        this.recentPlain = new float[slots];
    }

    /**
     * Whether there is a watch at all.
     *
     * @return false when no VM ever drifts
     */
    public boolean isOn() {
        return on;
    }

    /** Whether the plain forecaster shall speak of a VM whose model has an answer. */
    boolean isDrifted(int slot) {
        return drifted[slot];
    }

    /** Another VM takes a slot, or its forecasts begin anew. */
    void reset(int slot) {
        evidence.reset(slot);
        open[slot] = false;
        drifted[slot] = false;
        recentModel[slot] = 0;
        recentPlain[slot] = 0;
    }

    /** Another model speaks. */
    void startAnew() {
        for (int slot = 0; slot < open.length; slot++) {
            reset(slot);
        }
        evidence.reset(all);
        recentModelOfAll = 0;
        recentPlainOfAll = 0;
        alarmed = false;
        driftedVms = 0;
    }

    /**
     * Takes a sample in that the history has.
     *
     * @return whether a horizon begins with it: {@link #keep} the forecasts that are given now
     */
    boolean follow(Tick tick) {
        if (!on) {
            return false;
        }
        long now = Math.floorDiv(tick.timeNs, HORIZON_NS);
        if (now == horizon) {
            raise(peak, history.latestPercents(), peak.length);
            return false;
        }
        if (now == horizon + 1) {
            close(tick);
        }
        horizon = now;
        Arrays.fill(open, false);
        Arrays.fill(peak, 0f);
        return true;
    }

    private static void raise(float[] peak, float[] latest, int count) {
        for (int k = 0; k < count; k++) {
            peak[k] = Math.max(peak[k], latest[k]);
        }
    }

    /**
     * Keeps what is forecast of a VM, to be scored when the horizon has passed.
     *
     * @param forecast the model's row, in the VM's own units
     */
    void keep(int slot, float[] forecast) {
        open[slot] = true;
        for (int resource = 0; resource < RESOURCES; resource++) {
            float one = history.units()[slot * RESOURCES + resource];
            unit[slot * RESOURCES + resource] = one;
            int from = FeatureSchema.outputIndex(resource, 0, 0);
            int to = slot * ROW + resource * LEVELS;
            for (int q = 0; q < LEVELS; q++) {
                ofModel[to + q] = forecast[from + q] / one;
            }
            int series = slot * RESOURCES + resource;
            history.rises().write(series, 0, history.latestPercents()[series], 1f, ofPlain, to);
        }
    }

    private void close(Tick tick) {
        scored = 0;
        Arrays.fill(above, 0f);
        Arrays.fill(below, 0f);
        Arrays.fill(modelLoss, 0f);
        Arrays.fill(plainLoss, 0f);
        for (int slot = 0; slot < open.length; slot++) {
            if (open[slot] && isKnown(slot, tick)) {
                score(slot);
            }
        }
        if (scored > 0) {
            judgeAll();
        }
        int count = 0;
        for (int slot = 0; slot < open.length; slot++) {
            // A model may miss its levels and still be the better one.
            drifted[slot] |=
                    (alarmed || evidence.isOver(slot))
                            && recentModel[slot] > recentPlain[slot] + NEGLIGIBLE_PERCENT;
            count += drifted[slot] && history.isAlive(slot) ? 1 : 0;
        }
        driftedVms = count;
    }

    /** Whether the peaks of a horizon are those of the VM, to its end. */
    private boolean isKnown(int slot, Tick tick) {
        SampleSection sample = tick.sample;
        boolean sameUnits = true;
        boolean seen = true;
        for (int s = slot * RESOURCES; s < (slot + 1) * RESOURCES; s++) {
            sameUnits &= unit[s] == history.units()[s];
            seen &= !Float.isNaN(peak[s]);
        }
        return sameUnits
                && seen
                && history.isAlive(slot)
                && sample.hasGuestStats(slot)
                && tick.timeNs - sample.statsTimeNs[slot] <= STALE_NS;
    }

    private void score(int slot) {
        scored++;
        float modelSum = 0;
        float plainSum = 0;
        float relativeSum = 0;
        for (int resource = 0; resource < RESOURCES; resource++) {
            int at = slot * ROW + resource * LEVELS;
            float came = peak[slot * RESOURCES + resource];
            float lossOfModel = (float) Quantiles.pinballLoss(ofModel, at, came);
            float lossOfPlain = (float) Quantiles.pinballLoss(ofPlain, at, came);
            float over = came > ofModel[at + Quantiles.P95] + NEGLIGIBLE_PERCENT ? 1 : 0;
            float under = came < ofModel[at] - NEGLIGIBLE_PERCENT ? 1 : 0;
            float relative =
                    (lossOfModel - lossOfPlain) / (lossOfModel + lossOfPlain + NEGLIGIBLE_PERCENT);
            evidence.take(slot, resource, over, under, relative);
            above[resource] += over;
            below[resource] += under;
            modelLoss[resource] += lossOfModel;
            plainLoss[resource] += lossOfPlain;
            modelSum += lossOfModel;
            plainSum += lossOfPlain;
            relativeSum += relative;
        }
        recentModel[slot] = KEEP * recentModel[slot] + modelSum;
        recentPlain[slot] = KEEP * recentPlain[slot] + plainSum;
        if (drifted[slot] && evidence.isBack(slot, relativeSum / RESOURCES)) {
            drifted[slot] = false;
            evidence.reset(slot);
        }
    }

    // One writer: the engine's thread.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void judgeAll() {
        float relativeSum = 0;
        recentModelOfAll *= KEEP;
        recentPlainOfAll *= KEEP;
        for (int resource = 0; resource < RESOURCES; resource++) {
            recentModelOfAll += modelLoss[resource];
            recentPlainOfAll += plainLoss[resource];
            float sum = modelLoss[resource] + plainLoss[resource] + scored * NEGLIGIBLE_PERCENT;
            float relative = (modelLoss[resource] - plainLoss[resource]) / sum;
            evidence.take(
                    all, resource, above[resource] / scored, below[resource] / scored, relative);
            relativeSum += relative;
        }
        aboveShare = above[FeatureSchema.MEMORY] / scored;
        belowShare = below[FeatureSchema.MEMORY] / scored;
        lossRatio = modelLoss[FeatureSchema.MEMORY] / plainLoss[FeatureSchema.MEMORY];
        if (alarmed) {
            if (evidence.isBack(all, relativeSum / RESOURCES)) {
                alarmed = false;
                evidence.reset(all);
            }
        } else if (evidence.isOver(all)
                && recentModelOfAll > recentPlainOfAll + scored * NEGLIGIBLE_PERCENT) {
            alarmed = true;
            alarms++;
        }
    }

    /** Copies a VM's state out, for a journal. */
    void save(int slot, float[] out, int at) {
        evidence.save(slot, out, at);
        out[at + DriftEvidence.STATE_SIZE] = recentModel[slot];
        out[at + DriftEvidence.STATE_SIZE + 1] = recentPlain[slot];
        out[at + DriftEvidence.STATE_SIZE + 2] = drifted[slot] ? 1 : 0;
    }

    /** Takes a VM's state back; forecasts that were open are not part of it. */
    void restore(int slot, float[] state, int at) {
        reset(slot);
        if (!on) {
            return;
        }
        evidence.restore(slot, state, at);
        recentModel[slot] = state[at + DriftEvidence.STATE_SIZE];
        recentPlain[slot] = state[at + DriftEvidence.STATE_SIZE + 1];
        drifted[slot] = state[at + DriftEvidence.STATE_SIZE + 2] != 0;
    }

    /**
     * Whether the model is out of its bounds over the VMs together, and no other one took its place
     * since.
     *
     * @return as of the last horizon that has passed; any thread
     */
    public boolean isAlarmed() {
        return alarmed;
    }

    /**
     * Alarms over the VMs together since the start.
     *
     * @return the count; any thread
     */
    public long alarms() {
        return alarms;
    }

    /**
     * VMs of which the plain forecaster speaks in the place of the model.
     *
     * @return the count, as of the last horizon that has passed; any thread
     */
    public int driftedVms() {
        return driftedVms;
    }

    /**
     * How often the peak of memory lay above its .95 quantile in the last horizon.
     *
     * @return the share of VMs; any thread
     */
    public float aboveShare() {
        return aboveShare;
    }

    /**
     * How often it lay below its .05 quantile.
     *
     * @return the share of VMs; any thread
     */
    public float belowShare() {
        return belowShare;
    }

    /**
     * The model's pinball loss of memory by the plain forecaster's, in the last horizon.
     *
     * @return the ratio; above 1 the plain one was better; any thread
     */
    public float lossRatio() {
        return lossRatio;
    }
}
