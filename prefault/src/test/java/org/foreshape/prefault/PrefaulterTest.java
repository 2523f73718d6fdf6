package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.RemotePages;
import org.foreshape.nativebindings.linux.SharedFile;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Acts on child processes with memory of each kind. */
class PrefaulterTest {
    private static final int MIB = 1 << 20;

    @TempDir private static Path folder;
    private static Path binary;

    private final Prefaulter prefaulter = Prefaulter.open();

    @BeforeAll
    static void compile() {
        binary = Target.compile(folder);
    }

    @AfterEach
    void close() {
        prefaulter.close();
    }

    private static PrefaultRequest everything() {
        return PrefaultRequest.more(1L << 40).balloonHeldBytes(0).build();
    }

    private PrefaultReport run(Target target, PrefaultRequest request) throws IOException {
        return prefaulter.prefault(target.ram(), request, new PrefaultCancel());
    }

    @Test
    void shouldFillFreshHugeMemoryWithTheSwitchAndKeepEveryByte() throws IOException {
        assumeTrue(Target.isRoot(), "skipped: not root, so the switch cannot be written");
        try (Target target = Target.start(binary, "anon-huge", 64)) {
            target.ask("fill 8 10");
            PrefaultReport report = run(target, everything());

            assertThat(report.plan().path())
                    .as(report.toString())
                    .isEqualTo(PrefaultPath.ANON_SWITCH);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(report.failures()).isEmpty();
            assertThat(target.hugeMib()).isEqualTo(64);
            assertThat(report.residentBytesAfter()).isEqualTo(64L * MIB);
            assertThat(target.ask("fill 20 40")).contains("faults=0");
            assertThat(target.badAnywhere()).isZero();
        }
    }

    @Test
    void shouldFillMemoryThatWasNeverWritten() throws IOException {
        assumeTrue(Target.isRoot(), "skipped: not root, so the switch cannot be written");
        try (Target target = Target.start(binary, "anon-huge", 64)) {
            PrefaultReport report = run(target, everything());

            assertThat(report.plan().path())
                    .as(report.toString())
                    .isEqualTo(PrefaultPath.ANON_ZERO_PAGE);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(target.hugeMib()).isEqualTo(64);
            assertThat(target.badAnywhere()).isZero();
        }
        assertThat(HostFacts.read(HostFacts.FOLDER).isZeroPageUsed()).isTrue();
    }

    @Test
    void shouldFillMemoryThatGetsNoHugePagesOnAFault() throws IOException {
        try (Target target = Target.start(binary, "anon", 64)) {
            target.ask("fill 0 3");
            PrefaultReport report = run(target, everything());

            assertThat(report.plan().path())
                    .as(report.toString())
                    .isEqualTo(PrefaultPath.ANON_TOUCH);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(target.residentMib()).isEqualTo(64);
            assertThat(target.badAnywhere()).isZero();
        }
    }

    @Test
    void shouldFillHugeMemoryByThreadsAndRepairBlocksOfSmallPages() throws IOException {
        assumeTrue(Target.isRoot(), "skipped: not root, so the switch cannot be written");
        try (Target target = Target.start(binary, "anon-huge", 64)) {
            target.ask("fill 8 12");
            target.ask("discard 9 2");
            PrefaultReport report =
                    run(
                            target,
                            PrefaultRequest.more(1L << 40).balloonHeldBytes(0).pace(0, 2).build());

            assertThat(report.plan().path())
                    .as(report.toString())
                    .isEqualTo(PrefaultPath.ANON_ZERO_PAGE);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(report.failures()).isEmpty();
            assertThat(target.hugeMib()).isEqualTo(64);
            assertThat(target.ask("fill 20 40")).contains("faults=0");
            assertThat(target.badAnywhere()).isZero();
        }
        assertThat(HostFacts.read(HostFacts.FOLDER).isZeroPageUsed()).isTrue();
    }

    @Test
    void shouldPopulateAMemoryFileByThreads() throws IOException {
        try (Target target = Target.start(binary, "memfd", 64)) {
            target.ask("fill 3 7");
            target.ask("discard 5 1");
            PrefaultReport report =
                    run(
                            target,
                            PrefaultRequest.more(1L << 40).balloonHeldBytes(0).pace(0, 3).build());

            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(report.steps().getFirst().bytes()).isEqualTo(58L * MIB);
            assertThat(target.residentMib()).isEqualTo(64);
            assertThat(target.badAnywhere()).isZero();
        }
    }

