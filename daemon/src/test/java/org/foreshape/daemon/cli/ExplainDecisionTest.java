package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.shaping.MemoryShaper;
import org.foreshape.shaping.ShapingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ExplainDecisionTest {
    private static final long MIB = 1024;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final String[] NAMES = {"busy", "7"};

    @TempDir private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Tick tick = new Tick(2);
    private long sequence;
    private long nowNs = 1_700_000_000L * SECOND_NS;

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        return Cli.run(arguments, new PrintWriter(out), new PrintWriter(err));
    }

    /** A starved VM and an idle one within what both have; returns the plan's number. */
    private long writeRun(Path journal) {
        MemoryShaper shaper = new MemoryShaper(ShapingSettings.defaults(), 2);
        sequence = 0;
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(journal, 2))) {
            control(writer, shaper, ControlKind.ENGINE_STARTED, -1);
            control(writer, shaper, ControlKind.VM_ARRIVED, 0);
            control(writer, shaper, ControlKind.VM_ARRIVED, 1);
            control(writer, shaper, ControlKind.BUDGET, -1);
            begin(EventKind.SAMPLE);
            tick.sample.slotCount = 2;
            for (int slot = 0; slot < 2; slot++) {
                tick.sample.present[slot] = true;
                tick.sample.generation[slot] = 1;
                tick.sample.allocationKib[slot] = 512 * MIB;
                tick.sample.maximumKib[slot] = 1024 * MIB;
                tick.sample.usableKib[slot] = (slot == 0 ? 5 : 400) * MIB;
                tick.sample.statsTimeNs[slot] = nowNs;
            }
            pass(writer, shaper);
            long plan = tick.sequence;
            assertThat(tick.plan.actCount).isPositive();
            begin(EventKind.OUTCOME);
            tick.outcome.planSequence = plan;
            tick.outcome.vmSlot = 1;
            tick.outcome.vmGeneration = 1;
            tick.outcome.actKind = ActKind.RESIZE_MEMORY;
            tick.outcome.status = OutcomeStatus.FAILED;
            tick.outcome.requested = 256 * MIB;
            tick.outcome.message.set("the domain is migrating");
            pass(writer, shaper);
            return plan;
        }
    }

    private void control(JournalWriter writer, MemoryShaper shaper, ControlKind kind, int slot) {
        begin(EventKind.CONTROL);
        tick.control.kind = kind;
        tick.control.vmSlot = slot;
        if (slot >= 0) {
            tick.control.vmGeneration = 1;
            tick.control.vmName.set(NAMES[slot]);
            tick.control.mode = VmMode.ENFORCE;
            tick.control.priority = 5;
            tick.control.floorKib = 64 * MIB;
            tick.control.ceilingKib = 1024 * MIB;
            tick.control.originalKib = 512 * MIB;
        }
        tick.control.amountKib = 1024 * MIB;
        pass(writer, shaper);
    }

    private void begin(EventKind kind) {
        nowNs += SECOND_NS;
        tick.begin(kind, nowNs);
        tick.sequence = sequence++;
    }

    private void pass(JournalWriter writer, MemoryShaper shaper) {
        shaper.shape(tick);
        writer.record(tick);
    }

    @Test
    void shouldSayWhyADecisionWasMadeAndWhatCameOfIt() {
        Path journal = folder.resolve("j");
        long plan = writeRun(journal);
        assertThat(run("explain", "#" + plan, "--journal", journal.toString()))
                .as(err.toString())
                .isEqualTo(ExitStatus.DONE);
        assertThat(out.toString())
                .contains("decision " + plan + " of run ")
                .contains("busy: uses 507 of 512 MiB")
                .contains("since it is starved")
                .contains("MiB from 7")
                .contains("7: uses 112 of 512 MiB")
                .contains("outcome: 7: RESIZE_MEMORY to 262144 KiB FAILED")
                .contains("the domain is migrating");
    }

    @Test
    void shouldTakeTheNewestRunUnlessToldWhich() {
        Path journal = folder.resolve("j");
        writeRun(journal);
        long plan = writeRun(journal);
        String number = Long.toString(plan);
        assertThat(run("explain", number, "--journal", journal.toString(), "--json")).isZero();
        var newest = Json.parse(out.toString());
        assertThat(newest.get("reasons")).hasSize(2);
        assertThat(newest.get("outcomes")).hasSize(1);
        long older = newest.get("run").asLong() - 1;
        assertThat(
                        run(
                                "explain",
                                number,
                                "--journal",
                                journal.toString(),
                                "--json",
                                "--run",
                                Long.toString(older)))
                .as(err.toString())
                .isZero();
        var old = Json.parse(out.toString());
        assertThat(old.get("run").asLong()).isEqualTo(older);
        assertThat(old.get("time")).isNotEqualTo(newest.get("time"));
    }

    @Test
    void shouldSayWhatIsWrong() {
        Path journal = folder.resolve("j");
        writeRun(journal);
        assertThat(run("explain", "99", "--journal", journal.toString()))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).contains("no decision 99", "events up to 5");
        assertThat(run("explain", "0", "--journal", journal.toString())).isZero();
        assertThat(out.toString()).contains("no plan was made on that event");
        assertThat(run("explain", "4", "--journal", folder.resolve("none").toString()))
                .isEqualTo(ExitStatus.MISSING);
        assertThat(run("explain", "busy", "--journal", journal.toString()))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).contains("'busy' is none");
    }
}
