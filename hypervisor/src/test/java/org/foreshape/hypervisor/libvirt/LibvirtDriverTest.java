package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.EventLog;
import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.hypervisor.Threads;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plumbing and failures, with libvirt's built-in test driver: it has domains but no guests. */
@Timeout(120)
final class LibvirtDriverTest {
    private static final long LIMIT_MS = 60_000;
    private static final VmSettings SETTINGS =
            new VmSettings() {
                @Override
                public VmPolicy policyFor(String vmName, UUID vmUuid) {
                    return new VmPolicy(VmMode.ENFORCE, 3, 65_536, Long.MAX_VALUE);
                }

                @Override
                public long originalKib(UUID vmUuid, long currentKib) {
                    return currentKib;
                }
            };

    private final EventLog log = new EventLog(2);
    private final DistinctErrors errors = new DistinctErrors();
    private final OutcomeSection outcome = new OutcomeSection();
    private Set<Thread> before = Set.of();

    @BeforeEach
    void needLibvirt() {
        try {
            LibvirtConnection.open("test:///default").close();
        } catch (NativeUnavailableException e) {
            Assumptions.abort(e.getMessage());
        }
        before = Threads.alive();
    }

    @AfterEach
    void leaveNoThread() {
        assertThat(Threads.left(before)).isEmpty();
    }

    @Test
    void shouldSayHowToInstallAMissingLibrary() {
        LibvirtHypervisor hypervisor =
                new LibvirtHypervisor(
                        LibvirtSettings.defaults("qemu:///system", 2, SETTINGS),
                        errors,
                        uri -> {
                            throw new NativeUnavailableException(
                                    "libvirt.so.0 not found: install libvirt0");
                        });

        assertThatThrownBy(() -> hypervisor.start(log, EngineClock.wall()))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("libvirt.so.0 not found")
                .hasMessageContaining("install libvirt0");
        assertThat(hypervisor.isConnected()).isFalse();
        hypervisor.close();
    }

    @Test
    void shouldSayWhatIsWrongWithAUri() {
        assertThatThrownBy(() -> start("nonsense:///here"))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("cannot connect to nonsense:///here")
                .hasMessageContaining("libvirt error")
                .hasMessageContaining("qemu:///system");
        assertThatThrownBy(() -> start("qemu+unix:///system?socket=/nowhere/libvirt-sock"))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("/nowhere/libvirt-sock")
                .hasMessageContaining("systemctl start libvirtd");
        assertThatThrownBy(() -> start("test:///nowhere.xml"))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("/nowhere.xml");
        assertThat(log.size()).isZero();
    }

    @Test
    void shouldGiveUpOnAConnectionThatIsNeverMade() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        LibvirtSettings usual = LibvirtSettings.defaults("test:///default", 2, SETTINGS);
        LibvirtSettings hasty =
                new LibvirtSettings(
                        usual.uri(),
                        2,
                        1,
                        1,
                        40,
                        usual.callDeadlineNs(),
                        TimeUnit.MILLISECONDS.toNanos(100),
                        usual.rescanPeriodNs(),
                        SETTINGS);
        LibvirtHypervisor hypervisor =
                new LibvirtHypervisor(
                        hasty,
                        errors,
                        uri -> {
                            await(release);
                            return LibvirtConnection.open(uri);
                        });

