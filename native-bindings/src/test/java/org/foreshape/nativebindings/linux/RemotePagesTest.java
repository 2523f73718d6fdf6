package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** On this very process, which is a process like any other to these calls. */
class RemotePagesTest {
    private static final int MIB = 1 << 20;
    private static final int SELF = LinuxMemory.processId();

    @Test
    void shouldMakeSharedPagesResidentByReading() {
        try (MappedMemory memory = MappedMemory.create("touch", MIB);
                RemotePages pages = RemotePages.open(SELF)) {
            long start = memory.segment().address();
            long[] addresses = new long[16];
            for (int i = 0; i < 16; i++) {
                addresses[i] = start + i * 65536L;
            }
            assertThat(pages.touch(addresses, 0, 16)).isEqualTo(16);
            assertThat(memory.residentBytes()).isEqualTo(16 * 4096);
            assertThat(pages.touch(addresses, 15, 1)).isEqualTo(1);
        }
    }

    @Test
    void shouldTellHowFarItReadAndWhyNoFurther() {
        try (MappedMemory memory = MappedMemory.create("touch", MIB);
                RemotePages pages = RemotePages.open(SELF)) {
            long start = memory.segment().address();
            assertThat(pages.touch(new long[] {start, 0, start}, 0, 3)).isEqualTo(1);
            assertThat(pages.touch(new long[] {0}, 0, 1)).isEqualTo(-Errno.EFAULT);
            assertThat(pages.failure(-Errno.EFAULT, "touch", 0).getMessage())
                    .contains("EFAULT")
                    .contains("pid=" + SELF);
            assertThatThrownBy(() -> pages.touch(new long[2], 1, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> pages.touch(new long[2000], 0, 2000))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldRefuseToCollapseWhatIsNotMapped() {
        try (RemotePages pages = RemotePages.open(SELF)) {
            assertThat(pages.collapse(0, 2 * MIB)).isNegative();
            assertThat(pages.collapse(0, 0)).isZero();
        }
    }

    @Test
    void shouldSayThatTheProcessHasEnded() throws Exception {
        Process child = new ProcessBuilder("sleep", "100").start();
        try (RemotePages pages = RemotePages.open((int) child.pid())) {
            assertThat(pages.isAlive()).isTrue();
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(pages.isAlive()).isFalse();
            assertThat(pages.touch(new long[] {4096}, 0, 1)).isEqualTo(-Errno.ESRCH);
            assertThat(pages.collapse(2 * MIB, 2 * MIB)).isEqualTo(-Errno.ESRCH);
            assertThatThrownBy(() -> pages.duplicate(0))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            failure -> assertThat(failure.symbol()).isEqualTo("ESRCH"));
        }
        assertThatThrownBy(() -> RemotePages.open(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldPopulateADuplicateOfAMemoryFile() {
        try (MappedMemory memory = MappedMemory.create("shared", 4 * MIB);
                RemotePages pages = RemotePages.open(SELF);
                SharedFile file = pages.duplicate(memory.fd())) {
            assertThat(file.sizeBytes()).isEqualTo(4 * MIB);
            assertThat(file.inode()).isPositive();
            memory.segment().fill((byte) 7);
            memory.punchHole(MIB, 2 * MIB);
            assertThat(file.populate(MIB, MIB)).isZero();
            assertThat(memory.residentBytes()).isEqualTo(3 * MIB);
            assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
            assertThat(file.populate(4 * MIB, MIB)).isNegative();
            assertThat(file.populate(1, MIB)).isEqualTo(-Errno.EINVAL);
        }
    }

    @Test
    void shouldLeaveNothingOpen() throws IOException {
        long before = descriptors();
        for (int i = 0; i < 20; i++) {
            try (RemotePages pages = RemotePages.open(SELF);
                    PageScan scan = PageScan.open(SELF)) {
                assertThat(pages.isAlive()).isTrue();
                assertThat(scan.tellsZeroAndHuge()).isIn(true, false);
            }
        }
        // Others of this JVM may come and go, but not twenty.
        assertThat(descriptors()).isLessThan(before + 10);
    }

    @Test
    void shouldScanTheSameByBothWays() {
        try (MappedMemory memory = MappedMemory.create("scan", 8 * MIB)) {
            memory.populate(0, 4096);
            memory.populate(8192, 12288);
            memory.populate(7 * MIB, MIB);
            List<String> expected = List.of("0+4096", "8192+12288", 7 * MIB + "+" + MIB);
            assertThat(scan(memory, false)).isEqualTo(expected);
            try (PageScan scan = PageScan.open(SELF)) {
                if (scan.tellsZeroAndHuge()) {
                    assertThat(scan(memory, true)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void shouldSayWhenThePageMapCannotBeOpened() {
        assertThatThrownBy(() -> PageScan.open(1 << 22))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> assertThat(failure.symbol()).isEqualTo("ENOENT"));
    }

    private static List<String> scan(MappedMemory memory, boolean byIoctl) {
        List<String> runs = new ArrayList<>();
        long start = memory.segment().address();
        try (PageScan scan = PageScan.open(SELF, byIoctl)) {
            scan.visit(
                    start,
                    start + memory.sizeBytes(),
                    (from, to, categories) -> {
                        assertThat(categories & PageScan.PRESENT).isNotZero();
                        runs.add((from - start) + "+" + (to - from));
                    });
        }
        return runs;
    }

    private static long descriptors() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.count();
        }
    }
}
