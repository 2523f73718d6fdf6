package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.nativebindings.linux.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sculptor on QEMU guests that check every word of their memory. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class SculptorOnGuestTest {
    private static final Duration BOOT = Duration.ofSeconds(150);
    private static final Duration BALLOON = Duration.ofSeconds(60);
    private static final int ACTS_OF_GUEST = 25;
    private static final int RAM_MIB = 512;
    private static final long RAM_BYTES = (long) RAM_MIB << 20;
    private static final ProcessReader READER = ProcessReader.ofThisMachine();

    private static @Nullable PrivateLibvirtd running;

    @BeforeAll
    static void start() {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        running = PrivateLibvirtd.start();
    }

    @AfterAll
    static void stop() {
        if (running != null) {
            running.close();
        }
    }

    private static PrivateLibvirtd libvirtd() {
        return Objects.requireNonNull(running);
    }

    @Test
    void shouldMakeAnonymousRamHugeAgainAfterABalloonCycle() {
        try (Guest guest = guest("anon", RamKind.ANON);
                LibvirtConnection connection = LibvirtConnection.open(libvirtd().uri());
                LibvirtDomain domain = connection.domainByName(guest.domainName());
                SculptTarget target = target(guest, domain);
                Sculptor sculptor = Sculptor.open(HostReader.ofThisMachine())) {
            guest.control().setBlocks(64);
            guest.resize(200, BALLOON);

            // With the balloon inflated, nothing of what it holds may come back.
            MemoryFigures squeezed = figures(target);
            SculptReport report = sculpt(sculptor, target, SculptRequest.builder(Step.COLLAPSE));
            System.out.println("inflated: " + squeezed + " " + report.steps());
            assertThat(figures(target).residentBytes())
                    .isLessThan(squeezed.residentBytes() + squeezed.residentBytes() / 10);

            guest.resize(RAM_MIB, BALLOON);
            guest.control().setBlocks(320);
            MemoryFigures small = figures(target);
            SculptReport consolidated = sculpt(sculptor, target, SculptRequest.consolidate(0));
            MemoryFigures huge = figures(target);
            System.out.println("deflated: " + small + " -> " + huge + " " + consolidated.steps());
            assertThat(consolidated.steps())
                    .filteredOn(step -> step.step() != Step.BIND)
                    .extracting(StepReport::outcome)
                    .containsExactly(StepOutcome.DONE, StepOutcome.DONE, StepOutcome.DONE);
            // Where libvirt has no cpuset of the guest it cannot bind, and says so.
            StepReport bound = consolidated.step(Step.BIND).orElseThrow();
            assertThat(bound.outcome()).isIn(StepOutcome.DONE, StepOutcome.UNAVAILABLE);
            assertThat(bound.outcome() == StepOutcome.DONE || !bound.reason().isEmpty()).isTrue();
            assertThat(small.hugeBytes()).isLessThan(small.residentBytes() / 2);
            assertThat(huge.hugeBytes()).isGreaterThan(huge.residentBytes() * 8 / 10);
            assertThat(READER.threads(target.pid(), HostReader.ofThisMachine().nodes()))
                    .anyMatch(thread -> thread.vcpu() == 0 && thread.node() == 0);
            assertThat(guest.control().sum().badWords()).isZero();

            SculptReport undone =
                    sculptor.undo(
                            target,
                            consolidated,
                            SculptRequest.consolidate(0).build(),
                            new StopToken());
            assertThat(undone.isDone()).as("%s", undone).isTrue();
            assertThat(LibvirtPinning.isPinned(domain)).as("after the undo").isFalse();
            shouldBringPinsBackThatAnotherProcessSet(domain, target.pid());
            dieInTheMiddle(guest, target, sculptor, Step.COLLAPSE);
        }
    }

    /** A pinning that knows nothing but the domain, as after a restart. */
    private static void shouldBringPinsBackThatAnotherProcessSet(LibvirtDomain domain, int pid) {
        int cpus = Runtime.getRuntime().availableProcessors();
        BitSet vcpu = domain.vcpuPin(0, cpus, LibvirtFlags.AFFECT_LIVE);
        BitSet emulator = domain.emulatorPin(cpus, LibvirtFlags.AFFECT_LIVE);
        int last = vcpu.length() - 1;
        var first = new LibvirtPinning(domain, cpus, pid);
        first.pin(List.of(0));
        // A second pin must not pass for the original.
        first.pin(List.of(last));
        assertThat(domain.vcpuPin(0, cpus, LibvirtFlags.AFFECT_LIVE).cardinality()).isOne();
        var later = new LibvirtPinning(domain, cpus, pid);
        assertThat(LibvirtPinning.isPinned(domain)).isTrue();
        assertThat(later.takeBack()).isTrue();
        assertThat(domain.vcpuPin(0, cpus, LibvirtFlags.AFFECT_LIVE)).isEqualTo(vcpu);
        assertThat(domain.emulatorPin(cpus, LibvirtFlags.AFFECT_LIVE)).isEqualTo(emulator);
        assertThat(later.takeBack()).as("nothing left").isFalse();
    }

    private static void dieInTheMiddle(
            Guest guest, SculptTarget target, Sculptor sculptor, Step step) {
        Thread killer =
                Thread.ofPlatform()
                        .start(() -> {
                            java.util.concurrent.locks.LockSupport.parkNanos(300_000_000);
                            guest.destroy();
                        });
        SculptReport report =
                sculpt(sculptor, target, SculptRequest.builder(step).bytesPerSecond(16 << 20));
        assertThat(report.steps())
                .singleElement()
                .satisfies(failed -> {
                    assertThat(failed.outcome()).as("%s", failed).isEqualTo(StepOutcome.FAILED);
                    assertThat(failed.failures().getFirst().errno()).isEqualTo(Errno.ESRCH);
                });
        try {
            killer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldSayThatMemfdRamCannotBeHugeAndCoolIt() {
        try (Guest guest = guest("memfd", RamKind.MEMFD);
                SculptTarget target = target(guest, null);
                Sculptor sculptor = Sculptor.open(HostReader.ofThisMachine())) {
            guest.control().setBlocks(64);
            SculptReport report =
                    sculpt(
                            sculptor,
                            target,
                            SculptRequest.builder(Step.PIN, Step.MOVE, Step.COLLAPSE, Step.COLD)
                                    .node(0));
            System.out.println("memfd: " + report.steps());
            assertThat(report.steps())
                    .extracting(StepReport::outcome)
                    .containsExactly(
                            StepOutcome.UNAVAILABLE,
                            StepOutcome.DONE,
                            StepOutcome.UNAVAILABLE,
                            StepOutcome.DONE);
            assertThat(report.steps().get(2).reason()).contains("modulo 2 MiB");
            WorkingSet idle = WorkingSet.measure(target, Duration.ofSeconds(1), new StopToken());
            guest.control().touch();
            WorkingSet all = WorkingSet.measure(target, Duration.ofMillis(1), new StopToken());
            assertThat(idle.referencedBytes()).isLessThan(idle.residentBytes());
            assertThat(all.residentBytes()).isPositive();
            assertThat(guest.control().sum().badWords()).isZero();
        }
    }

    /** {@code -Dforeshape.guest.acts=1000} for the full run: a guest dies in each 25th act. */
    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void shouldNeverDamageAGuestByRandomActs() throws Exception {
        int acts = Integer.getInteger("foreshape.guest.acts", 25);
        long seed = Long.getLong("foreshape.seed", System.nanoTime());
        System.out.println("SculptorOnGuestTest: -Dforeshape.seed=" + seed + " acts=" + acts);
        Random random = new Random(seed);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int done = 0; done < acts; done += ACTS_OF_GUEST) {
            RamKind ram = random.nextBoolean() ? RamKind.ANON : RamKind.MEMFD;
            try (Guest guest = guest("r" + done, ram);
                    SculptTarget target = target(guest, null);
                    Sculptor sculptor = Sculptor.open(HostReader.ofThisMachine())) {
                for (int act = 1; act < Math.min(ACTS_OF_GUEST, acts - done); act++) {
                    // The guest writes its memory anew while it is acted upon.
                    var load = guest.control().fill(40 + random.nextInt(160), BALLOON);
                    count(outcomes, sculpt(sculptor, target, randomAct(random)));
                    assertThat(load.get().isDone()).as("%s", load).isTrue();
                    if (act % 8 == 0) {
                        assertThat(guest.control().sum().badWords()).isZero();
                    }
                }
                assertThat(guest.control().sum().badWords()).isZero();
                dieInTheMiddle(
                        guest, target, sculptor, ram == RamKind.ANON ? Step.COLLAPSE : Step.COLD);
            }
        }
        System.out.println(acts + " acts on guests: " + outcomes);
    }

    private static SculptRequest.Builder randomAct(Random random) {
        List<Step> steps = new ArrayList<>(List.of(Step.MOVE, Step.COLLAPSE, Step.COLD));
        Collections.shuffle(steps, random);
        int count = 1 + random.nextInt(steps.size());
        return SculptRequest.builder(steps.getFirst(), steps.subList(0, count).toArray(Step[]::new))
                .node(random.nextInt(8) == 0 ? 9 : 0)
                .batchPages(SculptRequest.BATCH_PAGES_MIN)
                .residentShareMin(0.6 + 0.4 * random.nextDouble())
                .limit(Duration.ofMillis(50 + random.nextInt(3000)));
    }

    private static void count(Map<String, Integer> outcomes, SculptReport report) {
        for (StepReport step : report.steps()) {
            outcomes.merge(step.step() + " " + step.outcome(), 1, Integer::sum);
            if (step.outcome() != StepOutcome.DONE) {
                assertThat(step.reason()).as("%s", step).isNotEmpty();
            }
            if (step.outcome() == StepOutcome.FAILED) {
                assertThat(step.failures().getFirst().errno()).as("%s", step).isPositive();
            }
        }
    }

    private static Guest guest(String name, RamKind ram) {
        return libvirtd()
                .create(GuestSpec.builder(name).maxMib(RAM_MIB).ram(ram).cpuModel("qemu64").build())
                .waitReady(BOOT);
    }

    private static SculptTarget target(Guest guest, @Nullable LibvirtDomain domain) {
        int pid = (int) guest.qemuPid();
        long startTicks = READER.startTicks(pid);
        List<RamRange> ram = READER.guestRam(pid, RAM_BYTES);
        assertThat(ram).hasSize(1);
        assertThat(ram.getFirst().sizeBytes()).isEqualTo(RAM_BYTES);
        @Nullable Pinning pinning =
                domain == null
                        ? null
                        : new LibvirtPinning(
                                domain, Runtime.getRuntime().availableProcessors(), pid);
        return SculptTarget.open(pid, startTicks, ram, pinning);
    }

    private static MemoryFigures figures(SculptTarget target) {
        return READER.figures(target.pid(), target.ranges());
    }

    private static SculptReport sculpt(
            Sculptor sculptor, SculptTarget target, SculptRequest.Builder request) {
        return sculptor.sculpt(target, request.build(), new StopToken());
    }
}
