package org.foreshape.shaping;

import java.util.concurrent.atomic.AtomicLong;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.PressureSection;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.stage.Shaper;

/**
 * Shapes the memory of all VMs. Makes a plan on every sample, and at once when a guest reports that
 * it is starved, when a balloon has moved, and on a restore.
 *
 * <p>Every plan passes the guard before anything of it counts. A plan that would break an invariant
 * is replaced by one that does nothing, and enforcement stops until the operator resumes it; {@link
 * #enforcementStopped} tells.
 *
 * <p>Nothing on the way to a plan allocates. One thread shapes; the getters may be called from any
 * thread.
 */
public final class MemoryShaper implements Shaper {
    private final ShapingSettings settings;
    private final VmTable vms;
    private final Wants wants;
    private final Division division;
    private final Acts acts;
    private final Hands hands;
    private final PlanGuard guard;
    private final HostRisk risk;

    private long setBudgetKib;
    private boolean paused;
    private boolean journalFull;
    private boolean connected = true;
    private boolean restoring;
    private long restoreTimeNs;
    private long planTimeNs = Long.MIN_VALUE;

    private volatile boolean stopped;
    private final AtomicLong breachCount = new AtomicLong();
    private volatile Breach lastBreach = Breach.NONE;
    private volatile double chanceOverBudget;

    /**
     * A shaper that knows no VM yet.
     *
     * @param settings what decides plans besides the events
     * @param vmCountMax most VMs, as in the events
     */
    public MemoryShaper(ShapingSettings settings, int vmCountMax) {
        this.settings = settings;
        vms = new VmTable(vmCountMax, settings);
        wants = new Wants(vms, settings);
        risk = new HostRisk(vms, wants);
        division = new Division(vms, wants, risk, settings);
        acts = new Acts(vms, wants, division, settings);
        hands = new Hands(vms, wants, acts, settings);
        guard = new PlanGuard(vms, division, acts, hands, settings);
    }

    /** Whether a breach, or an {@code ENFORCEMENT_STOPPED} event, holds all acts back. */
    public boolean enforcementStopped() {
        return stopped;
    }

    /** How many plans the guard has turned down. */
    public long breachCount() {
        return breachCount.get();
    }

    /** Why it turned the last one down; {@link Breach#NONE} when it never did. */
    public Breach lastBreach() {
        return lastBreach;
    }

    /**
     * The chance, as of the last plan, that all VMs together will need more within five minutes
     * than the budget has, from the joint distribution of their forecasts.
     */
    public double chanceOverBudget() {
        return chanceOverBudget;
    }

    @Override
    public void shape(Tick tick) {
        switch (tick.kind) {
            case SAMPLE -> {
                vms.sample(tick.sample, tick.timeNs);
                hands.sample(tick.sample, tick.timeNs);
                wants.forecast(tick.forecast, tick.timeNs);
                risk.sample(tick.timeNs);
                plan(tick);
            }
            case PRESSURE -> pressure(tick);
            case CONTROL -> control(tick);
            case OUTCOME -> {
                vms.outcome(tick.outcome, tick.timeNs);
                hands.outcome(tick.outcome, tick.timeNs);
            }
            case TASK, LEARNT -> {
                // What they change comes with the forecast of the next sample.
            }
        }
    }

    private void pressure(Tick tick) {
        PressureSection pressure = tick.pressure;
        if (!vms.holds(pressure.vmSlot, pressure.vmGeneration) || pressure.value < 0) {
            return;
        }
        switch (pressure.source) {
            case BALLOON_CHANGE -> vms.balloonAt(pressure.vmSlot, pressure.value, tick.timeNs);
            case GUEST_STARVED -> vms.starvedAt(pressure.vmSlot, pressure.value, tick.timeNs);
            case PSI_MEMORY_SOME, PSI_MEMORY_FULL -> {
                return;
            }
        }
        plan(tick);
    }

    private void control(Tick tick) {
        ControlSection control = tick.control;
        switch (control.kind) {
            case VM_ARRIVED -> {
                vms.arrive(control, tick.timeNs);
                if (vms.holds(control.vmSlot, control.vmGeneration)) {
                    wants.forget(control.vmSlot);
                    hands.forget(control.vmSlot);
                }
            }
            case VM_DEPARTED -> vms.depart(control);
            case VM_POLICY -> vms.changePolicy(control);
            case PAUSED -> {
                paused = true;
                restoring = false;
            }
            case RESUMED -> {
                paused = false;
                restoring = false;
                stopped = false;
            }
            case RESTORE -> {
                paused = true;
                restoring = true;
                restoreTimeNs = tick.timeNs;
                plan(tick);
            }
            case BUDGET -> setBudgetKib = control.amountKib;
            case CONNECTION_LOST -> connected = false;
            case CONNECTION_BACK -> connected = true;
            case ENFORCEMENT_STOPPED -> stopped = true;
            case JOURNAL_FULL -> journalFull = true;
            case JOURNAL_ROOM -> journalFull = false;
            case WARMTH -> hands.warmth(control);
            case TUNED -> vms.tune(control);
            case SCULPTED -> hands.sculpted(control);
            case ENGINE_STARTED,
                    MODEL_SWAPPED,
                    INTENT_UNRESOLVED,
                    ENGINE_STOPPED,
                    SAVE,
                    MODEL_DRIFTED,
                    TRAINING_STARTED,
                    MODEL_JUDGED -> {
                // They change nothing that plans are made of.
            }
        }
    }

