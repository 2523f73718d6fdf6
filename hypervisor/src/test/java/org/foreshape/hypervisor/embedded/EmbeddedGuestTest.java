package org.foreshape.hypervisor.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EmbeddedGuestTest {
    private static final long MIB = 1024;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long CEILING_KIB = 256 * MIB;
    private static final long OVERHEAD_KIB = CEILING_KIB / 16;

    private EmbeddedGuest guest;
    private long nowNs;

    @AfterEach
    void closeGuest() {
        guest.close();
        assertThat(guest.totals().badPages()).isZero();
    }

    @Test
    void shouldHoldAsMuchHostMemoryAsItsWorkloadTouched() {
        open(demand(64 * MIB, 0, 0), 200 * MIB, EmbeddedOptions.defaults());
        run(1);

        assertThat(guest.residentKib()).isEqualTo(64 * MIB + OVERHEAD_KIB);
        assertThat(residentByTheKernelKib()).isEqualTo(64 * MIB + OVERHEAD_KIB);
        assertThat(guest.totals().touchedPages())
                .isEqualTo((64 * MIB + OVERHEAD_KIB) * 1024 / LinuxMemory.pageSizeBytes());
    }

    @Test
    void shouldCausePageFaultsWhenItsWorkloadGrows() throws Exception {
        long before = minorFaults();
        open(demand(64 * MIB, 0, 0), 200 * MIB, EmbeddedOptions.defaults());
        run(1);

        assertThat(minorFaults() - before).isGreaterThanOrEqualTo(guest.totals().touchedPages());
    }

    @Test
    void shouldKeepFreedMemoryUntilTheBalloonTakesIt() {
        open(demand(160 * MIB, 10, 32 * MIB), 200 * MIB, EmbeddedOptions.defaults());
        run(10);
        run(20);
        assertThat(residentByTheKernelKib()).isEqualTo(160 * MIB + OVERHEAD_KIB);

        guest.setTargetKib(100 * MIB);
        run(25);
        assertThat(guest.allocationKib()).isEqualTo(100 * MIB);
        assertThat(residentByTheKernelKib()).isEqualTo(100 * MIB);
        assertThat(guest.totals().reclaimedPages()).isPositive();
    }

    @Test
    void shouldGiveFreedMemoryToTheHostAtOnceWithFreePageReporting() {
        open(
                demand(160 * MIB, 10, 32 * MIB),
                200 * MIB,
                new EmbeddedOptions.Builder().freePageReporting(true).build());
        run(10);
        assertThat(residentByTheKernelKib()).isEqualTo(160 * MIB + OVERHEAD_KIB);
        run(20);

        assertThat(residentByTheKernelKib()).isEqualTo(32 * MIB + OVERHEAD_KIB);
    }

    @Test
    void shouldMoveItsBalloonNoFasterThanRealGuests() {
        open(demand(16 * MIB, 0, 0), 256 * MIB, EmbeddedOptions.defaults());
        run(1);
        guest.setTargetKib(64 * MIB);
        run(2);
        assertThat(guest.allocationKib()).isBetween(125 * MIB, 127 * MIB);
        run(3);
        assertThat(guest.allocationKib()).isEqualTo(64 * MIB);

        guest.setTargetKib(256 * MIB);
        nowNs += SECOND_NS / 5;
        guest.step(nowNs, nowNs);
        assertThat(guest.allocationKib()).isBetween(163 * MIB, 165 * MIB);
        run(4);
        assertThat(guest.allocationKib()).isEqualTo(256 * MIB);
    }

    @Test
    void shouldNotTakeWhatTheWorkloadUses() {
        open(demand(100 * MIB, 0, 0), 200 * MIB, EmbeddedOptions.defaults());
        run(1);
        guest.setTargetKib(MIB);
        run(10);

        assertThat(guest.allocationKib()).isEqualTo(100 * MIB + OVERHEAD_KIB);
        assertThat(guest.totals().stalledNs()).isZero();
    }

    @Test
    void shouldStandStillUntilItIsGrantedWhatItNeeds() {
        open(demand(32 * MIB, 5, 150 * MIB), 100 * MIB, EmbeddedOptions.defaults());
        run(5);
        assertThat(guest.totals().stalledNs()).isZero();
        long cpuBefore = figures().cpuTimeNs[0];

        run(15);
        assertThat(residentByTheKernelKib()).isEqualTo(100 * MIB);
        assertThat(figures().usableKib[0]).isZero();
        assertThat(figures().cpuMillicores[0]).isZero();
        assertThat(figures().cpuTimeNs[0] - cpuBefore).isLessThan(SECOND_NS);
        // The demand rises at second 5, with the first step after it.
        assertThat(guest.totals().stalledNs()).isEqualTo(10 * SECOND_NS);
        assertThat(guest.totals().stallCount()).isEqualTo(1);
        assertThat(guest.totals().shortfallKibSeconds())
                .isEqualTo(10.0 * (150 * MIB + OVERHEAD_KIB - 100 * MIB));

        guest.setTargetKib(200 * MIB);
        run(20);
        long stalledNs = guest.totals().stalledNs();
        run(25);
        assertThat(guest.totals().stalledNs()).isEqualTo(stalledNs).isLessThan(11 * SECOND_NS);
        assertThat(guest.totals().longestStallNs()).isEqualTo(stalledNs);
        assertThat(residentByTheKernelKib()).isEqualTo(150 * MIB + OVERHEAD_KIB);
    }

    @Test
    void shouldAddUpWhatItHadAndUsed() {
        open(demand(48 * MIB, 0, 0), 128 * MIB, EmbeddedOptions.defaults());
        run(0);
        run(10);

        GuestTotals totals = guest.totals();
        assertThat(totals.elapsedNs()).isEqualTo(10 * SECOND_NS);
        assertThat(totals.allocationKibSeconds()).isEqualTo(10.0 * 128 * MIB);
        assertThat(totals.usedKibSeconds()).isEqualTo(10.0 * (48 * MIB + OVERHEAD_KIB));
        assertThat(totals.ceilingKibSeconds()).isEqualTo(10.0 * CEILING_KIB);
        assertThat(totals.allocationGibHours()).isEqualTo(10.0 * 128 / 1024 / 3600);
    }

    @Test
    void shouldReportScaledAmountsOverFewerRealPages() {
        open(demand(64 * MIB, 0, 0), 200 * MIB, new EmbeddedOptions.Builder().scale(16).build());
        run(1);

        assertThat(guest.ram().sizePages() * (long) LinuxMemory.pageSizeBytes())
                .isEqualTo(CEILING_KIB * 1024 / 16);
        assertThat(guest.residentKib()).isEqualTo(64 * MIB + OVERHEAD_KIB);
        assertThat(residentByTheKernelKib()).isEqualTo((64 * MIB + OVERHEAD_KIB) / 16);
        assertThat(figures().allocationKib[0]).isEqualTo(200 * MIB);
    }

    @Test
    void shouldCatchUpOverAnyTimeInBoundedWork() {
        open(demand(32 * MIB, 5, 150 * MIB), 100 * MIB, EmbeddedOptions.defaults());
        run(0);
        run(86_400);

        assertThat(guest.totals().elapsedNs()).isEqualTo(86_400 * SECOND_NS);
        assertThat(guest.totals().stalledNs()).isGreaterThan(86_000 * SECOND_NS);
    }

    @Test
    void shouldKeepItsContentAndItsBoundsUnderAnyTargets() {
        for (long seed = 1; seed <= 8; seed++) {
            Random random = new Random(seed);
            DemandCurve curve =
                    Curves.step(16 * MIB, 220 * MIB, (1 + random.nextInt(20)) * SECOND_NS, seed);
            EmbeddedOptions options =
                    new EmbeddedOptions.Builder()
                            .scale(16)
                            .freePageReporting(random.nextBoolean())
                            .build();
            EmbeddedGuest one = make(curve, CEILING_KIB, options);
            one.arrived(new VmRef(0, 1, "test", new UUID(1, 2)), GuestTasks.SILENT);
            SampleSection figures = new Tick(1).sample;
            long timeNs = 0;
            for (int i = 0; i < 2000; i++) {
                if (random.nextInt(10) == 0) {
                    one.setTargetKib(1 + random.nextLong(CEILING_KIB));
                }
                timeNs += random.nextLong(2 * SECOND_NS);
                one.step(timeNs, timeNs);
                one.writeTo(figures);
                String when = "seed " + seed + ", step " + i;
                assertThat(figures.usableKib[0]).as(when).isNotNegative();
                assertThat(figures.allocationKib[0]).as(when).isBetween(1L, CEILING_KIB);
                // Whole pages of 16 reported KiB each stand behind any amount: one may be begun.
                assertThat(figures.residentKib[0])
                        .as(when)
                        .isBetween(figures.usedKib(0), figures.allocationKib[0] + 16L * 4);
            }
            one.close();

            assertThat(one.totals().badPages()).as("seed %d", seed).isZero();
            assertThat(one.totals().checkedPages()).isGreaterThan(50_000);
            assertThat(one.totals().reclaimedPages()).as("seed %d", seed).isPositive();
        }
        guest = make(demand(8 * MIB, 0, 0), 200 * MIB, EmbeddedOptions.defaults());
    }

    @Test
    void shouldCountPagesThatDoNotHoldWhatWasWritten() {
        EmbeddedGuest damaged = make(demand(8 * MIB, 0, 0), 200 * MIB, EmbeddedOptions.defaults());
        damaged.step(0, 1);
        damaged.step(SECOND_NS, 1);
        damaged.ram()
                .memory()
                .segment()
                .set(ValueLayout.JAVA_LONG, 3L * LinuxMemory.pageSizeBytes(), 42);
        damaged.ram().memory().punchHole(0, LinuxMemory.pageSizeBytes());
        damaged.close();

        // A page may be looked at more than once, in passing and at the end.
        assertThat(damaged.totals().badPages()).isGreaterThanOrEqualTo(2);
        guest = make(demand(8 * MIB, 0, 0), 200 * MIB, EmbeddedOptions.defaults());
    }

    /** A demand that changes once. */
    private static DemandCurve demand(long firstKib, long changeSeconds, long thenKib) {
        return new DemandCurve() {
            @Override
            public String kind() {
                return "test";
            }

            @Override
            public long memoryKib(long elapsedNs) {
                return changeSeconds > 0 && elapsedNs > changeSeconds * SECOND_NS
                        ? thenKib
                        : firstKib;
            }

            @Override
            public long cpuMillicores(long elapsedNs) {
                return 1000;
            }
        };
    }

    private void open(DemandCurve curve, long initialKib, EmbeddedOptions options) {
        guest = make(curve, initialKib, options);
        guest.arrived(new VmRef(0, 1, "test", new UUID(1, 2)), GuestTasks.SILENT);
        guest.step(0, 1);
    }

    private static EmbeddedGuest make(DemandCurve curve, long initialKib, EmbeddedOptions options) {
        MappedMemory memory =
                MappedMemory.create("guest-test", CEILING_KIB * 1024 / options.scale());
        GuestSpec spec =
                new GuestSpec("test", new UUID(1, 2), curve, CEILING_KIB, initialKib, 1, null);
        return new EmbeddedGuest(spec, new GuestRam(memory, 99), options);
    }

    private void run(long untilSeconds) {
        while (nowNs < untilSeconds * SECOND_NS) {
            nowNs = Math.min(untilSeconds * SECOND_NS, nowNs + SECOND_NS * 1000);
            guest.step(nowNs, nowNs + 1);
        }
    }

    private long residentByTheKernelKib() {
        return guest.ram().memory().residentBytes() / 1024;
    }

    private SampleSection figures() {
        SampleSection figures = new Tick(1).sample;
        guest.writeTo(figures);
        return figures;
    }

    private static long minorFaults() throws Exception {
        String stat =
                new String(
                        Files.readAllBytes(Path.of("/proc/thread-self/stat")),
                        StandardCharsets.US_ASCII);
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[7]);
    }
}
