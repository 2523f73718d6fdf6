package org.foreshape.daemon.replay;

import java.util.PriorityQueue;
import org.foreshape.daemon.engine.DecisionStages;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.stage.Forecaster;
import org.foreshape.ring.stage.Shaper;

/**
 * One run of the engine lived through again by one policy. It hears what was recorded, but sees
 * what its own acts have made of the VMs, and its acts are answered as long after as the recorded
 * ones were. One thread.
 */
final class ReplayedPolicy implements AutoCloseable {
    private final DecisionStages stages;
    private final Forecaster forecaster;
    private final Shaper shaper;
    private final boolean tuned;
    private final boolean swapped;
    private final long answerNs;
    private final ReplayedHost host;
    private final Tick tick;
    private final Tick answer;
    private final PriorityQueue<Act> acts =
            new PriorityQueue<>((a, b) -> Long.compare(a.timeNs, b.timeNs));
    private long errorCount;

    /** An act that waits for its outcome. */
    private record Act(
            long timeNs, long planSequence, int slot, int generation, ActKind kind, long amount) {}

    /**
     * A policy before the first event of a run.
     *
     * @param policy which
     * @param run what the run decided with
     * @param answerNs how long after the plan an act is carried out
     * @param still when balloons do not follow
     */
    ReplayedPolicy(OtherPolicy policy, RecordedRun run, long answerNs, ReplayedHost.Still still) {
        RecordedRun own = policy.of(run);
        int vmCountMax = own.settings().vmCountMax();
        this.stages = own.open();
        this.tuned = policy.keepsTuning();
        this.swapped = policy.keepsModel();
        this.forecaster =
                swapped
                        ? RecordedRun.swapping(
                                stages,
                                failure -> {
                                    throw failure;
                                })
                        : stages.forecaster();
        this.shaper = policy.law() == OtherPolicy.Law.STATIC ? event -> {} : stages.shaper();
        this.answerNs = answerNs;
        this.host = new ReplayedHost(vmCountMax, still);
        this.tick = new Tick(vmCountMax);
        this.answer = new Tick(vmCountMax);
    }

    /**
     * Takes the reader's event.
     *
     * @param needKib what each VM with statistics needs by now, where the event is a sample
     * @return the event as this policy saw it, with what it decided; valid until the next call
     */
    Tick take(JournalReader reader, long[] needKib) {
        reader.readEvent(tick);
        answerUntil(tick.timeNs);
        host.advance(tick.timeNs);
        if (!hears(tick)) {
            return tick;
        }
        if (tick.kind == EventKind.SAMPLE) {
            host.rewrite(tick.sample, needKib);
        }
        decide(tick);
        order(tick);
        return tick;
    }

    /** Whether a plan of it broke an invariant, so that it acts no more. */
    boolean isStopped() {
        return stages.shaper().enforcementStopped();
    }

    /** How many stages failed. */
    long errorCount() {
        return errorCount;
    }

    /** What came of other acts is not heard, nor what followed from them. */
    private boolean hears(Tick event) {
        return switch (event.kind) {
            case OUTCOME, PRESSURE -> false;
            case CONTROL -> hears(event.control);
            case SAMPLE, TASK, LEARNT -> true;
        };
    }

    private boolean hears(ControlSection control) {
        switch (control.kind) {
            case VM_ARRIVED, VM_POLICY ->
                    host.shaped(control.vmSlot, control.mode == VmMode.ENFORCE);
            default -> {
                // The host is as before.
            }
        }
        return switch (control.kind) {
            case ENFORCEMENT_STOPPED -> false;
            case TUNED -> tuned;
            case MODEL_SWAPPED -> swapped;
            default -> true;
        };
    }

    private void decide(Tick event) {
        try {
            stages.history().observe(event);
            forecaster.forecast(event);
        } catch (Failure e) {
            throw e;
        } catch (RuntimeException e) {
            event.forecast.clear();
            errorCount++;
        }
        try {
            shaper.shape(event);
        } catch (RuntimeException e) {
            event.plan.clear();
            errorCount++;
        }
        stages.history().settle();
    }

    private void order(Tick event) {
        PlanSection plan = event.plan;
        for (int act = 0; act < plan.actCount; act++) {
            int slot = plan.actSlot[act];
            long timeNs = event.timeNs + answerNs;
            if (plan.actKind[act] == ActKind.RESIZE_MEMORY) {
                host.order(slot, plan.actAmount[act], timeNs);
            }
            acts.add(
                    new Act(
                            timeNs,
                            event.sequence,
                            slot,
                            plan.actGeneration[act],
                            plan.actKind[act],
                            plan.actAmount[act]));
        }
    }

    private void answerUntil(long timeNs) {
        for (Act act = acts.peek(); act != null && act.timeNs <= timeNs; act = acts.peek()) {
            acts.remove();
            host.advance(act.timeNs);
            answer.begin(EventKind.OUTCOME, act.timeNs);
            answer.sequence = act.planSequence;
            answer.outcome.planSequence = act.planSequence;
            answer.outcome.vmSlot = act.slot;
            answer.outcome.vmGeneration = act.generation;
            answer.outcome.actKind = act.kind;
            answer.outcome.requested = act.amount;
            answer.outcome.status = OutcomeStatus.DONE;
            answer.outcome.durationNs = answerNs;
            decide(answer);
        }
    }

    @Override
    public void close() {
        stages.close();
    }
}
