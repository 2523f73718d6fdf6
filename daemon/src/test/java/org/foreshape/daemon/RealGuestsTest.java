package org.foreshape.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.foreshape.lab.FillResult;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole product on real QEMU guests: `foreshape run` as a process of its own, three guests with
 * a workload that keeps a checksum, and a budget that has nothing to spare.
 *
 * <p>The tests build on each other, as a day of operation does; the guests are booted once.
 */
@Tag("guests")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealGuestsTest {
    private static final int MAX_MIB = 512;
    private static final int BUSY_MIB = 288;
    private static final int IDLE_MIB = 448;
    private static final int WATCHED_MIB = 256;
    private static final int BUDGET_MIB = BUSY_MIB + IDLE_MIB + WATCHED_MIB;
    private static final int FILL_MIB = 150;
    private static final long STALE_NS = 3_000_000_000L;
    private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static PrivateLibvirtd libvirtd;
    private static Guest busy;
    private static Guest idle;
    private static Guest watched;
    @TempDir private static Path folder;

    private static int runCount;
    private static DaemonUnderTest daemon;
    private static JournalView journal;

    @BeforeAll
    static void bootGuests() {
        Lab.reasonToSkip().ifPresent(reason -> assumeThat(false).as(reason).isTrue());
        libvirtd = PrivateLibvirtd.start();
        busy = libvirtd.create(guest("busy", BUSY_MIB, "enforce", 8));
        idle = libvirtd.create(guest("idle", IDLE_MIB, "enforce", 2));
        watched = libvirtd.create(guest("watched", WATCHED_MIB, "observe", 5));
        busy.waitReady(BOOT_LIMIT);
        idle.waitReady(BOOT_LIMIT);
        watched.waitReady(BOOT_LIMIT);
        for (Guest guest : libvirtd.guests()) {
            guest.control().setBlocks(20);
        }
    }

    private static GuestSpec guest(String name, int currentMib, String mode, int priority) {
        return GuestSpec.builder(name)
                .maxMib(MAX_MIB)
                .currentMib(currentMib)
                .metadataXml(
                        """
                        <foreshape:vm xmlns:foreshape="https://foreshape.org/xmlns/vm/1"
                          mode="%s" floor-mib="160" ceiling-mib="%d" priority="%d"/>\
                        """
                                .formatted(mode, MAX_MIB, priority))
                .build();
    }

    @AfterAll
    static void endDaemonAndGuests() {
        endDaemon();
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    private static void endDaemon() {
        if (journal != null) {
            journal.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }

    private static void startDaemon() throws IOException {
        endDaemon();
        daemon = DaemonUnderTest.start(folder, yaml(), ++runCount);
        journal = new JournalView(folder.resolve("journal"));
    }

    /** One daemon for all tests, but for those that kill or end it. */
    @BeforeEach
    void startDaemonIfThereIsNone() throws Exception {
        if (daemon == null || !daemon.isAlive()) {
            startDaemon();
        }
        // Behind the runs before, in which the guests had other slots.
        skipToNow();
        awaitEvent(
                "all three guests are sampled",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && fresh(tick, busy)
                                && fresh(tick, idle)
                                && fresh(tick, watched));
    }

    @AfterEach
    void checkGuests() throws Exception {
        for (Guest guest : libvirtd.guests()) {
            assertThat(guest.isRunning()).as("%s runs", guest.domainName()).isTrue();
            assertThat(guest.serialLog().workloadDeaths()).as("workloads killed").isZero();
            assertThat(guest.control().sum().badWords()).as("bad words").isZero();
        }
        assertThat(watched.balloonMib()).as("the watched guest's memory").isEqualTo(WATCHED_MIB);
    }

    private static String yaml() {
        return """
        hypervisor:
          uri: "%s"
          vm-count-max: 8
        host:
          budget: %d MiB
        journal:
          directory: "%s"
        control:
          socket: "%s"
        policy:
          mode: observe
        """
                .formatted(
                        libvirtd.uri(),
                        BUDGET_MIB,
                        folder.resolve("journal"),
                        folder.resolve("c.sock"));
    }

    private boolean fresh(Tick tick, Guest guest) {
        int slot = journal.slot(guest.domainName());
        return slot >= 0 && tick.sample.hasGuestStats(slot);
    }

    private void awaitEvent(String what, java.util.function.Predicate<Tick> condition) {
        DaemonUnderTest.await(what, LIMIT, () -> journal.find(condition));
    }

    private void skipToNow() {
        journal.find(tick -> false);
    }

    @Test
    @Order(1)
    void shouldGrantAStarvingGuestWhatAnIdleOneLeavesInTheSamePlan() throws Exception {
        int busySlot = journal.slot(busy.domainName());
        int idleSlot = journal.slot(idle.domainName());
        long[] greatestSumKib = new long[1];

        CompletableFuture<FillResult> fill = busy.control().fill(20 + FILL_MIB, LIMIT);
        awaitEvent(
                "a plan that grows the one and shrinks the other",
                tick -> {
                    if (tick.kind == EventKind.SAMPLE) {
                        greatestSumKib[0] = Math.max(greatestSumKib[0], sumKib(tick.sample));
                    }
                    return tick.plan.made
                            && tick.plan.verdict[busySlot] == Verdict.GROW
                            && tick.plan.verdict[idleSlot] == Verdict.SHRINK
                            && tick.plan.partnerSlot[idleSlot] == busySlot;
                });
        FillResult end = fill.get(2, TimeUnit.MINUTES);
        assertThat(end.end()).as(end.detail()).isEqualTo(FillResult.End.DONE);
        awaitEvent(
                "the busy guest has what covers its fill",
                tick -> {
                    if (tick.kind != EventKind.SAMPLE) {
                        return false;
                    }
                    greatestSumKib[0] = Math.max(greatestSumKib[0], sumKib(tick.sample));
                    return tick.sample.allocationKib[busySlot] > (BUSY_MIB + 32) * 1024L;
                });
        assertThat(greatestSumKib[0]).isLessThanOrEqualTo(BUDGET_MIB * 1024L);
        assertThat(daemon.command("explain", busy.domainName()))
                .matches(answer -> answer.status() == 0)
                .extracting(DaemonUnderTest.Answer::text)
                .asString()
                .contains(busy.domainName())
                .contains("MiB");
        assertThat(daemon.command("mode", "no-such-vm", "enforce").status()).isEqualTo(2);
    }

    private static long sumKib(SampleSection sample) {
        long sum = 0;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.present[slot]) {
                sum += sample.allocationKib[slot];
            }
        }
        return sum;
    }

    @Test
    @Order(2)
    void shouldNotShrinkAGuestWhoseStatisticsAreStale() throws Exception {
        int idleSlot = journal.slot(idle.domainName());
        // A guest whose vCPUs stand still answers no more: its statistics age.
        libvirtd.virsh("suspend", idle.domainName());
        try {
            TimeUnit.SECONDS.sleep(6);
            skipToNow();
            CompletableFuture<FillResult> fill = busy.control().fill(20 + FILL_MIB + 40, LIMIT);
            int[] planCount = new int[1];
            awaitEvent(
                    "ten plans on statistics that are older than any shrink may rest on",
                    tick -> {
                        boolean stale =
                                tick.kind == EventKind.SAMPLE
                                        && tick.timeNs - tick.sample.statsTimeNs[idleSlot]
                                                > STALE_NS;
                        if (stale && tick.plan.made) {
                            planCount[0]++;
                            assertThat(tick.plan.verdict[idleSlot]).isNotEqualTo(Verdict.SHRINK);
                            assertThat(tick.plan.targetKib[idleSlot])
                                    .isGreaterThanOrEqualTo(tick.plan.allocationKib[idleSlot]);
                        }
                        return planCount[0] >= 10;
                    });
            assertThat(fill.get(2, TimeUnit.MINUTES).isDone()).isTrue();
        } finally {
            libvirtd.virsh("resume", idle.domainName());
        }
        awaitEvent(
                "fresh statistics after the guest went on",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && tick.timeNs - tick.sample.statsTimeNs[idleSlot]
                                        < 2_000_000_000L);
        busy.control().setBlocks(20);
    }

    @Test
    @Order(3)
    void shouldGoOnAfterLibvirtdWasGone() throws Exception {
        libvirtd.stopDaemon();
        try {
            awaitEvent(
                    "the loss is in the journal",
                    tick -> isControl(tick, ControlKind.CONNECTION_LOST));
            assertThat(daemon.command("status").text()).contains("NOT CONNECTED");
        } finally {
            libvirtd.startDaemon();
        }
        awaitEvent("it came back", tick -> isControl(tick, ControlKind.CONNECTION_BACK));
        int busySlot = journal.slot(busy.domainName());
        awaitEvent(
                "fresh figures again",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && tick.timeNs - tick.sample.statsTimeNs[busySlot]
                                        < 2_000_000_000L);
        assertThat(journal.slot(busy.domainName())).as("the same slot").isEqualTo(busySlot);
    }

    private static boolean isControl(Tick tick, ControlKind kind) {
        return tick.kind == EventKind.CONTROL && tick.control.kind == kind;
    }

    @Test
    @Order(4)
    void shouldLeaveGuestsAloneWhenKilledAndReconcileAtTheNextStart() throws Exception {
        // No guest has what it began with, or there would be nothing to restore.
        libvirtd.virsh("setmem", idle.domainName(), (IDLE_MIB - 60) + "M", "--live");
        DaemonUnderTest.await(
                "the idle guest gave back", LIMIT, () -> idle.balloonMib() <= IDLE_MIB - 50);
        int idleSlot = journal.slot(idle.domainName());
        awaitEvent(
                "the engine has seen it",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && tick.sample.allocationKib[idleSlot] <= (IDLE_MIB - 50) * 1024L);
        // The daemon of libvirt stands still, so an act is sent and never answered.
        signal("-STOP");
        skipToNow();
        boolean[] restoring = new boolean[1];
        Thread operator = Thread.ofPlatform().start(() -> daemon.command("restore"));
        try {
            awaitEvent(
                    "an act of the restore is under way",
                    tick -> {
                        restoring[0] |= isControl(tick, ControlKind.RESTORE);
                        return restoring[0] && tick.plan.actCount > 0;
                    });
            daemon.kill();
        } finally {
            signal("-CONT");
        }
        operator.join(60_000);
        for (Guest guest : libvirtd.guests()) {
            assertThat(guest.isRunning()).isTrue();
        }
        startDaemon();
        awaitEvent(
                "the intent without outcome is named",
                tick -> isControl(tick, ControlKind.INTENT_UNRESOLVED));
        assertThat(daemon.log()).contains("has no outcome");
    }

    private static void signal(String signal) throws Exception {
        Process kill =
                new ProcessBuilder("kill", signal, Long.toString(libvirtd.pid()))
                        .inheritIO()
                        .start();
        assertThat(kill.waitFor()).isZero();
    }

    @Test
    @Order(5)
    void shouldGiveBackTheOriginalAllocationsAndStopInTime() throws Exception {
        busy.control().setBlocks(20);
        TimeUnit.SECONDS.sleep(3);
        DaemonUnderTest.Answer answer = daemon.command("restore");
        assertThat(answer.status()).as(answer.text()).isZero();
        DaemonUnderTest.await(
                "all have what they had before the first run",
                LIMIT,
                () -> busy.balloonMib() == BUSY_MIB && idle.balloonMib() == IDLE_MIB);
        long endedAfterMs = daemon.terminate();
        System.out.println("SIGTERM to end: " + endedAfterMs + " ms");
        DaemonUnderTest.Answer verified =
                daemon.command(
                        "journal", "verify", "--journal", folder.resolve("journal").toString());
        assertThat(verified.status()).as(verified.text()).isZero();
        DaemonUnderTest.Answer replayed =
                daemon.command("replay", "--journal", folder.resolve("journal").toString());
        assertThat(replayed.status()).as(replayed.text()).isZero();
        assertThat(Files.exists(folder.resolve("c.sock"))).isFalse();
    }
}
