package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child process stands for a guest: what it discards its balloon took. */
class BalloonLedgerTest {
    private static final long MIB = 1 << 20;

    @TempDir private static Path folder;
    private static Path binary;

    @BeforeAll
    static void compile() {
        binary = Target.compile(folder);
    }

    @Test
    void shouldGiveBackTheLastShrinkFirst() throws IOException {
        try (Target target = Target.start(binary, "memfd", 32)) {
            target.ask("fill 0 32");
            BalloonLedger ledger = new BalloonLedger(target.ram());
            ledger.beforeShrink();
            target.ask("discard 4 4");
            assertThat(ledger.afterShrink(4 * MIB)).isEqualTo(4 * MIB);
            target.ask("discard 16 8");
            assertThat(ledger.afterShrink(8 * MIB)).isEqualTo(8 * MIB);

            assertThat(ledger.balloonBytes()).isEqualTo(12 * MIB);
            assertThat(ledger.nextGiven(7 * MIB).bytes())
                    .as("which 7 of the last 8 MiB is not known")
                    .isZero();
            PageRanges last = ledger.nextGiven(9 * MIB);
            assertThat(last.count()).isEqualTo(1);
            assertThat(last.start(0)).isEqualTo(target.start() + 16 * MIB);
            assertThat(last.end(0)).isEqualTo(target.start() + 24 * MIB);
            assertThat(ledger.nextGiven(12 * MIB).bytes()).isEqualTo(12 * MIB);

            ledger.granted(2 * MIB);
            assertThat(ledger.balloonBytes()).isEqualTo(10 * MIB);
            assertThat(ledger.nextGiven(6 * MIB).bytes()).as("which 6 are left?").isZero();
            assertThat(ledger.nextGiven(10 * MIB).bytes()).isEqualTo(4 * MIB);
            ledger.granted(10 * MIB);
            assertThat(ledger.balloonBytes()).isZero();
        }
    }

    @Test
    void shouldCountWhatTheBalloonTookUnseen() throws IOException {
        try (Target target = Target.start(binary, "memfd", 32)) {
            target.ask("fill 0 16");
            BalloonLedger ledger = new BalloonLedger(target.ram());
            ledger.beforeShrink();
            target.ask("discard 0 2");
            ledger.afterShrink(6 * MIB);
            target.ask("discard 8 2");
            ledger.afterShrink(6 * MIB);

            // A grant of 6 MiB is the second shrink alone, though only 2 MiB of it were seen.
            assertThat(ledger.nextGiven(6 * MIB).bytes()).isEqualTo(2 * MIB);
            assertThat(ledger.nextGiven(11 * MIB).bytes()).isEqualTo(2 * MIB);
        }
    }

    @Test
    void shouldFillWhatIsGivenBackAndNothingThatIsKept() throws IOException {
        for (String kind : new String[] {"memfd", "anon-huge"}) {
            try (Target target = Target.start(binary, kind, 32);
                    Prefaulter prefaulter = Prefaulter.open()) {
                target.ask("fill 0 32");
                BalloonLedger ledger = new BalloonLedger(target.ram());
                ledger.beforeShrink();
                target.ask("discard 3 6");
                ledger.afterShrink(6 * MIB);
                target.ask("discard 15 6");
                ledger.afterShrink(6 * MIB);
                PrefaultRequest request =
                        PrefaultRequest.more(1L << 40)
                                .balloonHeldBytes(6 * MIB)
                                .afterBalloonCycle(true)
                                .ledger(ledger)
                                .build();
                PrefaultReport report =
                        prefaulter.prefault(target.ram(), request, new PrefaultCancel());

                assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
                assertThat(report.gainedBytes()).isEqualTo(6 * MIB);
                assertThat(target.residentMib()).isEqualTo(26);
                assertThat(target.badAnywhere()).isZero();
            }
        }
    }

    @Test
    void shouldNotCollapseABlockInWhichTheBalloonKeepsAPage() throws IOException {
        try (Target target = Target.start(binary, "anon-huge", 8);
                Prefaulter prefaulter = Prefaulter.open()) {
            target.ask("fill 0 8");
            BalloonLedger ledger = new BalloonLedger(target.ram());
            ledger.beforeShrink();
            target.ask("discard 2 1");
            ledger.afterShrink(MIB);
            target.ask("discard 3 1");
            ledger.afterShrink(MIB);
            PrefaultReport report =
                    prefaulter.prefault(
                            target.ram(),
                            PrefaultRequest.more(1L << 40)
                                    .balloonHeldBytes(MIB)
                                    .ledger(ledger)
                                    .build(),
                            new PrefaultCancel());

            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.UNAVAILABLE);
            assertThat(report.stopReason()).contains("balloon may hold a page");
            assertThat(target.residentMib()).isEqualTo(6);
        }
    }

    @Test
    void shouldKnowNothingOfWhatTheBalloonTookUnwatched() throws IOException {
        try (Target target = Target.start(binary, "memfd", 32)) {
            target.ask("fill 0 32");
            BalloonLedger ledger = new BalloonLedger(target.ram());
            ledger.beforeShrink();
            target.ask("discard 0 4");
            ledger.afterShrink(4 * MIB);
            target.ask("discard 8 4");
            ledger.unseen(4 * MIB);
            ledger.beforeShrink();
            target.ask("discard 16 4");
            ledger.afterShrink(4 * MIB);

            BalloonLedger before = ledger.copy();
            assertThat(ledger.givenBytes(8 * MIB)).isEqualTo(4 * MIB);
            assertThat(ledger.givenBytes(4 * MIB)).as("4 MiB unseen").isEqualTo(4 * MIB);
            assertThat(ledger.givenBytes(0)).isEqualTo(8 * MIB);
            assertThat(ledger.givenBytes(64 * MIB)).as("it grew meanwhile").isZero();
            ledger.granted(12 * MIB);
            assertThat(ledger.givenBytes(0)).isZero();
            assertThat(before.givenBytes(0)).as("of its own").isEqualTo(8 * MIB);
        }
    }

    @Test
    void shouldInsistOnALookBeforeTheShrink() throws IOException {
        try (Target target = Target.start(binary, "memfd", 8)) {
            BalloonLedger ledger = new BalloonLedger(target.ram());
            assertThatThrownBy(() -> ledger.afterShrink(MIB))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("before the shrink");
        }
    }
}
