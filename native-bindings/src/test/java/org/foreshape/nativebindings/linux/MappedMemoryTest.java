package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MappedMemoryTest {
    private static final long MIB = 1 << 20;

    @Test
    void shouldRefuseSizesAndNamesThatTheKernelWouldMisread() {
        assertThatThrownBy(() -> MappedMemory.create("guest", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("multiple of the page size");
        assertThatThrownBy(() -> MappedMemory.create("guest", 4097))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MappedMemory.create("gu\0est", MIB))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MappedMemory.create("g".repeat(250), MIB))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldLieAtAnAlignedAddressAndLeaveNothingBesideIt() throws IOException {
        for (long sizeBytes : new long[] {4096, 2 * MIB, 5 * MIB + 4096}) {
            try (MappedMemory memory = MappedMemory.create("aligned-here", sizeBytes, 2 * MIB)) {
                long start = memory.segment().address();
                assertThat(start % (2 * MIB)).isZero();
                memory.segment().set(ValueLayout.JAVA_LONG, sizeBytes - 8, 77);
                assertThat(memory.residentBytes()).isEqualTo(4096);
                assertThat(Files.readString(Path.of("/proc/self/maps")))
                        .containsPattern(
                                "(?m)^%x-%x rw-s .*aligned-here"
                                        .formatted(start, start + sizeBytes));
            }
            assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain("aligned-here");
        }
        assertThatThrownBy(() -> MappedMemory.create("odd", MIB, 3 * MIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("power of two");
        assertThatThrownBy(() -> MappedMemory.create("huge", 1L << 62, 2 * MIB))
                .isInstanceOf(LinuxException.class);
    }

    @Test
    void shouldSayWhyMemoryCannotBeMapped() {
        assertThatThrownBy(() -> MappedMemory.create("huge", 1L << 62))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> {
                            assertThat(failure.call()).isIn("ftruncate", "mmap");
                            assertThat(failure.getMessage()).contains(failure.symbol());
                        });
    }

    @Test
    void shouldRefuseRangesOutsideTheMemory() {
        try (MappedMemory memory = MappedMemory.create("guest", MIB)) {
            long[][] ranges = {
                {-4096, 4096},
                {0, MIB + 4096},
                {MIB, 4096},
                {1, 4096},
                {0, 100},
                {0, 0},
                {4096, -4096},
                {4096, Long.MAX_VALUE - 4095}
            };
            for (long[] range : ranges) {
                assertThatThrownBy(() -> memory.punchHole(range[0], range[1]))
                        .as("offset %d, length %d", range[0], range[1])
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void shouldCostNothingUntilPopulatedAndGiveBackWhatAHoleHeld() {
        try (MappedMemory memory = MappedMemory.create("guest", 16 * MIB)) {
            assertThat(memory.residentBytes()).isZero();

            memory.populate(0, 8 * MIB);
            assertThat(memory.residentBytes()).isEqualTo(8 * MIB);
            assertThat(LinuxMemory.residentBytes(memory.segment())).isEqualTo(8 * MIB);

            memory.punchHole(2 * MIB, 4 * MIB);
            assertThat(memory.residentBytes()).isEqualTo(4 * MIB);
            assertThat(LinuxMemory.residentBytes(memory.segment().asSlice(2 * MIB, 4 * MIB)))
                    .isZero();

            memory.allocate(2 * MIB, MIB);
            assertThat(memory.residentBytes()).isEqualTo(5 * MIB);
        }
    }

    @Test
    void shouldReadZeroInAHoleAndKeepWhatLiesBesideIt() {
        try (MappedMemory memory = MappedMemory.create("guest", 3 * 4096)) {
            MemorySegment segment = memory.segment();
            for (long offset = 0; offset < memory.sizeBytes(); offset += 8) {
                segment.set(ValueLayout.JAVA_LONG, offset, ~offset);
            }

            memory.punchHole(4096, 4096);

            for (long offset = 0; offset < memory.sizeBytes(); offset += 8) {
                boolean inHole = offset >= 4096 && offset < 8192;
                assertThat(segment.get(ValueLayout.JAVA_LONG, offset))
                        .isEqualTo(inHole ? 0 : ~offset);
            }
        }
    }

    @Test
    void shouldKeepContentWhenPopulated() {
        try (MappedMemory memory = MappedMemory.create("guest", MIB)) {
            memory.segment().set(ValueLayout.JAVA_LONG, 8, 42);
            memory.populate(0, MIB);
            assertThat(memory.segment().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(42);
            assertThat(memory.segment().get(ValueLayout.JAVA_LONG, 4096)).isZero();
        }
    }

    @Test
    void shouldThrowInsteadOfCrashAfterClose() {
        MappedMemory memory = MappedMemory.create("guest", MIB);
        MemorySegment segment = memory.segment();
        memory.close();
        memory.close();

        assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.punchHole(0, 4096))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("memory guest is closed");
        assertThatThrownBy(memory::residentBytes).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> LinuxMemory.advise(segment, MemoryAdvice.WILLNEED))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldLeaveNoFileBehind() throws IOException {
        MappedMemory.create("foreshape-leak-test", MIB).close();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            assertThat(files.map(MappedMemoryTest::target))
                    .noneMatch(target -> target.contains("foreshape-leak-test"));
        }
        assertThat(Files.readString(Path.of("/proc/self/maps")))
                .doesNotContain("foreshape-leak-test");
    }

    @Test
    void shouldFreeOnceWhenClosedUnderRunningCalls() throws Exception {
        for (int round = 0; round < 50; round++) {
            MappedMemory memory = MappedMemory.create("foreshape-race-test", MIB);
            Thread user =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    while (true) {
                                        memory.populate(0, MIB);
                                        memory.punchHole(0, MIB);
                                    }
                                } catch (IllegalStateException closed) {
                                    // The end that this test is about.
                                }
                            });
            memory.close();
            user.join();
        }
        assertThat(Files.readString(Path.of("/proc/self/maps")))
                .doesNotContain("foreshape-race-test");
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