    /** Pages of 64 KiB must not reach into what is not wanted, nor over pages that are there. */
    @Test
    void shouldFillExactlyThePartOfAMemoryFile() throws IOException {
        long start = 8 * MIB + 3 * 4096;
        long end = 40 * MIB + 7 * 4096;
        for (int cpus = 1; cpus <= 2; cpus++) {
            try (Target target = Target.start(binary, "memfd", 64)) {
                target.ask("fill 20 1");
                target.ask("fill 30 5");
                PrefaultRequest part =
                        PrefaultRequest.more(1L << 40)
                                .part(start, end - start)
                                .pace(0, cpus)
                                .build();
                PrefaultReport report = run(target, part);

                assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
                assertThat(report.gainedBytes())
                        .as(report.toString())
                        .isEqualTo(end - start - 6 * MIB);
                assertThat(report.failures()).isEmpty();
                // Given back page by page, as a balloon does, nothing of the larger pages stays.
                target.ask("discard 9 10");
                assertThat(allocatedBytes(target))
                        .isEqualTo(end - start - 10 * MIB)
                        .isEqualTo(RangeMemory.read(target.ram()).residentBytes());
                assertThat(target.badAnywhere()).isZero();
            }
        }
    }

    /** What its memory file takes of the host. */
    private static long allocatedBytes(Target target) throws IOException {
        try (RemotePages pages = RemotePages.open(target.pid());
                SharedFile file = RemoteFile.open(pages, target.ram())) {
            return file.allocatedBytes();
        }
    }

    @Test
    void shouldSayWhenMemoryWasNeverWrittenAndCannotBeHuge() throws IOException {
        try (Target target = Target.start(binary, "anon", 16)) {
            PrefaultReport report = run(target, everything());

            assertThat(report.stop()).isEqualTo(Stop.UNAVAILABLE);
            assertThat(report.stopReason()).contains("ever written");
        }
    }

    @Test
    void shouldCollapseAloneAfterABalloonCycle() throws IOException {
        try (Target target = Target.start(binary, "anon-huge", 64)) {
            target.ask("fill 0 64");
            target.ask("discard 16 32");
            assertThat(target.residentMib()).isEqualTo(32);
            PrefaultReport report =
                    run(
                            target,
                            PrefaultRequest.more(1L << 40)
                                    .balloonHeldBytes(0)
                                    .afterBalloonCycle(true)
                                    .build());

            assertThat(report.plan().path()).isEqualTo(PrefaultPath.ANON_COLLAPSE);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(target.hugeMib()).isEqualTo(64);
            assertThat(target.badAnywhere()).isZero();
        }
    }

    @Test
    void shouldPopulateAMisalignedMemoryFileAndNeverCollapseIt() throws IOException {
        try (Target target = Target.start(binary, "memfd", 64)) {
            target.ask("fill 3 7");
            assertThat(target.ram().kind()).isEqualTo(MemoryKind.MEMFD);
            PrefaultReport report = run(target, everything());

            assertThat(report.plan().path())
                    .isIn(PrefaultPath.MEMFD_WINDOWS, PrefaultPath.MEMFD_MAP);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(report.steps())
                    .extracting(PrefaultReport.Step::step)
                    .filteredOn(step -> step != PrefaultStep.SWITCH)
                    .containsExactly(PrefaultStep.POPULATE_FILE, PrefaultStep.TOUCH_WINDOWS);
            assertThat(target.residentMib()).isEqualTo(64);

            target.ask("discard 10 40");
            assertThat(target.residentMib()).isEqualTo(24);
            run(target, everything());
            assertThat(target.residentMib()).isEqualTo(64);
            assertThat(target.ask("fill 10 40")).contains("faults=0");
            assertThat(target.badAnywhere()).isZero();
        }
    }

    @Test
    void shouldMakeAnAlignedSharedFileHuge() throws IOException {
        try (Target target = Target.start(binary, "memfd-aligned", 64)) {
            target.ask("fill 0 5");
            assertThat(target.ram().kind()).isEqualTo(MemoryKind.TMPFS_ALIGNED);
            PrefaultReport report = run(target, everything());

            assertThat(report.plan().path()).isEqualTo(PrefaultPath.TMPFS_COLLAPSE);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(target.residentMib()).isEqualTo(64);
            assertThat(target.hugeMib()).as("two blocks were resident before").isEqualTo(60);

            run(target, PrefaultRequest.more(1).balloonHeldBytes(0).hugeRestored(true).build());
            assertThat(target.hugeMib()).isEqualTo(64);
            assertThat(target.badAnywhere()).isZero();
        }
    }
}
