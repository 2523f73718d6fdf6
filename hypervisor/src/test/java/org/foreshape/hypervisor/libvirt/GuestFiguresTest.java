package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_ACTUAL_BALLOON;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_LAST_UPDATE;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_USABLE;

import org.junit.jupiter.api.Test;

/** The time that a report is given. Engine time is 5 s ahead of the wall clock here. */
final class GuestFiguresTest {
    private static final long NS_PER_MS = 1_000_000;
    private static final long AHEAD_MS = 5_000;

    private final GuestFigures here = new GuestFigures(true);
    private final GuestFigures elsewhere = new GuestFigures(false);

    @Test
    void shouldGiveAReportTheSecondInWhichItCame() {
        read(here, 100_700, 100, 4_000);

        assertThat(here.statsTimeNs()).isEqualTo(engine(100_000));
        assertThat(here.isChanged()).isFalse();
    }

    @Test
    void shouldGiveAChangedReportTheTimeOfTheReadingBefore() {
        read(here, 100_700, 100, 4_000);
        read(here, 100_800, 100, 3_000);

        assertThat(here.statsTimeNs()).isEqualTo(engine(100_700));
        assertThat(here.isChanged()).isTrue();
    }

    @Test
    void shouldLetAReportThatStaysTheSameAge() {
        read(here, 100_700, 100, 4_000);
        read(here, 109_000, 100, 4_000);

        assertThat(here.statsTimeNs()).isEqualTo(engine(100_000));
    }

    @Test
    void shouldNotTakeTheBalloonsSizeForAReport() {
        read(here, 100_700, 100, 4_000);
        here.byTag[MEMORY_ACTUAL_BALLOON] = 77;
        read(here, 109_000, 100, 4_000);

        assertThat(here.isChanged()).isFalse();
        assertThat(here.statsTimeNs()).isEqualTo(engine(100_000));
    }

    @Test
    void shouldNeverGoBack() {
        read(here, 100_700, 100, 4_000);
        read(here, 100_800, 100, 3_000);
        read(here, 101_300, 101, 3_000);
        long beforeNs = here.statsTimeNs();
        read(here, 101_400, 90, 3_000);

        assertThat(here.statsTimeNs()).isGreaterThanOrEqualTo(beforeNs);
    }

    @Test
    void shouldKnowNoTimeForAGuestThatReportsNothing() {
        read(here, 100_700, 0, -1);
        read(here, 100_800, 0, -1);

        assertThat(here.statsTimeNs()).isZero();
    }

    @Test
    void shouldNotTrustTheClockOfAnotherHost() {
        read(elsewhere, 100_700, 100, 4_000);
        assertThat(elsewhere.statsTimeNs()).isZero();

        read(elsewhere, 101_700, 5_000, 4_000);
        assertThat(elsewhere.statsTimeNs()).isEqualTo(engine(100_700));
    }

    @Test
    void shouldNotBelieveAReportFromTheFuture() {
        read(here, 100_700, 200, 4_000);

        assertThat(here.statsTimeNs()).isZero();
    }

    private static void read(
            GuestFigures figures, long wallMillis, long lastUpdateS, long usableKib) {
        figures.byTag[MEMORY_LAST_UPDATE] = lastUpdateS;
        figures.byTag[MEMORY_USABLE] = usableKib;
        figures.take(engine(wallMillis), engine(wallMillis), wallMillis);
    }

    private static long engine(long wallMillis) {
        return (wallMillis + AHEAD_MS) * NS_PER_MS;
    }
}
