package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.EventLog;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.lab.FillResult;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What only real guests show: fresh figures under load, and a libvirtd that goes, hangs and comes
 * back. No test asserts how fast anything is; the figures it measured are printed.
 */
@Tag("guests")
@Timeout(300)
final class LibvirtGuestsTest {
    private static final Duration BOOT = Duration.ofSeconds(150);
    private static final long LIMIT_MS = 90_000;
    private static final int MAX_MIB = 384;
    private static final int CURRENT_MIB = 320;
    private static final int FILL_MIB = 128;

    /** A pace that every machine keeps, so that a fill lasts two seconds on a fast one too. */
    private static final int FILL_MIB_PER_SECOND = 64;

    private static final long KIB_PER_MIB = 1024;
    private static final int ODD_PERIOD_S = 7;

    private static PrivateLibvirtd libvirtd;
    private static Guest busy;
    private static Guest calm;
    private static int guestCount;

    private final EventLog log = new EventLog(4);
    private final DistinctErrors errors = new DistinctErrors();
    private final OutcomeSection outcome = new OutcomeSection();
    private LibvirtHypervisor hypervisor;

    @BeforeAll
    static void bootGuests() {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        libvirtd = PrivateLibvirtd.start();
        busy = create("mode='enforce' floor-mib='128' priority='5'");
        calm = create("mode='enforce' opt-out='yes'");
        busy.waitReady(BOOT);
        calm.waitReady(BOOT);
    }

    @AfterAll
    static void closeLibvirtd() {
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    @AfterEach
    void close() {
        if (hypervisor != null) {
            hypervisor.close();
        }
    }

    private static Guest create(String policy) {
        return libvirtd.create(
                GuestSpec.builder("g" + guestCount++)
                        .maxMib(MAX_MIB)
                        .currentMib(CURRENT_MIB)
                        .statsPeriodS(ODD_PERIOD_S)
                        .metadataXml(metadata(policy))
                        .build());
    }

    private static String metadata(String policy) {
        return "<foreshape:vm xmlns:foreshape='"
                + DomainDescription.NAMESPACE
                + "' "
                + policy
                + "/>";
    }

    @Test
    void shouldTellOfAFillWhileItHappens() throws Exception {
        VmRef vm = start(busy);
        start(calm);
        EventLog.Sample before = fresh(vm, 0, 0);
        long usableBeforeKib = before.figures().usableKib[vm.slot()];
        long roundsBefore = hypervisor.roundCount();
        long startNs = System.nanoTime();
        int from = log.size();

        CompletableFuture<FillResult> fill =
                busy.control()
                        .fillAt(startNs, FILL_MIB, FILL_MIB_PER_SECOND, Duration.ofMinutes(2));
        fill.get(2, TimeUnit.MINUTES);
        log.await(
                EventLog.Sample.class,
                from,
                LIMIT_MS,
                s ->
                        s.holds(vm)
                                && s.figures().usableKib[vm.slot()]
                                        < usableBeforeKib - FILL_MIB * KIB_PER_MIB / 2);
        double seconds = (System.nanoTime() - startNs) / 1e9;
        long rounds = hypervisor.roundCount() - roundsBefore;

        List<Long> times = new ArrayList<>();
        for (EventLog.Sample sample : samples(from)) {
            long timeNs = sample.figures().statsTimeNs[vm.slot()];
            if (sample.holds(vm) && (times.isEmpty() || times.getLast() != timeNs)) {
                times.add(timeNs);
            }
            assertThat(timeNs).as("never from the future").isLessThanOrEqualTo(sample.timeNs());
        }
        System.out.printf(
                "fill of %d MiB: %.1f s, %.1f rounds/s of two guests, %d distinct reports%n",
                FILL_MIB, seconds, rounds / seconds, times.size());
        assertThat(times).isSorted();
        assertThat(times).as("several reports during one fill").hasSizeGreaterThan(3);
        List<Long> gapsMs = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            gapsMs.add((times.get(i) - times.get(i - 1)) / 1_000_000);
        }
        gapsMs.sort(null);
        System.out.println("between reports, ms: " + gapsMs);
        assertThat(gapsMs.getFirst())
                .as("reports come in less than the whole second that libvirt offers")
                .isLessThan(900);
        busy.control().setBlocks(0);
    }

