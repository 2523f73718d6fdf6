package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.foreshape.daemon.hands.Consolidation.Residence;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sculpting a real guest by a plan for a host with two nodes, which this machine need not have:
 * what is read of the host are files of the test's, what is done is done. Node 0 has CPU 0.
 */
@Tag("guests")
@Timeout(240)
class SculptHandTest {
    private static final int RAM_MIB = 192;
    private static final long RAM_BYTES = (long) RAM_MIB << 20;

    /** What a busy guest uses: more than half of what it has, and no more than its kernel gives. */
    private static final int USED_MIB = 110;

    @TempDir private static Path root;
    private static PrivateLibvirtd libvirtd;
    private static Guest guest;
    private static LibvirtConnection connection;
    private static LibvirtDomain domain;

    private final FakeEngine engine = new FakeEngine();
    private final VmSeat vm = new VmSeat(0, 1, "vm");

    @BeforeAll
    static void boot() throws IOException {
        Lab.reasonToSkip().ifPresent(reason -> assumeThat(false).as(reason).isTrue());
        assumeThat(Runtime.getRuntime().availableProcessors())
                .as("CPUs; with one there is nothing to pin to")
                .isGreaterThan(1);
        host();
        libvirtd = PrivateLibvirtd.start();
        guest =
                libvirtd.create(
                                GuestSpec.builder("sculpt")
                                        .maxMib(RAM_MIB)
                                        .ram(RamKind.ANON)
                                        .cpuModel("qemu64")
                                        .build())
                        .waitReady(Duration.ofMinutes(2));
        connection = LibvirtConnection.open(libvirtd.uri());
        domain = connection.domainByName(guest.domainName());
    }

    @AfterAll
    static void close() {
        if (domain != null) {
            domain.close();
        }
        if (connection != null) {
            connection.close();
        }
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    private static void host() throws IOException {
        Path nodes = root.resolve("sys/devices/system/node");
        for (int node = 0; node < 2; node++) {
            Path folder = Files.createDirectories(nodes.resolve("node" + node));
            Files.writeString(
                    folder.resolve("meminfo"),
                    "MemTotal: 8388608 kB\nMemFree: 4194304 kB\nFilePages: 0 kB\n");
            Files.writeString(folder.resolve("cpulist"), node + "\n");
            Files.writeString(folder.resolve("distance"), "10 21\n");
        }
        Files.writeString(nodes.resolve("online"), "0-1\n");
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/buddyinfo"), "Node 0, zone Normal 1 1 1\n");
        Files.writeString(root.resolve("proc/meminfo"), "SwapTotal: 0 kB\n");
    }

    private SculptHand hand() {
        engine.enforce(vm);
        HostReader host = new HostReader(root);
        Consolidation consolidation =
                new Consolidation(
                        host,
                        engine,
                        one ->
                                Optional.of(
                                        new Residence(
                                                Map.of(0, RAM_BYTES / 2, 1, RAM_BYTES / 4),
                                                Map.of(0, 1))));
        consolidation.round();
        return new SculptHand(host, consolidation, PagePace.GENTLE);
    }

    private static VmMemory memory() {
        return new VmMemory.OfProcess((int) guest.qemuPid(), RAM_BYTES, 0, false, domain);
    }

    private ActOrder order(ActKind kind) {
        ActOrder order = new ActOrder();
        order.vmSlot = vm.slot();
        order.vmGeneration = vm.generation();
        order.kind = kind;
        order.amount = RAM_MIB * 1024L;
        return order;
    }

    private static String pins() {
        return libvirtd.virsh("vcpupin", guest.domainName())
                + libvirtd.virsh("emulatorpin", guest.domainName());
    }

    @Test
    void shouldPinAtLibvirtByThePlanAndTakeItBack() {
        SculptHand hand = hand();
        String before = pins();
        OutcomeSection outcome = new OutcomeSection();
        hand.sculpt(order(ActKind.SCULPT), memory(), outcome);
        assertThat(outcome.message.toString())
                .contains("PIN DONE")
                .contains("MOVE DONE")
                .contains("COLLAPSE")
                .contains("to node 0 by the plan for the host");
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.DONE);
        assertThat(pins()).isNotEqualTo(before).containsPattern("(?m)^\\s*0\\s+0$");
        assertThat(guest.control().sum().badWords()).isZero();

        // A second one pins again; the original is what was before the first.
        hand.sculpt(order(ActKind.SCULPT), memory(), outcome);
        outcome.clear();
        hand.undo(order(ActKind.UNSCULPT), memory(), outcome);
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.DONE);
        assertThat(pins()).isEqualTo(before);
        outcome.clear();
        hand.undo(order(ActKind.UNSCULPT), memory(), outcome);
        assertThat(outcome.message.toString()).contains("neither moved nor pinned");
        assertThat(guest.control().sum().badWords()).isZero();
    }

    @Test
    void shouldTakePinsBackThatADaemonBeforeItHasSet() {
        String before = pins();
        OutcomeSection outcome = new OutcomeSection();
        hand().sculpt(order(ActKind.SCULPT), memory(), outcome);
        assertThat(pins()).isNotEqualTo(before);
        outcome.clear();
        // One that has seen no act, as after a restart.
        hand().undo(order(ActKind.UNSCULPT), memory(), outcome);
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.DONE);
        assertThat(outcome.message.toString()).contains("pinned as before an earlier run");
        assertThat(pins()).isEqualTo(before);
    }

    @Test
    void shouldLeaveMemoryThatIsInUse() throws Exception {
        int blocks = guest.control().setBlocks(USED_MIB);
        assertThat(blocks).isPositive();
        AtomicBoolean isOver = new AtomicBoolean();
        Thread user =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!isOver.get()) {
                                guest.control().touch();
                            }
                        });
        OutcomeSection outcome = new OutcomeSection();
        try {
            hand().reclaim(memory(), outcome);
        } finally {
            isOver.set(true);
            user.join();
            guest.control().setBlocks(0);
        }
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.UNAVAILABLE);
        assertThat(outcome.message.toString()).contains("not cold");
    }

    @Test
    void shouldMakeMemoryColdAndNotSwapItOutWhereThereIsNoSwap() {
        OutcomeSection outcome = new OutcomeSection();
        hand().reclaim(memory(), outcome);
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.DONE);
        assertThat(outcome.message.toString()).contains("COLD DONE").doesNotContain("PAGEOUT");
        assertThat(guest.control().sum().badWords()).isZero();
    }
}
