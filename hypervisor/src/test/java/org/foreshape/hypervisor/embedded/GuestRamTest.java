package org.foreshape.hypervisor.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.nativebindings.linux.MappedMemory;
import org.junit.jupiter.api.Test;

/** Memory that somebody else makes resident while the balloon moves. */
class GuestRamTest {
    private static final int PAGES = 100;

    @Test
    void shouldGiveTheBalloonWhatWasPopulatedMeanwhile() {
        try (MappedMemory memory = MappedMemory.create("ram", PAGES * 4096L);
                GuestRam ram = new GuestRam(memory, 1)) {
            ram.shape(10, PAGES, false);
            ram.populating(PAGES);
            memory.populate(ram.bytes(10), ram.bytes(PAGES - 10));
            assertThat(memory.residentBytes()).isEqualTo(ram.bytes(PAGES));

            ram.shape(10, 50, false);
            assertThat(memory.residentBytes()).as("a shrink").isEqualTo(ram.bytes(50));

            // The act has not heard of it and goes on above what is granted.
            memory.populate(ram.bytes(50), ram.bytes(30));
            ram.shape(10, 50, false);
            assertThat(memory.residentBytes()).as("the step after").isEqualTo(ram.bytes(50));

            memory.populate(ram.bytes(80), ram.bytes(20));
            ram.populated();
            ram.shape(10, 50, false);
            assertThat(memory.residentBytes()).as("the last look").isEqualTo(ram.bytes(50));
            ram.checkAll();
            assertThat(ram.badPages()).isZero();
        }
    }

    @Test
    void shouldKeepWhatWasPopulatedWhileNothingShrinks() {
        try (MappedMemory memory = MappedMemory.create("ram", PAGES * 4096L);
                GuestRam ram = new GuestRam(memory, 1)) {
            ram.shape(10, PAGES, false);
            ram.populating(PAGES);
            memory.populate(ram.bytes(10), ram.bytes(40));
            ram.populated();
            ram.shape(20, PAGES, false);
            assertThat(memory.residentBytes()).isEqualTo(ram.bytes(50));
            ram.checkAll();
            assertThat(ram.badPages()).isZero();
        }
    }
}
