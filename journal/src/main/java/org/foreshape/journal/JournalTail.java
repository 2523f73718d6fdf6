package org.foreshape.journal;

import java.nio.file.Path;
import java.time.Instant;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.PressureSection;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;

/**
 * Renders records as one line each for people. Knows the VMs' names from the records it was shown,
 * so it should see a run from its first record on. Allocates. One thread at a time.
 */
public final class JournalTail {
    private static final int TEXT_CHARS_MAX = 120;

    private final VmNames names;

    /** A renderer that knows no VM yet. */
    public JournalTail() {
        this(new VmNames());
    }

    private JournalTail(VmNames names) {
        this.names = names;
    }

    /**
     * A renderer that knows the VMs whose arrival was pruned from a journal.
     *
     * @throws JournalException when what was kept of them is damaged
     */
    public static JournalTail of(Path directory) {
        return new JournalTail(VmNames.of(directory));
    }

    /** Learns the names in a record without rendering it. */
    public void observe(JournalReader reader, Tick tick) {
        names.observe(reader.runId(), tick);
    }

    /**
     * Renders a record, without a line break.
     *
     * @param reader stands at the record
     * @param tick was read from it
     */
    public String line(JournalReader reader, Tick tick) {
        observe(reader, tick);
        StringBuilder line = new StringBuilder();
        line.append(Instant.EPOCH.plusNanos(tick.timeNs))
                .append(" run ")
                .append(reader.runId())
                .append(" #")
                .append(tick.sequence)
                .append(' ');
        switch (tick.kind) {
            case SAMPLE -> sample(line, tick.sample);
            case TASK -> task(line, tick.task, tick.timeNs);
            case PRESSURE -> pressure(line, tick.pressure);
            case CONTROL -> control(line, tick.control);
            case OUTCOME -> outcome(line, tick.outcome);
            case LEARNT -> learnt(line.append("taken back: "), tick.learnt);
        }
        if (tick.kind != EventKind.LEARNT && tick.learnt.kind != LearntKind.NONE) {
            learnt(line.append("; kept: "), tick.learnt);
        }
        if (tick.forecast.slotCount > 0) {
            line.append("; forecast of ").append(tick.forecast.slotCount).append(" slots");
        }
        if (tick.plan.made) {
            plan(line, tick.plan);
        }
        return line.toString();
    }

