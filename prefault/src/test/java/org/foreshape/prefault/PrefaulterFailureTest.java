package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an act reports when it cannot, or can no longer, do what was planned. */
class PrefaulterFailureTest {
    private static final long MIB = 1 << 20;

    @TempDir private static Path folder;
    private static Path binary;

    private final Prefaulter prefaulter = Prefaulter.open();
    private final PrefaultCancel cancel = new PrefaultCancel();

    @BeforeAll
    static void compile() {
        binary = Target.compile(folder);
    }

    @AfterEach
    void close() {
        prefaulter.close();
    }

    private static PrefaultRequest.Builder everything() {
        return PrefaultRequest.more(1L << 40).balloonHeldBytes(0);
    }

    @Test
    void shouldReportAProcessThatIsGone() throws IOException {
        RamRange ram;
        try (Target target = Target.start(binary, "anon-huge", 16)) {
            ram = target.ram();
        }
        PrefaultReport report = prefaulter.prefault(ram, everything().build(), cancel);

        assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.PROCESS_GONE);
        assertThat(report.failures())
                .singleElement()
                .matches(failure -> failure.symbol().equals("ESRCH"));
        assertThat(report.residentBytesBefore()).isEqualTo(PrefaultReport.UNKNOWN);
        assertThat(prefaulter.plan(ram, everything().build()).path())
                .isEqualTo(PrefaultPath.UNAVAILABLE);
    }

    @Test
    void shouldRefuseANumberThatBelongsToAnotherProcess() throws IOException {
        try (Target target = Target.start(binary, "anon-huge", 16)) {
            RamRange ram = target.ram();
            RamRange stranger =
                    new RamRange(
                            ram.pid(),
                            ram.processStartTicks() - 1,
                            ram.start(),
                            ram.sizeBytes(),
                            ram.kind(),
                            0,
                            0,
                            0,
                            "");
            PrefaultReport report = prefaulter.prefault(stranger, everything().build(), cancel);

            assertThat(report.stop()).isEqualTo(Stop.PROCESS_GONE);
            assertThat(target.residentMib()).isZero();
        }
    }

    @Test
    void shouldReportAProcessThatIsKilledInMidAct() throws Exception {
        for (String kind : new String[] {"anon-huge", "memfd"}) {
            try (Target target = Target.start(binary, kind, 128)) {
                RamRange ram = target.ram();
                target.ask("fill 0 1");
                CompletableFuture<PrefaultReport> act =
                        CompletableFuture.supplyAsync(() ->
                                prefaulter.prefault(ram, everything().pace(32, 1).build(), cancel));
                while (target.residentMib() <= 1 && !act.isDone()) {
                    LockSupport.parkNanos(1_000_000);
                }
                target.kill();
                PrefaultReport report = act.get(30, TimeUnit.SECONDS);

                assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.PROCESS_GONE);
                assertThat(report.stopReason()).contains("ended");
                assertThat(report.failures()).anyMatch(f -> f.symbol().equals("ESRCH"));
                assertThat(report.residentBytesAfter()).isEqualTo(PrefaultReport.UNKNOWN);
            }
        }
    }

    @Test
    void shouldEndSoonWhenCancelled() throws Exception {
        try (Target target = Target.start(binary, "memfd", 128)) {
            RamRange ram = target.ram();
            CompletableFuture<PrefaultReport> act =
                    CompletableFuture.supplyAsync(() ->
                            prefaulter.prefault(ram, everything().pace(16, 1).build(), cancel));
            while (target.residentMib() <= 1 && !act.isDone()) {
                LockSupport.parkNanos(1_000_000);
            }
            cancel.cancel();
            PrefaultReport report = act.get(30, TimeUnit.SECONDS);

            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.CANCELLED);
            assertThat(report.gainedBytes()).isBetween(1L, 127 * MIB);
            assertThat(target.badAnywhere()).isZero();
        }
    }

    @Test
    void shouldEndWhenTheTimeIsOver() throws IOException {
        try (Target target = Target.start(binary, "memfd", 64)) {
            PrefaultReport report =
                    prefaulter.prefault(
                            target.ram(),
                            everything().pace(8, 1).withinNs(200_000_000).build(),
                            cancel);

            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DEADLINE);
            assertThat(target.residentMib()).isLessThan(64);
        }
    }

    @Test
    void shouldNeverGoBelowTheHostsReserve() throws IOException {
        for (String kind : new String[] {"anon-huge", "memfd", "memfd-aligned"}) {
            try (Target target = Target.start(binary, kind, 32)) {
                PrefaultReport report =
                        prefaulter.prefault(
                                target.ram(),
                                everything().hostReserveBytes(1L << 50).build(),
                                cancel);

                assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.HOST_MEMORY);
                assertThat(target.residentMib()).isZero();
            }
        }
    }

    @Test
    void shouldReportARangeOfWhichAPartIsGone() throws IOException {
        try (Target target = Target.start(binary, "anon-huge", 32)) {
            RamRange ram = target.ram();
            target.ask("unmap 8 8");
            PrefaultReport report = prefaulter.prefault(ram, everything().build(), cancel);

            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.RANGE_GONE);
            assertThat(report.failures()).isNotEmpty();
            assertThat(target.residentMib()).isZero();
        }
    }

    @Test
    void shouldReportARangeThatGoesInMidAct() throws Exception {
        for (String kind : new String[] {"anon-huge", "memfd"}) {
            try (Target target = Target.start(binary, kind, 128)) {
                RamRange ram = target.ram();
                target.ask("fill 0 1");
                CompletableFuture<PrefaultReport> act =
                        CompletableFuture.supplyAsync(() ->
                                prefaulter.prefault(ram, everything().pace(64, 1).build(), cancel));
                while (target.residentMib() <= 1 && !act.isDone()) {
                    LockSupport.parkNanos(1_000_000);
                }
                target.ask("unmap 64 64");
                PrefaultReport report = act.get(30, TimeUnit.SECONDS);

                assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.RANGE_GONE);
                assertThat(report.failures())
                        .anyMatch(f -> f.symbol().equals("ENOMEM") || f.symbol().equals("EFAULT"));
            }
        }
    }

    @Test
    void shouldNotTouchWhatABalloonMayHold() throws IOException {
        try (Target target = Target.start(binary, "memfd", 32)) {
            PrefaultReport unknown =
                    prefaulter.prefault(target.ram(), PrefaultRequest.more(MIB).build(), cancel);
            PrefaultReport held =
                    prefaulter.prefault(
                            target.ram(),
                            PrefaultRequest.more(MIB).balloonHeldBytes(8 * MIB).build(),
                            cancel);

            assertThat(unknown.stop()).isEqualTo(Stop.UNAVAILABLE);
            assertThat(unknown.stopReason()).contains("not known").contains("ledger");
            assertThat(held.stop()).isEqualTo(Stop.UNAVAILABLE);
            assertThat(held.stopReason()).contains("8 MiB").contains("ledger");
            assertThat(target.residentMib()).isZero();
        }
    }

    @Test
    void shouldSayThatBlocksOfTheHugePageOfZerosAreLost() throws IOException {
        assumeTrue(Target.isRoot(), "skipped: not root");
        try (Target target = Target.start(binary, "anon-huge", 32)) {
            // Reading it maps the huge page of zeros everywhere, which is the trap.
            target.ask("checkall");
            PrefaultReport report = prefaulter.prefault(target.ram(), everything().build(), cancel);

            assertThat(report.plan().path())
                    .as(report.toString())
                    .isEqualTo(PrefaultPath.QMP_PREALLOC);
            assertThat(report.plan().lostBytes()).isEqualTo(32 * MIB);
            assertThat(report.stop()).isEqualTo(Stop.UNAVAILABLE);
            assertThat(target.residentMib()).isZero();
        }
    }

    @Test
    void shouldRefusePrivateFilesWithAReason() throws IOException {
        Path file = folder.resolve("private");
        try (Target target = Target.start(binary, "private-file", 8, file.toString())) {
            PrefaultReport report = prefaulter.prefault(target.ram(), everything().build(), cancel);

            assertThat(report.stop()).isEqualTo(Stop.UNAVAILABLE);
            assertThat(report.stopReason()).contains("private mapping");
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Test
    void shouldPopulateTheGrantOfAnEmbeddedGuestAndNothingElse() {
        try (MappedMemory own = MappedMemory.create("own", 64 * MIB)) {
            PrefaultReport none =
                    prefaulter.prefault(own, PrefaultRequest.more(MIB).build(), cancel);
            assertThat(none.stop()).isEqualTo(Stop.UNAVAILABLE);

            PrefaultReport report =
                    prefaulter.prefault(
                            own,
                            PrefaultRequest.more(1L << 40).part(16 * MIB, 20 * MIB).build(),
                            cancel);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(report.gainedBytes()).isEqualTo(20 * MIB);
            own.punchHole(16 * MIB, 20 * MIB);
            assertThat(own.residentBytes()).isZero();
        }
    }

    @Test
    void shouldReportAnEmbeddedGuestThatIsGone() {
        MappedMemory own = MappedMemory.create("own", 4 * MIB);
        own.close();
        PrefaultReport report = prefaulter.prefault(own, everything().part(0, MIB).build(), cancel);
        assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.PROCESS_GONE);
        assertThat(report.failures()).isNotEmpty();
    }
}
