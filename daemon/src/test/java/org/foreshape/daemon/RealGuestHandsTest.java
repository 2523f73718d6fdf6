package org.foreshape.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.foreshape.lab.FillResult;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.nativebindings.linux.CachedFile;
import org.foreshape.numasculptor.LibvirtPinning;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
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
 * The hands at work in `foreshape run` on real QEMU guests: one with anonymous memory and one with
 * a memory file and a disk, whose workloads keep checksums. Each guest fills memory, lets it go, is
 * shrunk, and needs it again: what its balloon still holds must stay untouched meanwhile.
 */
@Tag("guests")
@Timeout(value = 6, unit = TimeUnit.MINUTES)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealGuestHandsTest {
    private static final int MAX_MIB = 512;
    private static final int FILL_MIB = 330;
    private static final int CALM_MIB = 20;
    private static final int NEED_MIB = 120;

    /** More than a shrunk guest has to spare, and less than its balloon holds. */
    private static final int TASK_MIB = 300;

    private static final int DISK_MIB = 48;
    private static final int READ_MIB = 6;
    private static final int READ_AT_MIB = 8;
    private static final long MIB = 1 << 20;

    /** What of QEMU's shared memory is not the guest's RAM, and what a figure may lag behind. */
    private static final long SLACK_KIB = 12 * 1024;

    private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static PrivateLibvirtd libvirtd;
    private static Guest anon;
    private static Guest memfd;
    private static Path disk;
    @TempDir private static Path folder;

    private static int runCount;
    private static DaemonUnderTest daemon;
    private static JournalView journal;
    private final List<String> hands = new ArrayList<>();

    @BeforeAll
    static void bootGuests() throws IOException {
        Lab.reasonToSkip().ifPresent(reason -> assumeThat(false).as(reason).isTrue());
        disk = folder.resolve("disk.img");
        byte[] block = new byte[(int) MIB];
        try (FileChannel file =
                FileChannel.open(disk, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < DISK_MIB; i++) {
                block[0] = (byte) i;
                file.write(ByteBuffer.wrap(block));
            }
            file.force(true);
        }
        libvirtd = PrivateLibvirtd.start();
        anon = libvirtd.create(guest("anon", RamKind.ANON).build());
        memfd =
                libvirtd.create(
                        guest("memfd", RamKind.MEMFD)
                                .devicesXml(
                                        ("<disk type='file' device='disk'>"
                                                        + "<driver name='qemu' type='raw'"
                                                        + " cache='writeback'/><source file='%s'/>"
                                                        + "<target dev='vda' bus='virtio'/></disk>")
                                                .formatted(disk))
                                .build());
        anon.waitReady(BOOT_LIMIT);
        memfd.waitReady(BOOT_LIMIT);
    }

    private static GuestSpec.Builder guest(String name, RamKind ram) {
        return GuestSpec.builder(name)
                .maxMib(MAX_MIB)
                .ram(ram)
                .cpuModel("qemu64")
                .metadataXml(
                        """
                        <foreshape:vm xmlns:foreshape="https://foreshape.org/xmlns/vm/1"
                          mode="enforce" floor-mib="160" ceiling-mib="%d" priority="5"/>\
                        """
                                .formatted(MAX_MIB));
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

    /** Ends the daemon there is, and starts the next on the same journal. */
    private static void startDaemon() throws IOException {
        endDaemon();
        daemon = DaemonUnderTest.start(folder, yaml(), ++runCount);
        journal = new JournalView(folder.resolve("journal"));
    }

    /** One daemon for all tests that do not need one that has just started. */
    @BeforeEach
    void startDaemonIfThereIsNone() throws Exception {
        if (daemon == null || !daemon.isAlive()) {
            startDaemon();
        }
        journal.find(tick -> false);
        for (Guest guest : List.of(anon, memfd)) {
            awaitEvent(
                    guest.domainName() + " is sampled",
                    tick ->
                            tick.kind == EventKind.SAMPLE
                                    && slotOf(guest) >= 0
                                    && tick.sample.hasGuestStats(slotOf(guest)));
        }
    }

    @AfterEach
    void checkDaemonAndGuests() throws Exception {
        hands.forEach(System.out::println);
        String log = daemon.log();
        if (log.contains("internal fault") || log.contains("SEVERE")) {
            // The next test shall not fail for this one's fault.
            endDaemon();
        }
        assertThat(log).doesNotContain("internal fault").doesNotContain("SEVERE");
        for (Guest guest : libvirtd.guests()) {
            assertThat(guest.serialLog().workloadDeaths()).as("workloads killed").isZero();
            assertThat(guest.control().sum().badWords()).as("bad words").isZero();
        }
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
        shaping:
          ampleHeadroomKib: 32768
          amplePaceKibPerS: 131072
          sculptChurnKib: 65536
          sculptRestNs: 5000000000
          backoffNs: 5000000000
        """
                .formatted(
                        libvirtd.uri(),
                        2 * MAX_MIB,
                        folder.resolve("journal"),
                        folder.resolve("c.sock"));
    }

    private int slotOf(Guest guest) {
        return journal.slot(guest.domainName());
    }

    private void awaitEvent(String what, Predicate<Tick> condition) {
        DaemonUnderTest.await(what, LIMIT, () -> journal.find(tick -> see(tick, condition)));
    }

    private boolean see(Tick tick, Predicate<Tick> condition) {
        if (tick.kind == EventKind.OUTCOME && !tick.outcome.actKind.resizes()) {
            hands.add(
                    "slot %d: %s of %d MiB %s in %d ms: %s"
                            .formatted(
                                    tick.outcome.vmSlot,
                                    tick.outcome.actKind,
                                    tick.outcome.requested / 1024,
                                    tick.outcome.status,
                                    tick.outcome.durationNs / 1_000_000,
                                    tick.outcome.message));
        }
        return condition.test(tick);
    }

    private boolean isOutcome(Tick tick, Guest guest, ActKind kind, OutcomeStatus status) {
        return tick.kind == EventKind.OUTCOME
                && tick.outcome.vmSlot == slotOf(guest)
                && tick.outcome.actKind == kind
                && tick.outcome.status == status;
    }

    /** Lets a guest use much and then little, and waits until it was shrunk. */
    private void fillAndShrink(Guest guest) throws Exception {
        FillResult filled = guest.control().fill(FILL_MIB, LIMIT).get(2, TimeUnit.MINUTES);
        assertThat(filled.isDone()).as(filled.detail()).isTrue();
        guest.control().setBlocks(CALM_MIB);
        int slot = slotOf(guest);
        awaitEvent(
                guest.domainName() + " was shrunk",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && tick.sample.allocationKib[slot] < (MAX_MIB - 150) * 1024L);
    }

    private static void need(Guest guest) throws Exception {
        FillResult filled =
                guest.control().fill(CALM_MIB + NEED_MIB, LIMIT).get(2, TimeUnit.MINUTES);
        assertThat(filled.isDone()).as(filled.detail()).isTrue();
    }

    @Test
    @Order(1)
    void shouldMakeResidentWhatABalloonGaveBackAndNothingThatItHolds() throws Exception {
        // From an empty balloon on, so that the ledger knows all of it.
        fillAndShrink(memfd);
        announce("load", memfd.domainName(), "ANNOUNCED", 15, TASK_MIB);
        int slot = slotOf(memfd);
        long[] allocationKib = new long[1];
        awaitEvent(
                "a prefault while the balloon holds something",
                tick -> {
                    if (tick.kind == EventKind.SAMPLE) {
                        allocationKib[0] = tick.sample.allocationKib[slot];
                    }
                    return isOutcome(tick, memfd, ActKind.PREFAULT, OutcomeStatus.DONE)
                            && tick.outcome.message.toString().contains("MEMFD_");
                });
        assertThat(allocationKib[0]).as("the balloon holds some").isLessThan(MAX_MIB * 1024L);
        // Whatever moves meanwhile: never more is resident than the guest has.
        for (int look = 0; look < 20; look++) {
            long residentKib = sharedKib(memfd);
            long nowKib = memfd.balloonMib() * 1024L;
            assertThat(residentKib)
                    .isLessThanOrEqualTo(Math.max(nowKib, allocationKib[0]) + SLACK_KIB);
            allocationKib[0] = nowKib;
            TimeUnit.MILLISECONDS.sleep(100);
        }
        announce("load", memfd.domainName(), "WITHDRAWN", 0, TASK_MIB);
    }

    /** Memory of files that QEMU has mapped and the host has pages for. */
    private static long sharedKib(Guest guest) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + guest.qemuPid() + "/status"))) {
            if (line.startsWith("RssShmem:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new AssertionError("no RssShmem");
    }

    @Test
    @Order(2)
    void shouldMakeAnonymousMemoryHugeAgainAfterABalloonCycle() throws Exception {
        fillAndShrink(anon);
        need(anon);
        awaitEvent(
                "a sculpt of the guest with anonymous memory",
                tick ->
                        isOutcome(tick, anon, ActKind.SCULPT, OutcomeStatus.DONE)
                                && tick.outcome.message.toString().contains("COLLAPSE DONE"));
        assertThat(hands).anyMatch(line -> line.contains("one NUMA node"));
        awaitEvent(
                "a sculpt of the other is unavailable, and says why",
                tick ->
                        isOutcome(tick, memfd, ActKind.SCULPT, OutcomeStatus.UNAVAILABLE)
                                && tick.outcome.message.toString().contains("cannot be huge"));
        anon.control().setBlocks(CALM_MIB);
    }

    @Test
    @Order(3)
    void shouldTouchNothingThatABalloonTookBeforeTheDaemonCame() throws Exception {
        int slot = slotOf(memfd);
        awaitEvent(
                "the balloon holds some from the runs before",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && tick.sample.allocationKib[slot] < (MAX_MIB - 100) * 1024L);
        startDaemon();
        journal.find(tick -> false);
        awaitEvent(
                "it is sampled",
                tick ->
                        tick.kind == EventKind.SAMPLE
                                && slotOf(memfd) >= 0
                                && tick.sample.hasGuestStats(slotOf(memfd)));
        long beforeKib = sharedKib(memfd);
        announce("again", memfd.domainName(), "ANNOUNCED", 15, TASK_MIB);
        awaitEvent(
                "a prefault that is refused, with its reason",
                tick ->
                        isOutcome(tick, memfd, ActKind.PREFAULT, OutcomeStatus.UNAVAILABLE)
                                && tick.outcome
                                        .message
                                        .toString()
                                        .contains("no page was seen to go into it"));
        assertThat(sharedKib(memfd))
                .as("what the guest itself touched")
                .isLessThanOrEqualTo(beforeKib + SLACK_KIB);
        announce("again", memfd.domainName(), "WITHDRAWN", 0, TASK_MIB);
    }

    @Test
    @Order(4)
    void shouldLoadFromDiskWhatTheLastTaskOfTheTypeRead() throws Exception {
        String vm = memfd.domainName();
        drop();
        announce("one", vm, "STARTED", 0, 0);
        TimeUnit.SECONDS.sleep(2);
        read();
        announce("one", vm, "FINISHED", 0, 0);
        Path learnt = folder.resolve("warm");
        DaemonUnderTest.await("what it read is kept", LIMIT, () -> isNotEmpty(learnt));
        drop();
        assertThat(cachedBytes()).isLessThan(MIB);
        announce("two", vm, "ANNOUNCED", 20, 0);
        awaitEvent(
                "the engine hears what the task will read",
                tick ->
                        tick.kind == EventKind.CONTROL
                                && tick.control.kind == ControlKind.WARMTH
                                && tick.control.amountKib >= READ_MIB * 1024);
        long[] startNs = new long[1];
        awaitEvent(
                "it is loaded before the task starts",
                tick -> {
                    startNs[0] = tick.timeNs;
                    return isOutcome(tick, memfd, ActKind.PREWARM, OutcomeStatus.DONE);
                });
        assertThat(cachedBytes()).isGreaterThanOrEqualTo(READ_MIB * MIB);
        announce("two", vm, "WITHDRAWN", 0, 0);
        awaitEvent(
                "it is worth nothing any more",
                tick ->
                        tick.kind == EventKind.CONTROL
                                && tick.control.kind == ControlKind.WARMTH
                                && tick.control.amountKib == 0);
    }

    private void announce(String id, String vm, String state, int inSeconds, int memoryMib) {
        DaemonUnderTest.Answer answer =
                daemon.command(
                        "announce",
                        "--id",
                        id,
                        "--type",
                        "build",
                        "--vm",
                        vm,
                        "--state",
                        state,
                        "--in",
                        Integer.toString(inSeconds),
                        "--memory-mib",
                        Integer.toString(memoryMib));
        assertThat(answer.status()).as(answer.text()).isZero();
    }

    private static void read() {
        var result =
                memfd.control()
                        .sh(
                                "dd if=/dev/vda of=/dev/null bs=1M skip=%d count=%d"
                                        .formatted(READ_AT_MIB, READ_MIB),
                                LIMIT);
        assertThat(result.exitStatus()).as(result.output()).isZero();
    }

    private static void drop() {
        var result = memfd.control().sh("echo 3 >/proc/sys/vm/drop_caches", LIMIT);
        assertThat(result.exitStatus()).as(result.output()).isZero();
        try (CachedFile file = CachedFile.open(disk)) {
            file.drop(0, DISK_MIB * MIB);
        }
    }

    private static long cachedBytes() {
        try (CachedFile file = CachedFile.open(disk)) {
            return file.cachedBytes(READ_AT_MIB * MIB, READ_MIB * MIB);
        }
    }

    private static boolean isNotEmpty(Path learnt) {
        try (var files = Files.list(learnt)) {
            return files.findAny().isPresent();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Test
    @Order(5)
    void shouldBringBackPinsOfAnEarlierRunOnARestore() throws Exception {
        int cpus = Runtime.getRuntime().availableProcessors();
        assumeThat(cpus).isGreaterThan(1);
        try (LibvirtConnection connection = LibvirtConnection.open(libvirtd.uri());
                LibvirtDomain domain = connection.domainByName(anon.domainName())) {
            BitSet before = domain.vcpuPin(0, cpus, LibvirtFlags.AFFECT_LIVE);
            endDaemon();
            // On a host with several nodes an act of that run would have done this.
            new LibvirtPinning(domain, cpus, (int) anon.qemuPid()).pin(List.of(cpus - 1));
            assertThat(domain.vcpuPin(0, cpus, LibvirtFlags.AFFECT_LIVE)).isNotEqualTo(before);
            startDaemon();
            awaitEvent(
                    "the engine hears of the pins",
                    tick ->
                            tick.kind == EventKind.CONTROL
                                    && tick.control.kind == ControlKind.SCULPTED
                                    && tick.control.vmSlot == slotOf(anon));
            Thread operator = Thread.ofPlatform().start(() -> daemon.command("restore"));
            awaitEvent(
                    "they are taken back",
                    tick ->
                            isOutcome(tick, anon, ActKind.UNSCULPT, OutcomeStatus.DONE)
                                    && tick.outcome
                                            .message
                                            .toString()
                                            .contains("pinned as before"));
            assertThat(domain.vcpuPin(0, cpus, LibvirtFlags.AFFECT_LIVE)).isEqualTo(before);
            operator.join();
        }
    }

    @Test
    @Order(6)
    void shouldGoOnAfterAGuestHasDiedAndReplayAllOfIt() throws Exception {
        int slot = slotOf(anon);
        anon.destroy();
        awaitEvent(
                "its end is seen",
                tick ->
                        tick.kind == EventKind.CONTROL
                                && tick.control.kind == ControlKind.VM_DEPARTED
                                && tick.control.vmSlot == slot);
        assertThat(daemon.command("status").status()).isZero();
        TimeUnit.SECONDS.sleep(2);
        daemon.terminate();
        String journalFolder = folder.resolve("journal").toString();
        DaemonUnderTest.Answer verified =
                daemon.command("journal", "verify", "--journal", journalFolder);
        assertThat(verified.status()).as(verified.text()).isZero();
        DaemonUnderTest.Answer replayed = daemon.command("replay", "--journal", journalFolder);
        assertThat(replayed.status()).as(replayed.text()).isZero();
    }
}
