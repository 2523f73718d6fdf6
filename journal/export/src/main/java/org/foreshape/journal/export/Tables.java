package org.foreshape.journal.export;

import static org.foreshape.journal.export.Column.flag;
import static org.foreshape.journal.export.Column.known;
import static org.foreshape.journal.export.Column.real;
import static org.foreshape.journal.export.Column.small;
import static org.foreshape.journal.export.Column.text;
import static org.foreshape.journal.export.Column.time;
import static org.foreshape.journal.export.Column.whole;
import static org.foreshape.journal.export.Column.word;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.VmMode;
import org.jspecify.annotations.Nullable;

/** The tables of what is news: one row for each record. */
final class Tables {
    private Tables() {}

    /** Every table, in the order of the documentation. */
    static List<Table> all() {
        return List.of(
                SlotTables.samples(),
                SlotTables.hostSamples(),
                SlotTables.forecasts(),
                SlotTables.plans(),
                SlotTables.acts(),
                outcomes(),
                tasks(),
                pressures(),
                controls(),
                learnt());
    }

    /** A table whose columns begin with what every record has. */
    static Table table(
            String name,
            String meaning,
            Table.Concerns concerns,
            Table.Rows rows,
            Column... columns) {
        List<Column> all = new ArrayList<>();
        all.add(time("time", "engine time of the event", row -> row.reader.timeNs()));
        all.add(whole("run", "number of the run in the journal", row -> row.reader.runId()));
        all.add(
                whole(
                        "event",
                        "number of the event in its run",
                        row -> row.reader.eventSequence()));
        all.add(
                whole(
                        "record",
                        "number of the record in the journal",
                        row -> row.reader.recordSequence()));
        all.addAll(List.of(columns));
        return new Table(name, meaning, List.copyOf(all), concerns, rows);
    }

    private static Table of(String name, String meaning, EventKind kind, Column... columns) {
        return table(
                name,
                meaning,
                each -> each == kind,
                (tick, from) -> from == 0 && tick.kind == kind ? 0 : Table.NONE,
                columns);
    }

    /** A table of records of one VM each; the columns that say which stand after some others. */
    private static Table ofVm(
            String name,
            String meaning,
            EventKind kind,
            List<Column> before,
            String slotMeaning,
            ToIntFunction<Row> slot,
            ToIntFunction<Row> generation,
            Column... after) {
        List<Column> columns = new ArrayList<>(before);
        columns.addAll(vm(slotMeaning, slot, generation));
        columns.addAll(List.of(after));
        return of(name, meaning, kind, columns.toArray(Column[]::new));
    }

    /** The three columns that say which VM a row is of. */
    static List<Column> vm(
            String slotMeaning, ToIntFunction<Row> slot, ToIntFunction<Row> generation) {
        return List.of(
                small("slot", slotMeaning, slot),
                small("generation", "which VM of that slot", generation),
                text(
                        "vm",
                        "name of that VM",
                        row -> row.vmName(slot.applyAsInt(row), generation.applyAsInt(row))));
    }

    private static Table outcomes() {
        return ofVm(
                "outcomes",
                "What came of an act.",
                EventKind.OUTCOME,
                List.of(
                        whole(
                                "plan_event",
                                "number of the event in the run whose plan held the act",
                                row -> row.tick.outcome.planSequence)),
                "the VM's slot",
                row -> row.tick.outcome.vmSlot,
                row -> row.tick.outcome.vmGeneration,
                word("act", "what was done", ActKind.class, row -> row.tick.outcome.actKind),
                whole(
                        "requested",
                        "what was to be set: KiB, for vCPUs their number",
                        row -> row.tick.outcome.requested),
                word(
                        "status",
                        "what came of it",
                        OutcomeStatus.class,
                        row -> row.tick.outcome.status),
                whole("duration_ns", "how long it took", row -> row.tick.outcome.durationNs),
                whole(
                        "error_code",
                        "of the hypervisor; 0 for none",
                        row -> row.tick.outcome.errorCode),
                text("message", "what went wrong", row -> row.tick.outcome.message.toString()));
    }

