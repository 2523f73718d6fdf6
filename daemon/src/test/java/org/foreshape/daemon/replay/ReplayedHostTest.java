package org.foreshape.daemon.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;

class ReplayedHostTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MIB = 1024;

    private boolean stands;
    private final ReplayedHost host = new ReplayedHost(1, (slot, timeNs) -> stands);
    private final Tick tick = new Tick(1);

    /** What the host makes of a sample of one VM that has 1000 MiB in the journal. */
    private SampleSection see(long second, long needMib) {
        tick.begin(EventKind.SAMPLE, second * SECOND_NS);
        SampleSection sample = tick.sample;
        sample.slotCount = 1;
        sample.present[0] = true;
        sample.generation[0] = 1;
        sample.statsTimeNs[0] = tick.timeNs;
        sample.allocationKib[0] = 1000 * MIB;
        sample.guestTotalKib[0] = 980 * MIB;
        sample.usableKib[0] = (1000 - needMib) * MIB;
        host.advance(tick.timeNs);
        host.rewrite(sample, new long[] {needMib * MIB});
        return sample;
    }

    @Test
    void shouldGrowAndShrinkAsFastAsABalloonDoes() {
        host.shaped(0, true);
        assertThat(see(1, 300).allocationKib[0]).isEqualTo(1000 * MIB);
        host.order(0, 1400 * MIB, SECOND_NS * 3 / 2);
        SampleSection grown = see(2, 300);
        assertThat(grown.allocationKib[0]).as("half a second").isEqualTo(1250 * MIB);
        assertThat(grown.usableKib[0]).isEqualTo(950 * MIB);
        assertThat(grown.guestTotalKib[0]).isEqualTo(1230 * MIB);
        assertThat(see(3, 300).allocationKib[0]).isEqualTo(1400 * MIB);
        host.order(0, 200 * MIB, 3 * SECOND_NS);
        assertThat(see(4, 300).allocationKib[0]).isEqualTo(1270 * MIB);
        assertThat(see(60, 300).allocationKib[0]).as("what is needed stays").isEqualTo(300 * MIB);
        SampleSection pressed = see(61, 320);
        assertThat(pressed.allocationKib[0]).isEqualTo(300 * MIB);
        assertThat(pressed.usableKib[0]).isZero();
    }

    @Test
    void shouldLetABalloonStandStill() {
        host.shaped(0, true);
        see(1, 300);
        host.order(0, 1400 * MIB, SECOND_NS);
        stands = true;
        assertThat(see(5, 300).allocationKib[0]).isEqualTo(1000 * MIB);
        stands = false;
        assertThat(see(6, 300).allocationKib[0]).isEqualTo(1400 * MIB);
    }

    @Test
    void shouldFollowTheJournalWhereTheEngineMayNotAct() {
        see(1, 300);
        host.order(0, 1400 * MIB, SECOND_NS);
        assertThat(see(5, 300).allocationKib[0]).isEqualTo(1000 * MIB);
        host.shaped(0, true);
        host.order(0, 1400 * MIB, 5 * SECOND_NS);
        assertThat(see(9, 300).allocationKib[0]).isEqualTo(1400 * MIB);
    }

    @Test
    void shouldLeaveAloneWhatIsNotKnown() {
        host.shaped(0, true);
        tick.begin(EventKind.SAMPLE, SECOND_NS);
        tick.sample.slotCount = 1;
        tick.sample.present[0] = true;
        tick.sample.allocationKib[0] = 500 * MIB;
        host.rewrite(tick.sample, new long[1]);
        assertThat(tick.sample.usableKib[0]).isEqualTo(SampleSection.UNKNOWN);
        assertThat(tick.sample.guestTotalKib[0]).isEqualTo(SampleSection.UNKNOWN);
        assertThat(tick.sample.allocationKib[0]).isEqualTo(500 * MIB);
    }
}
