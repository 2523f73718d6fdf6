package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RamFinderTest {
    private static final int PID_ABOVE_ALL = 1 << 22;

    @TempDir private static Path folder;
    private static Path binary;

    @BeforeAll
    static void compile() {
        binary = Target.compile(folder);
    }

    @Test
    void shouldReadALineOfMaps() {
        Vma vma =
                Vma.parse(
                        "7f1c00000000-7f1c40000000 rw-s 00001000 fd:01 2078     /memfd:a b (deleted)");
        assertThat(vma).isNotNull();
        assertThat(vma.start()).isEqualTo(0x7f1c00000000L);
        assertThat(vma.sizeBytes()).isEqualTo(1L << 30);
        assertThat(vma.offsetBytes()).isEqualTo(4096);
        assertThat(vma.device()).isEqualTo(0xfdL << 32 | 1);
        assertThat(vma.inode()).isEqualTo(2078);
        assertThat(vma.name()).isEqualTo("/memfd:a b (deleted)");
        assertThat(vma.isShared()).isTrue();
        Vma plain = Vma.parse("7f1c00000000-7f1c40000000 rwxp 00000000 00:00 0 ");
        assertThat(plain).matches(v -> v.isAnonymous() && v.isExecutable() && !v.isShared());
        assertThat(Vma.parse("VmFlags: rd wr")).isNull();
    }

    @Test
    void shouldTellEveryKindOfMemory() throws IOException {
        assertKind("anon", MemoryKind.ANONYMOUS);
        assertKind("anon-huge", MemoryKind.ANONYMOUS);
        assertKind("memfd", MemoryKind.MEMFD);
        assertKind("memfd-aligned", MemoryKind.TMPFS_ALIGNED);
        assertKind("private-file", MemoryKind.FILE_PRIVATE, folder.resolve("p").toString());
    }

    private static void assertKind(String kind, MemoryKind expected, String... more)
            throws IOException {
        try (Target target = Target.start(binary, kind, 16, more)) {
            assertThat(target.ram().kind()).as(kind).isEqualTo(expected);
            assertThat(target.ram().isAligned()).isEqualTo(!kind.equals("memfd"));
            assertThat(RamFinder.isStillThere(target.ram())).isTrue();
        }
    }

    @Test
    void shouldFindAMemoryFileByNameAndAnonymousMemoryBySize() throws IOException {
        try (Target target = Target.start(binary, "memfd", 48)) {
            assertThat(RamFinder.find(target.pid(), 48 << 20)).contains(target.ram());
            assertThat(RamFinder.find(target.pid(), 47 << 20)).isEmpty();
        }
        try (Target target = Target.start(binary, "anon-huge", 48)) {
            assertThat(RamFinder.find(target.pid(), 48 << 20)).contains(target.ram());
        }
    }

    @Test
    void shouldFindMemoryByTheMonitorsAnswer() throws IOException {
        try (Target target = Target.start(binary, "anon-huge", 48)) {
            String answer =
                    "Host virtual address for 0x100000 (pc.ram) is 0x%x\r\n"
                            .formatted(target.start() + 0x100000);
            assertThat(RamFinder.fromMonitor(answer, target.pid(), 48 << 20))
                    .contains(target.ram());
            assertThat(RamFinder.fromMonitor("No memory is mapped", target.pid(), 48 << 20))
                    .isEmpty();
            assertThat(
                            RamFinder.fromMonitor(
                                    "Host virtual address for 0x0 (pc.ram) is 0x1000",
                                    target.pid(),
                                    48 << 20))
                    .isEmpty();
        }
    }

    @Test
    void shouldSeeThatARangeIsGone() throws IOException {
        try (Target target = Target.start(binary, "anon-huge", 16)) {
            RamRange ram = target.ram();
            target.ask("unmap 4 4");
            assertThat(RamFinder.isStillThere(ram)).isFalse();
        }
    }

    @Test
    void shouldSayWhenThereIsNoSuchProcess() {
        assertThatThrownBy(() -> RamFinder.find(PID_ABOVE_ALL, 1 << 20))
                .isInstanceOf(IOException.class);
    }

    @Test
    void shouldFindNothingOfNoSize() throws IOException {
        assertThat(RamFinder.find(LinuxMemory.processId(), 4096L * 1_000_003)).isEmpty();
    }
}
