package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalStateTest {
    private static final UUID WEB = UUID.fromString("11111111-2222-3333-4444-555555555555");
    private static final UUID DB = UUID.fromString("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");

    @TempDir Path directory;

    private final Tick tick = new Tick(4);
    private long sequence;

    @Test
    void shouldBeEmptyWhereThereIsNoJournal() {
        JournalState state = JournalState.read(directory.resolve("absent"));
        assertThat(state.runCount()).isZero();
        assertThat(state.endedInOrder()).isTrue();
        assertThat(state.unresolved()).isEmpty();
        assertThat(state.vms()).isEmpty();
    }

    @Test
    void shouldTellOriginalsPoliciesAndOpenIntentsOfAKilledRun() {
        try (JournalWriter writer = open()) {
            arrive(writer, 0, 1, WEB, "web", 4096);
            arrive(writer, 1, 1, DB, "db", 8192);
            control(
                    writer,
                    ControlKind.VM_POLICY,
                    control -> {
                        control.vmSlot = 0;
                        control.vmGeneration = 1;
                        control.mode = VmMode.ENFORCE;
                        control.priority = 7;
                        control.floorKib = 100;
                        control.ceilingKib = 5000;
                    });
            control(
                    writer,
                    ControlKind.VM_DEPARTED,
                    control -> {
                        control.vmSlot = 1;
                        control.vmGeneration = 1;
                    });
            long planned = plan(writer);
            outcome(writer, planned, 1);
            plan(writer);
        }
        JournalState state = JournalState.read(directory);
        assertThat(state.endedInOrder()).isFalse();
        assertThat(state.paused()).isFalse();
        assertThat(state.vms()).hasSize(2);
        assertThat(state.vms().get(WEB))
                .isEqualTo(
                        new JournalState.Vm(
                                WEB,
                                "web",
                                4096,
                                new VmPolicy(VmMode.ENFORCE, 7, 100, 5000),
                                true));
        assertThat(state.vms().get(DB)).isEqualTo(new JournalState.Vm(DB, "db", 8192, null, false));
        // Of two plans with an act on each slot, one act of the first has its outcome.
        assertThat(state.unresolved()).extracting(Intent::vmSlot).containsExactly(0, 0, 1);
        assertThat(state.unresolved().getFirst().vmName()).isEqualTo("web");
        assertThat(state.unresolved().getFirst().vmUuid()).isEqualTo(WEB);
    }

    @Test
    void shouldCloseAnIntentThatALaterRunReportedAsUnresolved() {
        try (JournalWriter writer = open()) {
            arrive(writer, 0, 1, WEB, "web", 4096);
            plan(writer);
        }
        JournalState before = JournalState.read(directory);
        assertThat(before.unresolved()).hasSize(2);
        sequence = 0;
        try (JournalWriter writer = open()) {
            control(writer, ControlKind.ENGINE_STARTED, control -> {});
            control(
                    writer,
                    ControlKind.INTENT_UNRESOLVED,
                    control -> control.text.set(before.unresolved().getFirst().text()));
            control(writer, ControlKind.PAUSED, control -> {});
            control(writer, ControlKind.ENGINE_STOPPED, control -> {});
        }
        JournalState after = JournalState.read(directory);
        assertThat(after.runCount()).isEqualTo(2);
        assertThat(after.endedInOrder()).isTrue();
        assertThat(after.paused()).isTrue();
        assertThat(after.unresolved()).containsExactly(before.unresolved().get(1));
        assertThat(after.vms().get(WEB).present()).isFalse();
    }

    @Test
    void shouldRenderEachRecordOnOneLineWithTheNamesOfItsVms() {
        try (JournalWriter writer = open()) {
            control(
                    writer,
                    ControlKind.ENGINE_STARTED,
                    control -> control.text.set("policy:\n  price: 3\n" + "x".repeat(3000)));
            arrive(writer, 0, 1, WEB, "web", 4096);
            outcome(writer, plan(writer), 0);
        }
        StringBuilder all = new StringBuilder();
        JournalTail tail = new JournalTail();
        try (JournalReader reader = JournalReader.open(directory)) {
            while (reader.next(tick)) {
                String line = tail.line(reader, tick);
                assertThat(line).doesNotContain("\n").hasSizeLessThan(400);
                all.append(line).append('\n');
            }
        }
        assertThat(all)
                .contains("run 1 #0 control ENGINE_STARTED: policy: price: 3")
                .contains("control VM_ARRIVED of web: OBSERVE")
                .contains("2 acts, web GROW 0 to 2 MiB")
                .contains("outcome of plan #2: RESIZE_MEMORY of web to 77 FAILED in 3 ms, code 38");
    }

    private JournalWriter open() {
        return JournalWriter.open(JournalRoundTripTest.options(directory, 4));
    }

    private void begin(EventKind kind) {
        tick.begin(kind, sequence * 1_000_000_000);
        tick.sequence = sequence++;
    }

    private void control(JournalWriter writer, ControlKind kind, Consumer<ControlSection> fill) {
        begin(EventKind.CONTROL);
        tick.control.kind = kind;
        fill.accept(tick.control);
        writer.record(tick);
    }

    private void arrive(
            JournalWriter writer,
            int slot,
            int generation,
            UUID uuid,
            String name,
            long originalKib) {
        control(
                writer,
                ControlKind.VM_ARRIVED,
                control -> {
                    control.vmSlot = slot;
                    control.vmGeneration = generation;
                    control.vmName.set(name);
                    control.vmUuidHigh = uuid.getMostSignificantBits();
                    control.vmUuidLow = uuid.getLeastSignificantBits();
                    control.originalKib = originalKib;
                });
    }

    private long plan(JournalWriter writer) {
        begin(EventKind.SAMPLE);
        tick.plan.made = true;
        tick.plan.slotCount = 1;
        tick.plan.verdict[0] = org.foreshape.ring.event.Verdict.GROW;
        tick.plan.targetKib[0] = 2048;
        tick.plan.addAct(0, 1, ActKind.RESIZE_MEMORY, 77);
        tick.plan.addAct(1, 1, ActKind.RESIZE_MEMORY, 78);
        writer.record(tick);
        return tick.sequence;
    }

    private void outcome(JournalWriter writer, long planSequence, int slot) {
        begin(EventKind.OUTCOME);
        tick.outcome.planSequence = planSequence;
        tick.outcome.vmSlot = slot;
        tick.outcome.vmGeneration = 1;
        tick.outcome.actKind = ActKind.RESIZE_MEMORY;
        tick.outcome.status = OutcomeStatus.FAILED;
        tick.outcome.requested = 77;
        tick.outcome.durationNs = 3_000_000;
        tick.outcome.errorCode = 38;
        writer.record(tick);
    }
}
