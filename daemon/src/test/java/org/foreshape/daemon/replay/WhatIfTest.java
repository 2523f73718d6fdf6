package org.foreshape.daemon.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.shaping.ShapingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A journal of two guests of 1 GiB each, who were never resized though one of them needed it. */
@Timeout(60)
class WhatIfTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long START_NS = 1_767_600_000L * SECOND_NS;
    private static final long MIB = 1024;
    private static final long GIB = 1024 * MIB;
    private static final int SECONDS = 1800;
    private static final int PRESSED_FROM = 600;
    private static final int PRESSED_UNTIL = 900;

    @TempDir Path folder;

    private final Tick tick = new Tick(2);

    private Path record() {
        Path journal = folder.resolve("journal");
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(journal, 2))) {
            tick.begin(EventKind.CONTROL, START_NS);
            tick.control.kind = ControlKind.ENGINE_STARTED;
            tick.control.text.set(
                    new RunSettings(2, Forecasting.NONE, "", "", 300, ShapingSettings.defaults())
                            .toText());
            writer.record(tick);
            arrive(writer, 0, "busy", VmMode.ENFORCE);
            arrive(writer, 1, "idle", VmMode.ENFORCE);
            tick.begin(EventKind.CONTROL, START_NS);
            tick.control.kind = ControlKind.BUDGET;
            tick.control.amountKib = 2 * GIB;
            writer.record(tick);
            for (int second = 1; second <= SECONDS; second++) {
                tick.begin(EventKind.SAMPLE, START_NS + second * SECOND_NS);
                tick.sequence = second;
                tick.sample.slotCount = 2;
                boolean pressed = second >= PRESSED_FROM && second < PRESSED_UNTIL;
                sample(0, pressed ? 0 : 600);
                sample(1, 800);
                writer.record(tick);
            }
        }
        return journal;
    }

    private void arrive(JournalWriter writer, int slot, String name, VmMode mode) {
        tick.begin(EventKind.CONTROL, START_NS);
        tick.control.kind = ControlKind.VM_ARRIVED;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = 1;
        tick.control.vmName.set(name);
        tick.control.mode = mode;
        tick.control.priority = 5;
        tick.control.floorKib = 128 * MIB;
        tick.control.ceilingKib = 2 * GIB;
        tick.control.originalKib = GIB;
        writer.record(tick);
    }

    private void sample(int slot, long usableMib) {
        tick.sample.present[slot] = true;
        tick.sample.generation[slot] = 1;
        tick.sample.statsTimeNs[slot] = tick.timeNs;
        tick.sample.allocationKib[slot] = GIB;
        tick.sample.maximumKib[slot] = 2 * GIB;
        tick.sample.guestTotalKib[slot] = GIB;
        tick.sample.usableKib[slot] = usableMib * MIB;
    }

    private static WhatIfReport ask(Path journal, String... words) {
        try (WhatIf whatIf = WhatIf.open(journal, OtherPolicy.of(List.of(words), null), 0)) {
            return whatIf.run();
        }
    }

    @Test
    void shouldFindWhatWasMeasuredWhereNobodyIsResized() {
        WhatIfReport report = ask(record(), "static");
        double pressedMinutes = (PRESSED_UNTIL - PRESSED_FROM) / 60.;
        double slackGibHours =
                ((SECONDS - 1 - (PRESSED_UNTIL - PRESSED_FROM)) * 600 + (SECONDS - 1) * 800)
                        / 1024.
                        / 3600;
        assertThat(report.problems()).isEmpty();
        assertThat(report.hours()).isCloseTo((SECONDS - 1) / 3600., within(1e-9));
        assertThat(report.starvedMinutes().recorded()).isCloseTo(pressedMinutes, within(1e-6));
        assertThat(report.slack().recorded()).isCloseTo(slackGibHours, within(1e-6));
        assertThat(report.slack().other()).isEqualTo(report.slack().recorded());
        assertThat(report.starvedMinutes().other()).isEqualTo(report.starvedMinutes().recorded());
        assertThat(report.acts().other()).isZero();
        assertThat(report.targets()).as("static plans nothing").isZero();
    }

    @Test
    void shouldFindThatReactingWouldHaveHelped() {
        WhatIfReport report = ask(record(), "reactive");
        assertThat(report.problems()).isEmpty();
        assertThat(report.starvedMinutes().other())
                .isLessThan(report.starvedMinutes().recorded() / 10);
        assertThat(report.acts().other()).isPositive();
        assertThat(report.vms()).extracting(WhatIfReport.Vm::name).containsExactly("busy", "idle");
        WhatIfReport.Vm idle = report.vms().get(1);
        assertThat(idle.starvedMinutes().other()).isZero();
        assertThat(idle.slack().other()).isLessThan(idle.slack().recorded());
    }

    @Test
    void shouldSaveMoreTheLowerThePrice() {
        Path journal = record();
        double dear = ask(journal, "marginPermille=900").slack().other();
        double cheap = ask(journal, "marginPermille=50").slack().other();
        assertThat(cheap).isLessThan(dear);
    }

    @Test
    void shouldCountFromASecondOn() {
        Path journal = record();
        try (WhatIf whatIf =
                WhatIf.open(journal, OtherPolicy.of(List.of("static"), null), PRESSED_UNTIL)) {
            WhatIfReport report = whatIf.run();
            assertThat(report.starvedMinutes().recorded()).isZero();
            assertThat(report.hours()).isCloseTo((SECONDS - PRESSED_UNTIL) / 3600., within(1e-9));
            assertThat(whatIf.picture())
                    .startsWith("<svg")
                    .contains("under static")
                    .contains("polyline");
        }
    }

    @Test
    void shouldNotTellFromADamagedJournal() throws IOException {
        Path journal = record();
        Path file;
        try (Stream<Path> files = Files.list(journal)) {
            file = files.filter(f -> f.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), 1 << 22));
            channel.read(bytes, 0);
            int at = indexOf(bytes.array(), 600 * MIB, bytes.position());
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (bytes.get(at) ^ 1)}), at);
        }
        assertThatThrownBy(() -> ask(journal, "static")).isInstanceOf(CorruptRecordException.class);
        assertThatThrownBy(() -> ask(folder.resolve("none"), "static"))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("there is no journal");
    }

    /** Where a little-endian number stands in the middle of the file's content. */
    private static int indexOf(byte[] content, long number, int length) {
        ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int found = -1;
        int times = 0;
        for (int at = 0; at + Long.BYTES <= length && times < 100; at++) {
            if (buffer.getLong(at) == number) {
                found = at;
                times++;
            }
        }
        assertThat(found).as("the number is in the file").isPositive();
        return found;
    }
}
