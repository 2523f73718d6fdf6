package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.lab.FillResult;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.prefault.PrefaultReport.Failure;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random acts on real QEMU guests that fill and free memory meanwhile, with balloon cycles in
 * between, cancelled and killed in the middle. {@code -Dforeshape.guest-acts=1000} for the full
 * run, {@code -Dforeshape.seed=N} to repeat one.
 */
@Timeout(value = 120, unit = TimeUnit.MINUTES)
class RandomGuestActsTest {
    private static final int ACTS = Integer.getInteger("foreshape.guest-acts", 16);
    private static final long SEED = Long.getLong("foreshape.seed", System.nanoTime());
    private static final int MAX_MIB = 384;
    private static final int LOW_MIB = 224;
    private static final int BLOCKS_MAX = 64;
    private static final long MIB = 1 << 20;
    private static final Duration STEP = Duration.ofSeconds(90);

    /** Of a hundred acts so many have their guest killed in the middle; a boot takes seconds. */
    private static final int KILLED_PERCENT = 10;

    @TempDir private static Path folder;

    private final Random random = new Random(SEED);
    private final Map<Stop, Integer> ends = new EnumMap<>(Stop.class);
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int checks;
    private int boots;
    private int cycles;
    private int kills;
    private boolean isCycled;

    @Test
    void shouldChangeNothingInARealGuestWhateverHappens() throws Exception {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        System.out.println("random acts on guests: " + ACTS + ", seed " + SEED);
        // The JDK keeps a descriptor from its first socket on; the lab's client is such.
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
        HostFacts switches = HostFacts.read(HostFacts.FOLDER);
        Leftovers before = Leftovers.now();
        // A process like those that are acted on, which must stay exactly as it is.
        try (Target bystander = Target.start(Target.compile(folder), "anon-huge", 16);
                PrivateLibvirtd libvirtd = PrivateLibvirtd.start();
                Prefaulter prefaulter = Prefaulter.open()) {
            bystander.ask("fill 0 4");
            RangeMemory untouched = bystander.memory();
            Guest guest = null;
            for (int act = 0; act < ACTS; act++) {
                if (guest == null) {
                    guest = boot(libvirtd);
                }
                if (!act(prefaulter, guest, "seed " + SEED + " act " + act)) {
                    guest.destroy();
                    guest = null;
                }
            }
            if (guest != null) {
                guest.destroy();
            }
            assertThat(bystander.memory()).isEqualTo(untouched);
            assertThat(bystander.bad()).isZero();
        }
        System.out.printf(
                "ends: %s; boots: %d, killed in the middle: %d, balloon cycles: %d,"
                        + " checks of all memory: %d, none with a changed word%n",
                ends, boots, kills, cycles, checks);
        reasons.forEach((reason, count) -> System.out.println(count + " x " + reason));
        assertThat(checks).isPositive();
        before.assertSameNow();
        assertThat(switches.isZeroPageUsed()).isTrue();
        assertThat(HostFacts.read(HostFacts.FOLDER)).as("the switches").isEqualTo(switches);
    }

    private Guest boot(PrivateLibvirtd libvirtd) {
        isCycled = false;
        GuestSpec spec =
                GuestSpec.builder("r" + boots)
                        .maxMib(MAX_MIB)
                        .ram(boots++ % 2 == 0 ? RamKind.ANON : RamKind.MEMFD)
                        .cpuModel("qemu64")
                        .build();
        Guest guest = libvirtd.create(spec).waitReady(Duration.ofMinutes(2));
        guest.control().setBlocks(16);
        return guest;
    }

    /** False when the guest is gone. */
    private boolean act(Prefaulter prefaulter, Guest guest, String note) throws Exception {
        if (random.nextInt(5) == 0) {
            guest.resize(LOW_MIB, STEP);
            guest.resize(MAX_MIB, STEP);
            cycles++;
            isCycled = true;
        }
        RamRange ram = RamFinder.find((int) guest.qemuPid(), MAX_MIB * MIB).orElseThrow();
        boolean isKilled = random.nextInt(100) < KILLED_PERCENT;
        boolean isCancelled = !isKilled && random.nextInt(100) < 15;
        PrefaultCancel cancel = new PrefaultCancel();
        PrefaultRequest request = request();
        int blocks = 1 + random.nextInt(BLOCKS_MAX);
        CompletableFuture<FillResult> load = guest.control().fill(blocks, STEP);
        PrefaultReport[] report = {null};
        Throwable[] thrown = {null};
        Thread lane =
                Thread.ofPlatform()
                        .name("lane")
                        .uncaughtExceptionHandler((thread, e) -> thrown[0] = e)
                        .start(() -> report[0] = prefaulter.prefault(ram, request, cancel));
        LockSupport.parkNanos(random.nextInt(40_000_000));
        if (isCancelled) {
            cancel.cancel();
        } else if (isKilled) {
            ProcessHandle.of(guest.qemuPid()).ifPresent(ProcessHandle::destroyForcibly);
        }
        lane.join(60_000);
        assertThat(thrown[0]).as(note + " " + request).isNull();
        assertThat(lane.isAlive())
                .as(note + " " + request + " after 60 s at " + List.of(lane.getStackTrace()))
                .isFalse();
        check(report[0], isKilled, isCancelled, note + " " + request);
        FillResult filled = load.get(2, TimeUnit.MINUTES);
        if (isKilled) {
            kills++;
            return false;
        }
        assertThat(filled.isDone()).as(note + " " + filled).isTrue();
        assertThat(guest.control().sum())
                .as(note + " " + report[0])
                .matches(sum -> sum.badWords() == 0 && sum.blocks() == blocks);
        checks++;
        return true;
    }

    private PrefaultRequest request() throws IOException {
        PrefaultRequest.Builder request =
                PrefaultRequest.more(random.nextBoolean() ? 1L << 40 : 1 + random.nextLong(1 << 28))
                        .pace(
                                random.nextInt(4) == 0 ? 256 + random.nextInt(2000) : 0,
                                0.5 + random.nextDouble() * 2)
                        .afterBalloonCycle(isCycled)
                        .hugeRestored(random.nextBoolean())
                        .hostReserveBytes(random.nextInt(12) == 0 ? 1L << 50 : 0);
        if (random.nextInt(10) != 0) {
            request.balloonHeldBytes(0);
        }
        return request.build();
    }

    private void check(
            @Nullable PrefaultReport report, boolean isKilled, boolean isCancelled, String note) {
        assertThat(report).as(note).isNotNull();
        ends.merge(report.stop(), 1, Integer::sum);
        for (Failure failure : report.failures()) {
            assertThat(failure.reason()).as(note).isNotBlank();
            reasons.merge(
                    report.stop() + " " + failure.step() + " " + failure.symbol(), 1, Integer::sum);
        }
        switch (report.stop()) {
            case PROCESS_GONE -> {
                assertThat(isKilled).as(note + report).isTrue();
                assertThat(report.failures()).as(note + report).isNotEmpty();
            }
            case CANCELLED -> assertThat(isCancelled).as(note + report).isTrue();
            case FAILED -> assertThat(report.failures()).as(note + report).isNotEmpty();
            case RANGE_GONE, NOT_PERMITTED, DEADLINE -> assertThat(report).as(note).isNull();
            case DONE, UNAVAILABLE, HOST_MEMORY -> {
                // Each may be the answer to such a request.
            }
        }
    }
}