    private static void sample(StringBuilder line, SampleSection sample) {
        int count = 0;
        long allocationKib = 0;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.present[slot]) {
                count++;
                allocationKib += Math.max(0, sample.allocationKib[slot]);
            }
        }
        line.append("sample: ").append(count).append(" VMs have ");
        mib(line, allocationKib).append(" MiB");
        if (sample.hostAvailableKib >= 0) {
            mib(line.append(", host has "), sample.hostAvailableKib).append(" MiB available");
        }
    }

    private void task(StringBuilder line, TaskSection task, long timeNs) {
        line.append("task ")
                .append(task.id)
                .append(" (")
                .append(task.type)
                .append(") ")
                .append(task.state);
        vm(line.append(" on "), task.vmSlot);
        if (!task.state.isTold()) {
            line.append(", starts in ")
                    .append((task.plannedStartTimeNs - timeNs) / 1_000_000_000)
                    .append(" s");
        }
        needs(
                line,
                "expects",
                task.expectedMemoryKib,
                task.expectedCpuMillicores,
                task.expectedStorageKib);
        needs(line, "used", task.actualMemoryKib, task.actualCpuMillicores, task.actualStorageKib);
    }

    private void needs(
            StringBuilder line, String verb, long memoryKib, long cpuMillicores, long storageKib) {
        if (memoryKib >= 0) {
            mib(line.append(", ").append(verb).append(' '), memoryKib).append(" MiB");
        }
        if (cpuMillicores >= 0) {
            line.append(", ").append(verb).append(' ').append(cpuMillicores / 1000.);
            line.append(" cores");
        }
        if (storageKib >= 0) {
            mib(line.append(", ").append(verb).append(' '), storageKib).append(" MiB of storage");
        }
    }

    private void pressure(StringBuilder line, PressureSection pressure) {
        line.append("pressure ").append(pressure.source);
        vm(line.append(" of "), pressure.vmSlot).append(": ").append(pressure.value);
    }

    private void control(StringBuilder line, ControlSection control) {
        line.append("control ").append(control.kind);
        switch (control.kind) {
            case VM_ARRIVED, VM_POLICY -> {
                vm(line.append(" of "), control.vmSlot)
                        .append(": ")
                        .append(control.mode)
                        .append(", priority ")
                        .append(control.priority)
                        .append(", floor ");
                mib(line, control.floorKib).append(" MiB, ceiling ");
                if (control.ceilingKib == Long.MAX_VALUE) {
                    line.append("none");
                } else {
                    mib(line, control.ceilingKib).append(" MiB");
                }
            }
            case VM_DEPARTED, SCULPTED -> vm(line.append(" of "), control.vmSlot);
            case BUDGET -> mib(line.append(" to "), control.amountKib).append(" MiB");
            case WARMTH ->
                    mib(vm(line.append(" of "), control.vmSlot).append(": "), control.amountKib)
                            .append(" MiB");
            case ENGINE_STARTED,
                    PAUSED,
                    RESUMED,
                    RESTORE,
                    MODEL_SWAPPED,
                    CONNECTION_LOST,
                    CONNECTION_BACK,
                    ENFORCEMENT_STOPPED,
                    INTENT_UNRESOLVED,
                    ENGINE_STOPPED,
                    SAVE,
                    JOURNAL_FULL,
                    JOURNAL_ROOM,
                    TUNED,
                    MODEL_DRIFTED,
                    TRAINING_STARTED,
                    MODEL_JUDGED -> {}
        }
        text(line, control.text.toString());
    }

    private void outcome(StringBuilder line, OutcomeSection outcome) {
        line.append("outcome of plan #")
                .append(outcome.planSequence)
                .append(": ")
                .append(outcome.actKind);
        vm(line.append(" of "), outcome.vmSlot)
                .append(" to ")
                .append(outcome.requested)
                .append(' ')
                .append(outcome.status)
                .append(" in ")
                .append(outcome.durationNs / 1_000_000)
                .append(" ms");
        if (outcome.errorCode != 0) {
            line.append(", code ").append(outcome.errorCode);
        }
        text(line, outcome.message.toString());
    }

    private void plan(StringBuilder line, PlanSection plan) {
        mib(line.append("; plan within "), plan.budgetKib)
                .append(" MiB, ")
                .append(plan.actCount)
                .append(" acts");
        for (int slot = 0; slot < plan.slotCount; slot++) {
            if (plan.verdict[slot] == Verdict.GROW || plan.verdict[slot] == Verdict.SHRINK) {
                line.append(", ")
                        .append(names.nameOf(slot))
                        .append(' ')
                        .append(plan.verdict[slot])
                        .append(' ');
                mib(line, plan.allocationKib[slot]).append(" to ");
                mib(line, plan.targetKib[slot])
                        .append(" MiB (")
                        .append(plan.reason[slot])
                        .append(", bound ")
                        .append(plan.limit[slot])
                        .append(')');
            }
        }
    }

    private static void learnt(StringBuilder line, LearntSection learnt) {
        line.append(learnt.kind)
                .append(" part ")
                .append(learnt.part + 1)
                .append(" of ")
                .append(learnt.partCount)
                .append(", ")
                .append(learnt.lengthBytes)
                .append(" bytes");
    }

    private StringBuilder vm(StringBuilder line, int slot) {
        return line.append(slot < 0 ? "host" : names.nameOf(slot));
    }

    private static StringBuilder mib(StringBuilder line, long kib) {
        return line.append(kib / 1024);
    }

    /** A control or message text may be a whole configuration: one line of it, cut, is enough. */
    private static void text(StringBuilder line, String text) {
        if (!text.isEmpty()) {
            String flat = text.replaceAll("[\\p{Cntrl} ]+", " ");
            line.append(": ")
                    .append(
                            flat.length() > TEXT_CHARS_MAX
                                    ? flat.substring(0, TEXT_CHARS_MAX) + "..."
                                    : flat);
        }
    }
}
