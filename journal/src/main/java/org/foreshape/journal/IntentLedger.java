package org.foreshape.journal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;

/** Which acts have no outcome yet, in the order of their plans. */
final class IntentLedger {
    /** An open intent and where its plan lies. */
    record Open(Intent intent, Place place) {}

    private final VmNames names = new VmNames();
    private final Map<String, Open> open = new LinkedHashMap<>();
    private long outcomeCount;

    /** Takes the reader's present record in. */
    void observe(JournalReader reader, Tick tick) {
        observe(reader.runId(), tick);
        open(reader, tick.plan);
    }

    /** Takes an event in that has no plan. */
    void observe(long runId, Tick tick) {
        names.observe(runId, tick);
        switch (tick.kind) {
            case OUTCOME -> close(runId, tick.outcome);
            case CONTROL -> {
                if (tick.control.kind == ControlKind.INTENT_UNRESOLVED) {
                    String text = tick.control.text.toString();
                    open.remove(text.substring(0, Math.max(0, text.indexOf(": "))));
                }
            }
            case SAMPLE, TASK, PRESSURE, LEARNT -> {}
        }
    }

    private void open(JournalReader reader, PlanSection plan) {
        for (int act = 0; act < plan.actCount; act++) {
            VmNames.Vm vm = names.find(plan.actSlot[act], plan.actGeneration[act]);
            Intent intent =
                    new Intent(
                            reader.runId(),
                            reader.eventSequence(),
                            plan.actSlot[act],
                            plan.actGeneration[act],
                            plan.actKind[act],
                            plan.actAmount[act],
                            reader.timeNs(),
                            vm == null ? null : vm.name(),
                            vm == null ? null : vm.uuid());
            open.put(intent.key(), new Open(intent, reader.place()));
        }
    }

    private void close(long runId, OutcomeSection outcome) {
        outcomeCount++;
        open.remove(
                Intent.key(
                        runId,
                        outcome.planSequence,
                        outcome.vmSlot,
                        outcome.vmGeneration,
                        outcome.actKind));
    }

    long outcomeCount() {
        return outcomeCount;
    }

    VmNames names() {
        return names;
    }

    List<Open> open() {
        return List.copyOf(open.values());
    }
}