    private static Table tasks() {
        return ofVm(
                "tasks",
                "What is known of a task from here on.",
                EventKind.TASK,
                List.of(
                        text("task", "its id", row -> row.tick.task.id.toString()),
                        text("type", "its type", row -> row.tick.task.type.toString()),
                        word("state", "where it is", TaskState.class, row -> row.tick.task.state)),
                "slot of its VM",
                row -> row.tick.task.vmSlot,
                row -> row.tick.task.vmGeneration,
                small("priority", "0 to 9", row -> row.tick.task.priority),
                real("complexity", "estimated complexity", row -> row.tick.task.complexity),
                time(
                        "planned_start",
                        "when it shall start",
                        row -> row.tick.task.plannedStartTimeNs),
                known(
                        "expected_duration_ns",
                        "as announced",
                        row -> row.tick.task.expectedDurationNs),
                known(
                        "expected_memory_kib",
                        "as announced",
                        row -> row.tick.task.expectedMemoryKib),
                known(
                        "expected_cpu_millicores",
                        "as announced",
                        row -> row.tick.task.expectedCpuMillicores),
                known(
                        "expected_storage_kib",
                        "as announced",
                        row -> row.tick.task.expectedStorageKib),
                known("actual_duration_ns", "as it was", row -> row.tick.task.actualDurationNs),
                known("actual_memory_kib", "as it was", row -> row.tick.task.actualMemoryKib),
                known(
                        "actual_cpu_millicores",
                        "as it was",
                        row -> row.tick.task.actualCpuMillicores),
                known("actual_storage_kib", "as it was", row -> row.tick.task.actualStorageKib),
                text(
                        "depends_on",
                        "ids of the tasks it waits for, with commas",
                        row -> dependencies(row.tick.task)));
    }

    private static String dependencies(TaskSection task) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < task.dependencyCount; i++) {
            ids.add(task.dependencies[i].toString());
        }
        return String.join(",", ids);
    }

    private static Table pressures() {
        return ofVm(
                "pressures",
                "Pressure on the host or on one VM.",
                EventKind.PRESSURE,
                List.of(
                        word(
                                "source",
                                "what raised it",
                                PressureSource.class,
                                row -> row.tick.pressure.source)),
                "the VM's slot; NULL: the host",
                row -> row.tick.pressure.vmSlot,
                row -> row.tick.pressure.vmGeneration,
                whole(
                        "value",
                        "balloon_change: what the VM has; guest_starved: what it can use; KiB",
                        row -> row.tick.pressure.value));
    }

    private static Table controls() {
        return ofVm(
                "controls",
                "What operators, the hypervisor and the engine itself changed.",
                EventKind.CONTROL,
                List.of(word("kind", "what", ControlKind.class, row -> row.tick.control.kind)),
                "the VM's slot; NULL: none",
                row -> row.tick.control.vmSlot,
                row -> row.tick.control.vmGeneration,
                text("uuid", "its identity, where it is told", row -> uuid(row.tick.control)),
                word(
                        "mode",
                        "of a VM's arrival or policy",
                        VmMode.class,
                        row -> row.tick.control.mode),
                small("priority", "likewise", row -> row.tick.control.priority),
                whole("floor_kib", "likewise", row -> row.tick.control.floorKib),
                whole(
                        "ceiling_kib",
                        "likewise; the largest number: none",
                        row -> row.tick.control.ceilingKib),
                whole(
                        "original_kib",
                        "what the VM had before any run",
                        row -> row.tick.control.originalKib),
                whole("amount_kib", "of a budget or warmth", row -> row.tick.control.amountKib),
                time("due", "of warmth: when it is needed", row -> row.tick.control.timeNs),
                text("text", "configuration or reason", row -> row.tick.control.text.toString()));
    }

    private static @Nullable String uuid(ControlSection control) {
        return control.vmUuidHigh == 0 && control.vmUuidLow == 0
                ? null
                : new UUID(control.vmUuidHigh, control.vmUuidLow).toString();
    }

    private static Table learnt() {
        return table(
                "learnt",
                "A part of what the forecaster learnt, kept beside an event or taken back.",
                kind -> true,
                (tick, from) -> from == 0 && tick.learnt.kind != LearntKind.NONE ? 0 : Table.NONE,
                word("kind", "of what", LearntKind.class, row -> row.tick.learnt.kind),
                flag(
                        "taken_back",
                        "true: a run started from it; false: it was kept",
                        row -> row.tick.kind == EventKind.LEARNT),
                whole("identity", "model or rules it belongs to", row -> row.tick.learnt.identity),
                whole("snapshot", "its number in the run", row -> row.tick.learnt.number),
                small("part", "from 0", row -> row.tick.learnt.part),
                small("part_count", "of the snapshot", row -> row.tick.learnt.partCount),
                small("payload_bytes", "its length", row -> row.tick.learnt.lengthBytes));
    }
}