    @Test
    void shouldTellOfABalloonsMoves() throws Exception {
        VmRef vm = start(busy);
        fresh(vm, 0, 0);
        long targetKib = 256 * KIB_PER_MIB;
        int from = log.size();

        assertThat(perform(vm, ActKind.RESIZE_MEMORY, targetKib)).isEqualTo(OutcomeStatus.DONE);
        log.await(
                EventLog.Pressure.class,
                from,
                LIMIT_MS,
                p -> p.slot() == vm.slot() && p.value() < CURRENT_MIB * KIB_PER_MIB);
        log.await(
                EventLog.Sample.class,
                from,
                LIMIT_MS,
                s -> s.holds(vm) && s.figures().allocationKib[vm.slot()] == targetKib);
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, CURRENT_MIB * KIB_PER_MIB))
                .isEqualTo(OutcomeStatus.DONE);
    }

    @Test
    void shouldObeyMetadataAndItsChanges() throws Exception {
        start(busy);
        EventLog.Control arrival = arrival(busy);
        assertThat(arrival.mode()).isEqualTo(VmMode.ENFORCE);
        assertThat(arrival.floorKib()).isEqualTo(128 * KIB_PER_MIB);
        assertThat(arrival.ceilingKib()).isEqualTo(MAX_MIB * KIB_PER_MIB);
        assertThat(arrival(calm).mode()).isEqualTo(VmMode.OBSERVE);

        setMetadata(busy, "mode='enforce' priority='a lot'");
        log.await(
                EventLog.Control.class,
                0,
                LIMIT_MS,
                c ->
                        c.kind() == ControlKind.VM_POLICY
                                && c.name().equals(busy.domainName())
                                && c.mode() == VmMode.OBSERVE);
        setMetadata(busy, "mode='recommend' priority='8'");
        log.await(
                EventLog.Control.class,
                0,
                LIMIT_MS,
                c ->
                        c.kind() == ControlKind.VM_POLICY
                                && c.mode() == VmMode.RECOMMEND
                                && c.priority() == 8);
        setMetadata(busy, "mode='enforce' floor-mib='128' priority='5'");
    }

    @Test
    void shouldFindADomainGoneThatWasDestroyedAndWatchTheOtherOn() throws Exception {
        Guest brief = create("mode='enforce'").waitReady(BOOT);
        VmRef vm = start(brief);
        VmRef other = start(busy);
        fresh(vm, 0, 0);

        brief.destroy();
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, 256 * KIB_PER_MIB))
                .isEqualTo(OutcomeStatus.VM_GONE);
        assertThat(outcome.message.toString()).isNotBlank();
        log.await(
                EventLog.Control.class,
                0,
                LIMIT_MS,
                c -> c.kind() == ControlKind.VM_DEPARTED && c.slot() == vm.slot());
        int from = log.size();
        EventLog.Sample sample = fresh(other, from, now());
        assertThat(sample.holds(vm)).isFalse();
    }

    @Test
    void shouldGoOnWithTheSameVmsWhenLibvirtdComesBack() throws Exception {
        VmRef vm = start(busy);
        fresh(vm, 0, 0);
        int from = log.size();

        libvirtd.stopDaemon();
        log.await(
                EventLog.Control.class,
                from,
                LIMIT_MS,
                c -> c.kind() == ControlKind.CONNECTION_LOST);
        assertThat(hypervisor.isConnected()).isFalse();
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, 256 * KIB_PER_MIB))
                .isEqualTo(OutcomeStatus.FAILED);
        assertThat(outcome.message.toString()).contains("does not answer");
        int lost = log.size();

        libvirtd.startDaemon();
        log.await(
                EventLog.Control.class,
                from,
                LIMIT_MS,
                c -> c.kind() == ControlKind.CONNECTION_BACK);
        assertThat(hypervisor.isConnected()).isTrue();
        fresh(vm, lost, now());
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, 256 * KIB_PER_MIB))
                .isEqualTo(OutcomeStatus.DONE);
        log.await(EventLog.Pressure.class, lost, LIMIT_MS, p -> p.slot() == vm.slot());
        assertThat(log.all(EventLog.Control.class))
                .extracting(EventLog.Control::kind)
                .doesNotContain(ControlKind.VM_DEPARTED)
                .containsOnlyOnce(ControlKind.CONNECTION_LOST, ControlKind.CONNECTION_BACK);
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, CURRENT_MIB * KIB_PER_MIB))
                .isEqualTo(OutcomeStatus.DONE);
    }

    @Test
    void shouldLetAVmDepartThatEndedWhileLibvirtdWasAway() throws Exception {
        Guest brief = create("mode='enforce'").waitReady(BOOT);
        VmRef vm = start(brief);
        VmRef other = start(busy);
        int from = log.size();

        libvirtd.kill9();
        log.await(
                EventLog.Control.class,
                from,
                LIMIT_MS,
                c -> c.kind() == ControlKind.CONNECTION_LOST);
        brief.destroy();
        libvirtd.startDaemon();

        log.await(
                EventLog.Control.class,
                from,
                LIMIT_MS,
                c -> c.kind() == ControlKind.VM_DEPARTED && c.slot() == vm.slot());
        fresh(other, from, now());
    }

    @Test
    void shouldKeepSamplingWhileLibvirtdHangs() throws Exception {
        VmRef vm = start(busy);
        VmRef other = start(calm);
        fresh(vm, 0, 0);
        fresh(other, 0, 0);
        signal("STOP");
        try {
            awaitHung();
            int from = log.size();
            EventLog.Sample first = sample(vm, from);
            EventLog.Sample second = sample(vm, log.size());
            EventLog.Sample third = sample(other, log.size());

            assertThat(third.timeNs()).isGreaterThan(first.timeNs());
            assertThat(second.figures().statsTimeNs[vm.slot()])
                    .as("old figures keep their old time")
                    .isEqualTo(first.figures().statsTimeNs[vm.slot()]);
            assertThat(second.figures().residentKib[vm.slot()])
                    .as("/proc still tells")
                    .isPositive();
        } finally {
            signal("CONT");
        }
        fresh(vm, log.size(), now());
    }

    @Test
    void shouldCloseWhileLibvirtdHangs() throws Exception {
        VmRef vm = start(busy);
        fresh(vm, 0, 0);
        signal("STOP");
        try {
            awaitHung();
            long startNs = System.nanoTime();
            hypervisor.close();
            System.out.printf(
                    "closed with %d hung calls in %d ms%n",
                    hypervisor.hungCount(), (System.nanoTime() - startNs) / 1_000_000);
            assertThat(hypervisor.isConnected()).isFalse();
            assertThat(perform(vm, ActKind.RESIZE_MEMORY, 256 * KIB_PER_MIB))
                    .isEqualTo(OutcomeStatus.UNAVAILABLE);
        } finally {
            signal("CONT");
        }
    }

    @Test
    void shouldGiveTheStatisticsPeriodBack() throws Exception {
        Guest odd = create("mode='enforce'").waitReady(BOOT);
        VmRef vm = start(odd);
        fresh(vm, 0, 0);
        assertThat(libvirtd.virsh("dumpxml", odd.domainName())).doesNotContain("period='7'");

        hypervisor.close();

        assertThat(libvirtd.virsh("dumpxml", odd.domainName())).contains("period='7'");
        odd.destroy();
    }

    /** Starts the hypervisor unless it runs, and waits for the guest's arrival. */
    private VmRef start(Guest guest) throws InterruptedException {
        if (hypervisor == null) {
            LibvirtSettings usual = LibvirtSettings.defaults(libvirtd.uri(), 4, new Settings());
            LibvirtSettings settings =
                    new LibvirtSettings(
                            usual.uri(),
                            usual.vmCountMax(),
                            usual.workerCount(),
                            usual.workerCountMax(),
                            usual.attentionRoundsPerSecond(),
                            usual.callDeadlineNs(),
                            TimeUnit.MINUTES.toNanos(2),
                            TimeUnit.SECONDS.toNanos(1),
                            usual.vmSettings());
            hypervisor = new LibvirtHypervisor(settings, errors);
            hypervisor.start(log, EngineClock.wall());
        }
        EventLog.Control arrival = arrival(guest);
        return new VmRef(arrival.slot(), arrival.generation(), arrival.name(), arrival.uuid());
    }

    private EventLog.Control arrival(Guest guest) throws InterruptedException {
        return log.await(
                EventLog.Control.class,
                0,
                LIMIT_MS,
                c -> c.kind() == ControlKind.VM_ARRIVED && c.name().equals(guest.domainName()));
    }

    private EventLog.Sample fresh(VmRef vm, int from, long afterTimeNs)
            throws InterruptedException {
        return log.await(
                EventLog.Sample.class,
                from,
                LIMIT_MS,
                s ->
                        s.holds(vm)
                                && s.figures().hasGuestStats(vm.slot())
                                && s.figures().statsTimeNs[vm.slot()] > afterTimeNs);
    }

    private EventLog.Sample sample(VmRef vm, int from) throws InterruptedException {
        return log.await(EventLog.Sample.class, from, LIMIT_MS, s -> s.holds(vm));
    }

    private List<EventLog.Sample> samples(int from) {
        return log.entries().stream()
                .skip(from)
                .filter(EventLog.Sample.class::isInstance)
                .map(EventLog.Sample.class::cast)
                .toList();
    }

    private long now() {
        List<EventLog.Sample> all = log.all(EventLog.Sample.class);
        return all.getLast().timeNs();
    }

    private OutcomeStatus perform(VmRef vm, ActKind kind, long amount) {
        ActOrder order = new ActOrder();
        order.vmSlot = vm.slot();
        order.vmGeneration = vm.generation();
        order.kind = kind;
        order.amount = amount;
        outcome.clear();
        hypervisor.perform(order, outcome);
        return outcome.status;
    }

    private void awaitHung() throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        while (hypervisor.hungCount() == 0 && System.nanoTime() < endNs) {
            Thread.sleep(20);
        }
        assertThat(hypervisor.hungCount()).isPositive();
    }

    private static void setMetadata(Guest guest, String policy) {
        libvirtd.virsh(
                "metadata",
                guest.domainName(),
                "--uri",
                DomainDescription.NAMESPACE,
                "--key",
                "foreshape",
                "--live",
                "--set",
                "<vm " + policy + "/>");
    }

    private static void signal(String name) throws Exception {
        Process kill =
                new ProcessBuilder("kill", "-" + name, Long.toString(libvirtd.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    private static final class Settings implements VmSettings {
        @Override
        public VmPolicy policyFor(String vmName, UUID vmUuid) {
            return new VmPolicy(VmMode.ENFORCE, 3, 65_536, Long.MAX_VALUE);
        }

        @Override
        public long originalKib(UUID vmUuid, long currentKib) {
            return currentKib;
        }
    }
}