        assertThatThrownBy(() -> hypervisor.start(log, EngineClock.wall()))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("did not answer");
        hypervisor.close();
        release.countDown();
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!Threads.since(before).isEmpty() && System.nanoTime() < endNs) {
            Thread.sleep(10);
        }
    }

    @Test
    void shouldAnnounceSampleAndResize() throws Exception {
        try (LibvirtHypervisor hypervisor = start("test:///default")) {
            assertThat(hypervisor.name()).isEqualTo("test:///default");
            assertThat(hypervisor.isConnected()).isTrue();
            EventLog.Control vm =
                    log.await(
                            EventLog.Control.class,
                            0,
                            LIMIT_MS,
                            c -> c.kind() == ControlKind.VM_ARRIVED && c.name().equals("test"));
            assertThat(vm.mode()).isEqualTo(VmMode.ENFORCE);
            EventLog.Sample sample =
                    log.await(EventLog.Sample.class, 0, LIMIT_MS, s -> s.figures().present[0]);
            assertThat(sample.figures().allocationKib[0]).isEqualTo(vm.amountKib());
            assertThat(sample.figures().maximumKib[0]).isEqualTo(8_388_608);

            assertThat(perform(hypervisor, vm, ActKind.RESIZE_MEMORY, 1_048_576))
                    .isEqualTo(OutcomeStatus.DONE);
            log.await(
                    EventLog.Sample.class,
                    0,
                    LIMIT_MS,
                    s -> s.figures().present[0] && s.figures().allocationKib[0] == 1_048_576);
        }
    }

    @Test
    void shouldTellOldSyntheticFiguresFromFreshOnes() throws Exception {
        try (LibvirtHypervisor hypervisor = start("test:///default")) {
            EventLog.Sample sample =
                    log.await(EventLog.Sample.class, 0, LIMIT_MS, s -> s.figures().present[0]);
            assertThat(hypervisor.isConnected()).isTrue();
            // This driver tells of a report of 1989: that age must show.
            assertThat(sample.timeNs() - sample.figures().statsTimeNs[0])
                    .isGreaterThan(TimeUnit.DAYS.toNanos(365));
        }
    }

    @Test
    void shouldRefuseWhatItCannotDoWithAMessage() throws Exception {
        try (LibvirtHypervisor hypervisor = start("test:///default")) {
            EventLog.Control vm =
                    log.await(
                            EventLog.Control.class,
                            0,
                            LIMIT_MS,
                            c -> c.kind() == ControlKind.VM_ARRIVED);
            log.await(EventLog.Sample.class, 0, LIMIT_MS, s -> s.figures().present[0]);

            assertThat(perform(hypervisor, vm, ActKind.RESIZE_MEMORY, 8_388_609))
                    .isEqualTo(OutcomeStatus.FAILED);
            assertThat(outcome.message.toString()).contains("8388609", "8388608");
            assertThat(perform(hypervisor, vm, ActKind.RESIZE_VCPUS, 0))
                    .isEqualTo(OutcomeStatus.FAILED);
            assertThat(perform(hypervisor, vm, ActKind.RESIZE_VCPUS, 4096))
                    .isEqualTo(OutcomeStatus.FAILED);
            assertThat(outcome.errorCode).isPositive();
            assertThat(outcome.message.toString()).contains("libvirt error");
            assertThat(perform(hypervisor, vm, ActKind.RESIZE_STORAGE, 1))
                    .isEqualTo(OutcomeStatus.UNAVAILABLE);
        }
        ActOrder order = new ActOrder();
        LibvirtHypervisor unstarted =
                new LibvirtHypervisor(
                        LibvirtSettings.defaults("test:///default", 2, SETTINGS), errors);
        unstarted.perform(order, outcome);
        assertThat(outcome.status).isEqualTo(OutcomeStatus.UNAVAILABLE);
    }

    @Test
    void shouldObeyMetadataAndObserveWhereItIsFaulty(@TempDir Path folder) throws Exception {
        Path node = folder.resolve("node.xml");
        Files.writeString(
                node,
                "<node>"
                        + domain("obeys", "mode='recommend' floor-mib='64' priority='9'")
                        + domain("faulty", "mode='recommend' priority='ten'")
                        + "</node>");
        try (LibvirtHypervisor hypervisor = start("test://" + node)) {
            assertThat(hypervisor.isConnected()).isTrue();
            EventLog.Control obeys = arrival("obeys");
            EventLog.Control faulty = arrival("faulty");

            assertThat(obeys.mode()).isEqualTo(VmMode.RECOMMEND);
            assertThat(obeys.priority()).isEqualTo(9);
            assertThat(obeys.floorKib()).isEqualTo(65_536);
            assertThat(obeys.ceilingKib()).isEqualTo(1_048_576);
            assertThat(faulty.mode()).isEqualTo(VmMode.OBSERVE);
        }
    }

    @Test
    void shouldLeaveVmsAloneThatFindNoPlace(@TempDir Path folder) throws Exception {
        Path node = folder.resolve("node.xml");
        Files.writeString(
                node, "<node>" + domain("a", "") + domain("b", "") + domain("c", "") + "</node>");
        try (LibvirtHypervisor hypervisor = start("test://" + node)) {
            assertThat(hypervisor.isConnected()).isTrue();
            log.await(
                    EventLog.Sample.class,
                    0,
                    LIMIT_MS,
                    s -> s.figures().present[0] && s.figures().present[1]);
            assertThat(log.all(EventLog.Control.class))
                    .filteredOn(c -> c.kind() == ControlKind.VM_ARRIVED)
                    .hasSize(2);
        }
    }

    @Test
    void shouldCheckSettings() {
        LibvirtSettings usual = LibvirtSettings.defaults("qemu:///system", 2, SETTINGS);
        assertThat(usual.isLocal()).isTrue();
        assertThat(LibvirtSettings.defaults("qemu+ssh://host/system", 2, SETTINGS).isLocal())
                .isFalse();
        assertThat(
                        LibvirtSettings.defaults("qemu+unix:///system?socket=/run/x", 2, SETTINGS)
                                .isLocal())
                .isTrue();
        assertThatThrownBy(() -> LibvirtSettings.defaults("qemu:///system", 0, SETTINGS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vmCountMax");
    }

    private EventLog.Control arrival(String name) throws InterruptedException {
        return log.await(
                EventLog.Control.class,
                0,
                LIMIT_MS,
                c -> c.kind() == ControlKind.VM_ARRIVED && c.name().equals(name));
    }

    private OutcomeStatus perform(
            LibvirtHypervisor hypervisor, EventLog.Control vm, ActKind kind, long amount) {
        ActOrder order = new ActOrder();
        order.vmSlot = vm.slot();
        order.vmGeneration = vm.generation();
        order.kind = kind;
        order.amount = amount;
        outcome.clear();
        hypervisor.perform(order, outcome);
        return outcome.status;
    }

    private LibvirtHypervisor start(String uri) {
        LibvirtHypervisor hypervisor =
                new LibvirtHypervisor(LibvirtSettings.defaults(uri, 2, SETTINGS), errors);
        try {
            hypervisor.start(log, EngineClock.wall());
            return hypervisor;
        } catch (HypervisorException e) {
            hypervisor.close();
            throw e;
        }
    }

    private static String domain(String name, String policy) {
        return String.join(
                "",
                List.of(
                        "<domain type='test'><name>",
                        name,
                        "</name><metadata><foreshape:vm xmlns:foreshape='",
                        DomainDescription.NAMESPACE,
                        "' ",
                        policy,
                        "/></metadata><memory unit='MiB'>1024</memory><vcpu>1</vcpu>"
                                + "<os><type>hvm</type></os></domain>"));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
