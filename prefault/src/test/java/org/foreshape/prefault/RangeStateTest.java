package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.nativebindings.linux.PageScan;
import org.junit.jupiter.api.Test;

class RangeStateTest {
    private static final long PAGE = 4096;

    /** A page map that changes while it is read tells runs again, in part or whole. */
    @Test
    void shouldTakeARunThatIsToldAgainAfterItHasGrown() {
        RangeState state =
                RangeState.collect(
                        0,
                        16 * PAGE,
                        visitor -> {
                            visitor.run(0, 4 * PAGE, 0);
                            visitor.run(2 * PAGE, 6 * PAGE, 0);
                            visitor.run(2 * PAGE, 6 * PAGE, PageScan.HUGE);
                            visitor.run(8 * PAGE, 9 * PAGE, PageScan.ZERO);
                            visitor.run(7 * PAGE, 10 * PAGE, 0);
                        });
        assertThat(state.absent().bytes()).isEqualTo(7 * PAGE);
        assertThat(state.tabled().bytes()).isEqualTo(8 * PAGE);
        assertThat(state.huge().bytes()).isEqualTo(4 * PAGE);
        assertThat(state.isKnown()).isTrue();
    }
}