    private void plan(Tick tick) {
        PlanSection plan = tick.plan;
        long nowNs = tick.timeNs;
        planTimeNs = nowNs;
        vms.forgetLostActs(nowNs);
        plan.made = true;
        plan.deadlineTimeNs = nowNs + settings.actDeadlineNs();
        Breach breach = workOut(plan, nowNs);
        chanceOverBudget = risk.chanceAbove((double) plan.budgetKib - vms.foreignKib);
        if (breach != Breach.NONE) {
            turnDown(plan, breach);
            return;
        }
        commit(plan, tick.sequence, nowNs);
        if (restoring && restored(plan, nowNs)) {
            restoring = false;
        }
    }

    /** Writes targets and acts. Done again for the same moment, it changes nothing that lasts. */
    private Breach workOut(PlanSection plan, long nowNs) {
        boolean held = paused || stopped || journalFull;
        long committed = committed();
        long budget = budget(committed);
        plan.budgetKib = budget;
        long own = budget - vms.foreignKib;
        wants.work(nowNs, own - committed);
        division.divide(plan, own, held, restoring);
        acts.schedule(plan, nowNs, own, connected, held, restoring);
        hands.schedule(plan, nowNs, connected, held, restoring);
        return guard.check(plan, nowNs, own, connected, held, restoring);
    }

    /**
     * {@inheritDoc}
     *
     * <p>It is the last plan, worked out once more and thrown away.
     */
    @Override
    public void rehearsePlan(Tick scratch) {
        if (planTimeNs == Long.MIN_VALUE || restoring) {
            return;
        }
        wants.rehearse();
        risk.rehearse();
        division.discount.keep();
        workOut(scratch.plan, planTimeNs);
        division.discount.giveBack();
    }

    private void commit(PlanSection plan, long sequence, long nowNs) {
        for (int act = 0; act < plan.actCount; act++) {
            int slot = plan.actSlot[act];
            long amount = plan.actAmount[act];
            if (plan.actKind[act].resizes()) {
                vms.commit(slot, amount, sequence, nowNs);
            } else {
                hands.commit(slot, plan.actKind[act], amount, sequence, nowNs);
            }
        }
    }

    private long committed() {
        long sum = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            sum += vms.present[slot] ? vms.committed(slot) : 0;
        }
        return sum;
    }

    /** The operator's budget, else the host's memory less its reserve, else what is in use. */
    private long budget(long committedKib) {
        if (setBudgetKib > 0) {
            return setBudgetKib;
        }
        return vms.hostMemoryKib > 0
                ? Math.max(0, vms.hostMemoryKib - settings.hostReserveKib())
                : committedKib + vms.foreignKib;
    }

    /** A restore ends when nothing is left to do, after the sampler had time to see every VM. */
    private boolean restored(PlanSection plan, long nowNs) {
        long elapsedNs = nowNs - restoreTimeNs;
        if (elapsedNs > settings.restoreNsMax()) {
            return true;
        }
        if (elapsedNs < 2 * settings.staleNs() || plan.actCount > 0 || hands.undoes(nowNs)) {
            return false;
        }
        for (int slot = 0; slot < vms.slotCount; slot++) {
            long way = plan.targetKib[slot] - vms.allocationKib[slot];
            if (vms.present[slot]
                    && division.movable[slot]
                    && (Math.abs(way) > VmTable.TOLERANCE_KIB
                            || vms.inFlightKib[slot] != VmTable.NONE
                            || vms.commandKib[slot] != VmTable.NONE)) {
                return false;
            }
        }
        return true;
    }

    /** Makes a plan do nothing, and stops enforcement. */
    void turnDown(PlanSection plan, Breach breach) {
        lastBreach = breach;
        breachCount.incrementAndGet();
        stopped = true;
        restoring = false;
        plan.actCount = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            if (vms.present[slot]) {
                plan.targetKib[slot] = vms.allocationKib[slot];
                plan.verdict[slot] = Verdict.HOLD;
                plan.reason[slot] = Reason.NONE;
                plan.limit[slot] = Limit.MODE;
                plan.partnerSlot[slot] = -1;
            }
        }
    }
}
