package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sculpting memory of this very process, as that of an embedded guest. */
@Timeout(60)
class EmbeddedSculptTest {
    private static final long MIB = 1 << 20;
    private static final long SIZE = 16 * MIB;

    private static OutcomeSection sculpt(MappedMemory memory) {
        HostReader host = HostReader.ofThisMachine();
        SculptHand hand =
                new SculptHand(
                        host,
                        new Consolidation(host, new FakeEngine(), vm -> Optional.empty()),
                        PagePace.GENTLE);
        ActOrder order = new ActOrder();
        order.kind = ActKind.SCULPT;
        order.amount = SIZE / 1024;
        OutcomeSection outcome = new OutcomeSection();
        hand.sculpt(
                order,
                new VmMemory.Mapped(memory, memory.segment().address(), 0, 0, 1, () -> {}),
                outcome);
        return outcome;
    }

    @Test
    void shouldMakeWholeBlocksHugeAndFillNoOther() {
        try (MappedMemory memory = MappedMemory.create("embedded-sculpt", SIZE, 2 * MIB)) {
            // The last block but one lacks a page, which the balloon may hold; the last is empty.
            long used = SIZE - 2 * MIB - 4096;
            for (long at = 0; at < used; at += 4096) {
                memory.segment().set(ValueLayout.JAVA_LONG, at, at + 1);
            }
            OutcomeSection outcome = sculpt(memory);
            assumeTrue(
                    outcome.status != OutcomeStatus.UNAVAILABLE,
                    () ->
                            "skipped: this kernel does not collapse memory files: "
                                    + outcome.message);
            assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.DONE);
            assertThat(outcome.message.toString()).contains("COLLAPSE DONE, 12 MiB");
            assertThat(memory.residentBytes()).isEqualTo(used);
            for (long at = 0; at < used; at += 4096) {
                assertThat(memory.segment().get(ValueLayout.JAVA_LONG, at)).isEqualTo(at + 1);
            }
        }
    }

    @Test
    void shouldSayWhyMemoryAtAnOddAddressCannotBeHuge() {
        try (MappedMemory memory = MappedMemory.create("embedded-odd", SIZE + 4096)) {
            assumeTrue(memory.segment().address() % (2 * MIB) != 0, "skipped: it lies aligned");
            OutcomeSection outcome = sculpt(memory);
            assertThat(outcome.status).isEqualTo(OutcomeStatus.UNAVAILABLE);
            assertThat(outcome.message.toString()).contains("cannot be huge");
        }
    }
}
