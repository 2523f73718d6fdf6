package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Acts on real QEMU guests whose workload proves each word: populate, balloon, populate again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class GuestPrefaultTest {
    private static final int MAX_MIB = 512;
    private static final int LOW_MIB = 224;
    private static final int HELD_MIB = 48;
    private static final long MIB = 1 << 20;
    private static final Duration STEP = Duration.ofSeconds(90);

    private final Prefaulter prefaulter = Prefaulter.open();
    private PrivateLibvirtd libvirtd;

    @BeforeAll
    void startLibvirtd() {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        libvirtd = PrivateLibvirtd.start();
    }

    @AfterAll
    void closeLibvirtd() {
        prefaulter.close();
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    private Guest boot(String name, RamKind ram) {
        return libvirtd.create(
                        GuestSpec.builder(name).maxMib(MAX_MIB).ram(ram).cpuModel("qemu64").build())
                .waitReady(Duration.ofMinutes(2));
    }

    private static PrefaultRequest.Builder everything() {
        return PrefaultRequest.more(1L << 40).balloonHeldBytes(0);
    }

    private PrefaultReport run(RamRange ram, PrefaultRequest request) {
        PrefaultReport report = prefaulter.prefault(ram, request, new PrefaultCancel());
        assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
        return report;
    }

    private static RamRange find(Guest guest) throws IOException {
        return RamFinder.find((int) guest.qemuPid(), MAX_MIB * MIB).orElseThrow();
    }

    private RamRange ask(Guest guest, int pid) throws IOException {
        String answer =
                libvirtd.virsh(
                        "qemu-monitor-command", guest.domainName(), "--hmp", "gpa2hva 0x100000");
        return RamFinder.fromMonitor(answer, pid, MAX_MIB * MIB).orElseThrow();
    }

    @Test
    void shouldFillAnonymousMemoryAndRestoreItsHugePagesAfterABalloonCycle() throws IOException {
        Assumptions.assumeTrue(Target.isRoot(), "skipped: not root");
        try (Guest guest = boot("anon", RamKind.ANON)) {
            RamRange ram = find(guest);
            assertThat(ram.kind()).isEqualTo(MemoryKind.ANONYMOUS);
            assertThat(ask(guest, ram.pid())).isEqualTo(ram);
            guest.control().setBlocks(HELD_MIB);

            PrefaultReport fresh = run(ram, everything().build());
            assertThat(fresh.plan().path()).isEqualTo(PrefaultPath.ANON_SWITCH);
            assertThat(fresh.hugeBytesAfter()).isGreaterThan(MAX_MIB * MIB * 95 / 100);
            assertThat(guest.control().sum().badWords()).isZero();

            guest.resize(LOW_MIB, STEP);
            assertThat(RangeMemory.read(ram).residentBytes()).isLessThan((MAX_MIB - 200) * MIB);
            guest.resize(MAX_MIB, STEP);
            PrefaultReport again =
                    run(ram, everything().afterBalloonCycle(true).hugeRestored(true).build());
            assertThat(again.plan().path()).isEqualTo(PrefaultPath.ANON_COLLAPSE);
            assertThat(again.hugeBytesAfter())
                    .as(again.toString())
                    .isGreaterThan(MAX_MIB * MIB * 95 / 100);
            assertThat(guest.control().sum())
                    .matches(sum -> sum.badWords() == 0 && sum.blocks() == HELD_MIB);
            assertThat(guest.control().setBlocks(HELD_MIB + 128)).isEqualTo(HELD_MIB + 128);
            assertThat(guest.control().sum().badWords()).isZero();
        }
    }

    @Test
    void shouldFillAMemoryFileAgainAfterEveryBalloonCycle() throws IOException {
        try (Guest guest = boot("memfd", RamKind.MEMFD)) {
            RamRange ram = find(guest);
            assertThat(ram.kind()).as("QEMU 7.2 does not align it").isEqualTo(MemoryKind.MEMFD);
            assertThat(ask(guest, ram.pid())).isEqualTo(ram);
            guest.control().setBlocks(HELD_MIB);
            for (int cycle = 0; cycle < 2; cycle++) {
                PrefaultReport report = run(ram, everything().build());
                assertThat(report.plan().path())
                        .isIn(PrefaultPath.MEMFD_WINDOWS, PrefaultPath.MEMFD_MAP);
                assertThat(report.residentBytesAfter())
                        .as(report.toString())
                        .isGreaterThan(MAX_MIB * MIB * 99 / 100);
                assertThat(guest.control().sum().badWords()).isZero();

                guest.resize(LOW_MIB, STEP);
                assertThat(RangeMemory.read(ram).residentBytes()).isLessThan((MAX_MIB - 200) * MIB);
                guest.resize(MAX_MIB, STEP);
            }
            assertThat(guest.control().sum())
                    .matches(sum -> sum.badWords() == 0 && sum.blocks() == HELD_MIB);
        }
    }

    @Test
    void shouldFillOnlyWhatABalloonGivesBackAndNothingThatItKeeps() throws IOException {
        try (Guest guest = boot("ledger", RamKind.MEMFD)) {
            RamRange ram = find(guest);
            guest.control().setBlocks(HELD_MIB);
            run(ram, everything().build());

            BalloonLedger ledger = new BalloonLedger(ram);
            ledger.beforeShrink();
            guest.resize(400, STEP);
            long first = ledger.afterShrink((MAX_MIB - 400) * MIB);
            guest.resize(300, STEP);
            long second = ledger.afterShrink(100 * MIB);
            assertThat(first).isBetween(100 * MIB, 120 * MIB);
            assertThat(second).isBetween(90 * MIB, 110 * MIB);
            long held = RangeMemory.read(ram).residentBytes();

            // The balloon keeps the first shrink: only the second may become resident.
            PrefaultReport report =
                    run(
                            ram,
                            PrefaultRequest.more(1L << 40)
                                    .balloonHeldBytes((MAX_MIB - 400) * MIB)
                                    .ledger(ledger)
                                    .build());
            long after = RangeMemory.read(ram).residentBytes();
            assertThat(after - held)
                    .as(report.toString())
                    .isBetween(second * 9 / 10, second * 11 / 10);
            guest.resize(400, STEP);
            ledger.granted(100 * MIB);
            assertThat(ledger.balloonBytes()).isEqualTo((MAX_MIB - 400) * MIB);
            assertThat(guest.control().sum().badWords()).isZero();

            // What was made resident is what the balloon gave: using it takes no new memory.
            assertThat(guest.control().setBlocks(HELD_MIB + 60)).isEqualTo(HELD_MIB + 60);
            assertThat(RangeMemory.read(ram).residentBytes()).isLessThan(after + 24 * MIB);
            assertThat(guest.control().sum().badWords()).isZero();

            // What became resident is what the guest uses next, and not what the balloon keeps.
            guest.resize(300, STEP);
            guest.resize(MAX_MIB, STEP);
            assertThat(guest.control().sum().badWords()).isZero();
        }
    }
}
