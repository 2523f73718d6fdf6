package org.foreshape.daemon.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalPastTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MIB = 1024;
    private static final long RUN = 1;

    @TempDir Path folder;

    private JournalWriter writer;
    private final Tick tick = new Tick(1);

    @BeforeEach
    void open() {
        writer = JournalWriter.open(JournalOptions.of(folder.resolve("journal"), 1));
        tick.begin(EventKind.CONTROL, SECOND_NS);
        tick.control.kind = ControlKind.ENGINE_STARTED;
        writer.record(tick);
    }

    @AfterEach
    void close() {
        writer.close();
    }

    private void sample(long second, long allocationMib, long usableMib) {
        tick.begin(EventKind.SAMPLE, second * SECOND_NS);
        tick.sequence = second;
        fill(allocationMib, usableMib);
        writer.record(tick);
    }

    private void fill(long allocationMib, long usableMib) {
        tick.sample.slotCount = 1;
        tick.sample.present[0] = true;
        tick.sample.generation[0] = 1;
        tick.sample.statsTimeNs[0] = tick.timeNs;
        tick.sample.allocationKib[0] = allocationMib * MIB;
        tick.sample.usableKib[0] = usableMib * MIB;
    }

    private void resized(long plannedSecond, long doneMs, long targetMib) {
        tick.begin(EventKind.OUTCOME, doneMs * 1_000_000);
        tick.outcome.planSequence = plannedSecond;
        tick.outcome.vmSlot = 0;
        tick.outcome.vmGeneration = 1;
        tick.outcome.actKind = ActKind.RESIZE_MEMORY;
        tick.outcome.status = OutcomeStatus.DONE;
        tick.outcome.requested = targetMib * MIB;
        writer.record(tick);
    }

    private JournalPast read() {
        writer.endOfBatch();
        writer.close();
        return JournalPast.of(folder.resolve("journal"));
    }

    private long needMib(JournalPast past, long second, long allocationMib, long usableMib) {
        tick.begin(EventKind.SAMPLE, second * SECOND_NS);
        fill(allocationMib, usableMib);
        return past.needs().needKib(RUN, tick.sample, 0, tick.timeNs) / MIB;
    }

    @Test
    void shouldTakeAsNeededWhatAGuestUsesOnceItHasRoom() {
        sample(10, 500, 100);
        sample(11, 500, 0);
        sample(12, 500, 1);
        sample(13, 800, 50);
        sample(14, 800, 80);
        JournalPast past = read();
        assertThat(needMib(past, 10, 500, 100)).isEqualTo(400);
        assertThat(needMib(past, 11, 500, 0)).isEqualTo(750);
        assertThat(needMib(past, 12, 500, 1)).isEqualTo(750);
        assertThat(needMib(past, 13, 800, 50)).isEqualTo(750);
        assertThat(needMib(past, 14, 800, 80)).isEqualTo(720);
    }

    @Test
    void shouldTakeAsNeededWhatAGuestUsesWhenItNeverHadRoom() {
        sample(10, 500, 0);
        sample(11, 520, 0);
        JournalPast past = read();
        assertThat(needMib(past, 10, 500, 0)).isEqualTo(520);
    }

    @Test
    void shouldKnowHowLongActsTook() {
        assertThat(read().answerNs()).isZero();
    }

    @Test
    void shouldTakeTheMedianOfHowLongActsTook() {
        for (int i = 0; i < 3; i++) {
            sample(10 + i, 500, 100);
            resized(10 + i, 1000L * (10 + i) + 20L * (i + 1), 500);
        }
        assertThat(read().answerNs()).isEqualTo(40_000_000);
    }

    @Test
    void shouldSeeBalloonsThatDoNotFollow() {
        sample(10, 500, 100);
        resized(10, 10_100, 900);
        sample(11, 500, 100);
        sample(12, 500, 100);
        sample(13, 900, 500);
        sample(14, 900, 500);
        resized(14, 14_100, 300);
        sample(15, 430, 30);
        sample(16, 430, 30);
        JournalPast past = read();
        Standstills stood = past.standstills();
        assertThat(stood.isStill(RUN, 0, 10 * SECOND_NS)).isTrue();
        assertThat(stood.isStill(RUN, 0, 12 * SECOND_NS)).isTrue();
        assertThat(stood.isStill(RUN, 0, 13 * SECOND_NS)).isFalse();
        assertThat(stood.isStill(RUN, 0, 14 * SECOND_NS)).isFalse();
        // What is in use is not taken: that is no disobedience.
        assertThat(stood.isStill(RUN, 0, 16 * SECOND_NS)).isFalse();
    }
}
