package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.prefault.BalloonLedger;
import org.foreshape.prefault.PrefaultCancel;
import org.foreshape.prefault.PrefaultReport;
import org.foreshape.prefault.PrefaultRequest;
import org.foreshape.prefault.Prefaulter;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Memory of this very process stands for a guest's, and holes punched into it for what its balloon
 * takes.
 */
@Timeout(60)
class BalloonBookTest {
    private static final long MIB = 1 << 20;
    private static final int SIZE_MIB = 64;

    private final MappedMemory guest = MappedMemory.create("balloon-book", SIZE_MIB * MIB);

    @AfterEach
    void free() {
        guest.close();
    }

    private RamRange range() throws IOException {
        return RamFinder.at(LinuxMemory.processId(), guest.segment().address(), guest.sizeBytes())
                .orElseThrow();
    }

    private void touch(int fromMib, int mib) {
        for (long at = fromMib * MIB; at < (fromMib + mib) * MIB; at += 4096) {
            guest.segment().set(ValueLayout.JAVA_LONG, at, at);
        }
    }

    private void take(int fromMib, int mib) {
        guest.punchHole(fromMib * MIB, mib * MIB);
    }

    @Test
    void shouldGiveBackWhatWasSeenToGo() throws IOException {
        touch(0, SIZE_MIB);
        BalloonBook book = BalloonBook.open(range(), 0);
        book.beforeShrink();
        take(8, 16);
        assertThat(book.told(16 * MIB)).isTrue();
        take(32, 8);
        assertThat(book.told(24 * MIB)).isTrue();
        assertThat(book.told(16 * MIB)).as("a grant is no look").isFalse();

        BalloonLedger known = book.known(16 * MIB);
        assertThat(known.givenBytes(16 * MIB)).isEqualTo(8 * MIB);
        assertThat(book.known(0).givenBytes(0)).isEqualTo(24 * MIB);
    }

    @Test
    void shouldPopulateWhatCameBackAndNothingThatIsHeld() throws IOException {
        touch(0, SIZE_MIB);
        BalloonBook book = BalloonBook.open(range(), 0);
        book.beforeShrink();
        take(8, 16);
        book.told(16 * MIB);
        book.beforeShrink();
        take(40, 8);
        book.told(24 * MIB);
        book.told(16 * MIB);
        try (Prefaulter prefaulter = Prefaulter.open()) {
            PrefaultReport report =
                    prefaulter.prefault(
                            range(),
                            PrefaultRequest.more(SIZE_MIB * MIB)
                                    .balloonHeldBytes(16 * MIB)
                                    .afterBalloonCycle(true)
                                    .ledger(book.known(16 * MIB))
                                    .build(),
                            new PrefaultCancel());
            assertThat(report.gainedBytes()).as(report.toString()).isEqualTo(8 * MIB);
        }
        assertThat(guest.residentBytes()).isEqualTo((SIZE_MIB - 16) * MIB);
        for (long at = 0; at < SIZE_MIB * MIB; at += MIB) {
            boolean taken = (at >= 8 * MIB && at < 24 * MIB) || (at >= 40 * MIB && at < 48 * MIB);
            assertThat(guest.segment().get(ValueLayout.JAVA_LONG, at)).isEqualTo(taken ? 0 : at);
        }
    }

    @Test
    void shouldKnowNothingOfABalloonThatWasFullAtTheStart() throws IOException {
        touch(0, 32);
        BalloonBook book = BalloonBook.open(range(), 32 * MIB);
        book.told(8 * MIB);
        assertThat(book.known(8 * MIB).givenBytes(8 * MIB)).isZero();
        // From here on it is watched: what goes in last comes out first.
        book.beforeShrink();
        take(0, 8);
        book.told(16 * MIB);
        assertThat(book.known(8 * MIB).givenBytes(8 * MIB)).isEqualTo(8 * MIB);
        assertThat(book.known(0).givenBytes(0)).isEqualTo(8 * MIB);
    }

    @Test
    void shouldNotNameWhatAnUnseenMoveMayHaveTaken() throws IOException {
        touch(0, SIZE_MIB);
        BalloonBook book = BalloonBook.open(range(), 0);
        take(0, 8);
        book.told(8 * MIB);
        book.told(0);
        touch(0, 8);
        // Behind our back, after a grant: without a look before it the pages are not known.
        take(16, 8);
        book.told(8 * MIB);
        assertThat(book.known(8 * MIB).givenBytes(0)).isZero();
        // The next step was looked at.
        take(32, 8);
        book.told(16 * MIB);
        assertThat(book.known(8 * MIB).givenBytes(8 * MIB)).isEqualTo(8 * MIB);
    }

    @Test
    void shouldCountWhatWasTakenWhileTheShrinkBeforeWasUnderWay() throws IOException {
        touch(0, SIZE_MIB);
        BalloonBook book = BalloonBook.open(range(), 0);
        book.beforeShrink();
        take(0, 4);
        book.told(4 * MIB);
        take(4, 4);
        // Another order, while the figure lags behind.
        book.beforeShrink();
        take(8, 8);
        book.told(16 * MIB);
        assertThat(book.known(0).givenBytes(0)).isEqualTo(16 * MIB);
    }

    @Test
    void shouldNotNameAnythingForABalloonThatGrewSinceTheLastFigure() throws IOException {
        touch(0, SIZE_MIB);
        BalloonBook book = BalloonBook.open(range(), 0);
        book.beforeShrink();
        take(0, 8);
        book.told(8 * MIB);
        book.told(4 * MIB);
        assertThat(book.known(12 * MIB).givenBytes(12 * MIB)).isZero();
        // The next figure of a sample may be older, and does not lose what is known.
        assertThat(book.known(0).givenBytes(0)).isEqualTo(8 * MIB);
    }

    @Test
    void shouldNotLookAfterLessThanAStep() throws IOException {
        touch(0, 8);
        BalloonBook book = BalloonBook.open(range(), 0);
        assertThat(book.told(BalloonBook.STEP_BYTES - 1)).isFalse();
        assertThat(book.heldBytes()).isZero();
    }
}
