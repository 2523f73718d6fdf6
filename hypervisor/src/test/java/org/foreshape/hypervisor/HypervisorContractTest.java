package org.foreshape.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every hypervisor keeps to. An implementation extends this and supplies its subject. */
public abstract class HypervisorContractTest {
    /** Slots that the subject is to be made for. */
    protected static final int VM_COUNT_MAX = 4;

    /** Original size that {@link #SETTINGS} knows for every VM. */
    protected static final long ORIGINAL_KIB = 777_216;

    /** Settings that the subject is to be made with. */
    public static final VmSettings SETTINGS =
            new VmSettings() {
                @Override
                public VmPolicy policyFor(String vmName, UUID vmUuid) {
                    return new VmPolicy(VmMode.ENFORCE, 3, 65_536, Long.MAX_VALUE);
                }

                @Override
                public long originalKib(UUID vmUuid, long currentKib) {
                    return ORIGINAL_KIB;
                }
            };

    /** A hypervisor with exactly two VMs that run, and the hands to change that. */
    protected interface Subject extends AutoCloseable {
        /** Not started yet; made for {@link #VM_COUNT_MAX} and {@link #SETTINGS}. */
        Hypervisor hypervisor();

        /** The two VMs. */
        List<String> vmNames();

        /** Below what the first VM has, and well above what its guest uses. */
        long smallerKib();

        /** Above {@link #smallerKib()} and within what the first VM can have. */
        long largerKib();

        /** Stops a VM for good, from outside the hypervisor's {@link Hypervisor} methods. */
        void stopVm(String name);

        /** Starts another VM and tells its name, which may be longer than the one asked for. */
        String startVm(String name);

        /** What a VM has now, asked past the hypervisor or after its close. */
        long allocationKib(String name);

        /** Most difference between a target and the allocation reached. */
        long toleranceKib();

        @Override
        void close();
    }

    private final EventLog log = new EventLog(VM_COUNT_MAX);
    private final OutcomeSection outcome = new Tick(1).outcome;
    private Set<Thread> threadsBefore = Set.of();
    private Subject subject;

    /** Makes a fresh subject. */
    protected abstract Subject open() throws Exception;

    /** Longest time for anything to show in a sample. */
    protected long limitMs() {
        return 30_000;
    }

    @BeforeEach
    void openSubject() throws Exception {
        threadsBefore = Threads.alive();
        subject = open();
    }

    @AfterEach
    void closeSubject() {
        subject.hypervisor().close();
        subject.close();
    }

    @Test
    void shouldAnnounceEachVmBeforeTheFirstSampleThatHoldsIt() throws Exception {
        start();
        for (String name : subject.vmNames()) {
            VmRef vm = arrived(name, 0);
            log.await(EventLog.Sample.class, 0, limitMs(), sample -> sample.holds(vm));
        }

        List<EventLog.Entry> entries = log.entries();
        for (String name : subject.vmNames()) {
            VmRef vm = arrived(name, 0);
            int arrival = indexOfControl(entries, ControlKind.VM_ARRIVED, vm);
            for (int i = 0; i < arrival; i++) {
                assertThat(entries.get(i) instanceof EventLog.Sample s && s.holds(vm)).isFalse();
            }
        }
    }

    @Test
    void shouldAnnounceIdentityPolicyAndOriginalSize() throws Exception {
        start();
        for (String name : subject.vmNames()) {
            arrived(name, 0);
        }

        assertThat(log.all(EventLog.Control.class))
                .filteredOn(control -> control.kind() == ControlKind.VM_ARRIVED)
                .hasSize(2)
                .allSatisfy(control -> {
                    assertThat(control.mode()).isEqualTo(VmMode.ENFORCE);
                    assertThat(control.priority()).isEqualTo(3);
                    assertThat(control.floorKib()).isEqualTo(65_536);
                    assertThat(control.originalKib()).isEqualTo(ORIGINAL_KIB);
                    assertThat(control.amountKib()).isPositive();
                    assertThat(control.generation()).isPositive();
                    assertThat(control.uuid()).isNotEqualTo(new UUID(0, 0));
                })
                .extracting(EventLog.Control::slot)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldPublishSamplesThatAreWholeAndFresh() throws Exception {
        start();
        VmRef first = arrived(subject.vmNames().get(0), 0);
        VmRef second = arrived(subject.vmNames().get(1), 0);
        EventLog.Sample early = sampleWithStats(first, 0, 0);
        EventLog.Sample late = sampleWithStats(first, 0, early.figures().statsTimeNs[first.slot()]);

        for (VmRef vm : List.of(first, second)) {
            assertThat(late.holds(vm)).as("a pass holds every VM: %s", vm).isTrue();
            int slot = vm.slot();
            assertThat(late.figures().allocationKib[slot]).isPositive();
            assertThat(late.figures().maximumKib[slot])
                    .isGreaterThanOrEqualTo(late.figures().allocationKib[slot]);
            assertThat(late.figures().usableKib[slot]).isNotNegative();
            assertThat(late.figures().residentKib[slot]).isPositive();
            assertThat(late.figures().cpuTimeNs[slot]).isNotNegative();
        }
        assertThat(late.figures().hostMemoryKib).isPositive();
        assertThat(late.figures().hostAvailableKib).isPositive();
        assertThat(late.timeNs()).isGreaterThan(early.timeNs());
        assertThat(late.figures().statsTimeNs[first.slot()]).isLessThanOrEqualTo(late.timeNs());
    }

    @Test
    void shouldShowAShrinkAndThenAGrowthInSamples() throws Exception {
        start();
        VmRef vm = arrived(subject.vmNames().get(0), 0);
        sampleWithStats(vm, 0, 0);

        for (long targetKib : new long[] {subject.smallerKib(), subject.largerKib()}) {
            int from = log.size();
            assertThat(perform(vm, ActKind.RESIZE_MEMORY, targetKib)).isEqualTo(OutcomeStatus.DONE);
            log.await(
                    EventLog.Sample.class,
                    from,
                    limitMs(),
                    sample ->
                            sample.holds(vm)
                                    && Math.abs(
                                                    sample.figures().allocationKib[vm.slot()]
                                                            - targetKib)
                                            <= subject.toleranceKib());
        }
    }

    @Test
    void shouldFindTheVmGoneForUnknownSlotsAndOldGenerations() throws Exception {
        start();
        VmRef vm = arrived(subject.vmNames().get(0), 0);

        for (VmRef wrong :
                List.of(
                        new VmRef(vm.slot(), vm.generation() + 1, vm.name(), vm.uuid()),
                        new VmRef(vm.slot(), vm.generation() - 1, vm.name(), vm.uuid()),
                        new VmRef(VM_COUNT_MAX - 1, 1, vm.name(), vm.uuid()),
                        new VmRef(-1, 1, vm.name(), vm.uuid()),
                        new VmRef(VM_COUNT_MAX, 1, vm.name(), vm.uuid()))) {
            assertThat(perform(wrong, ActKind.RESIZE_MEMORY, subject.smallerKib()))
                    .as("%s", wrong)
                    .isEqualTo(OutcomeStatus.VM_GONE);
            assertThat(outcome.message.toString()).isNotBlank();
        }
    }

    @Test
    void shouldRefuseImpossibleAmountsWithAMessage() throws Exception {
        start();
        VmRef vm = arrived(subject.vmNames().get(0), 0);
        long beforeKib = subject.allocationKib(vm.name());

        for (long amountKib : new long[] {-1, 0, Long.MAX_VALUE, 1L << 50}) {
            assertThat(perform(vm, ActKind.RESIZE_MEMORY, amountKib))
                    .as("%d KiB", amountKib)
                    .isEqualTo(OutcomeStatus.FAILED);
            assertThat(outcome.message.toString()).isNotBlank();
        }
        assertThat(subject.allocationKib(vm.name())).isEqualTo(beforeKib);
    }

    @Test
    void shouldNoticeThatAVmLeftAndGiveItsSlotAHigherGeneration() throws Exception {
        start();
        String name = subject.vmNames().get(1);
        VmRef vm = arrived(name, 0);
        log.await(EventLog.Sample.class, 0, limitMs(), sample -> sample.holds(vm));

        subject.stopVm(name);
        log.await(
                EventLog.Control.class,
                0,
                limitMs(),
                c -> c.kind() == ControlKind.VM_DEPARTED && c.slot() == vm.slot());
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, subject.smallerKib()))
                .isEqualTo(OutcomeStatus.VM_GONE);

        int from = log.size();
        VmRef newcomer = arrived(subject.startVm("newcomer"), from);
        assertThat(newcomer.slot()).isEqualTo(vm.slot());
        assertThat(newcomer.generation()).isGreaterThan(vm.generation());
        log.await(EventLog.Sample.class, from, limitMs(), sample -> sample.holds(newcomer));

        List<EventLog.Entry> entries = log.entries();
        int departure = indexOfControl(entries, ControlKind.VM_DEPARTED, vm);
        assertThat(entries.subList(departure, entries.size()))
                .noneMatch(entry -> entry instanceof EventLog.Sample s && s.holds(vm));
    }

    @Test
    void shouldTakeRequestsForAttentionFromAnybody() throws Exception {
        start();
        VmRef vm = arrived(subject.vmNames().get(0), 0);
        long untilNs = EngineClock.wall().timeNs() + 10_000_000_000L;

        assertThatCode(
                        () -> {
                            subject.hypervisor().attend(vm.slot(), vm.generation(), untilNs);
                            subject.hypervisor().attend(vm.slot(), vm.generation() + 7, untilNs);
                            subject.hypervisor().attend(-1, 0, untilNs);
                            subject.hypervisor().attend(VM_COUNT_MAX, 1, untilNs);
                        })
                .doesNotThrowAnyException();
        int from = log.size();
        log.await(EventLog.Sample.class, from, limitMs(), sample -> sample.holds(vm));
    }

    @Test
    void shouldKeepSamplingWhileTheRingSheds() throws Exception {
        start();
        VmRef vm = arrived(subject.vmNames().get(0), 0);
        log.await(EventLog.Sample.class, 0, limitMs(), sample -> sample.holds(vm));
        log.setFull(true);
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, subject.smallerKib()))
                .isEqualTo(OutcomeStatus.DONE);
        int from = log.size();
        log.setFull(false);

        log.await(EventLog.Sample.class, from, limitMs(), sample -> sample.holds(vm));
    }

    @Test
    void shouldEndItsThreadsOnCloseAndLeaveTheVmsAsTheyAre() throws Exception {
        start();
        VmRef vm = arrived(subject.vmNames().get(0), 0);
        assertThat(subject.hypervisor().isConnected()).isTrue();
        log.await(EventLog.Sample.class, 0, limitMs(), sample -> sample.holds(vm));
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, subject.smallerKib()))
                .as("%s", outcome.message)
                .isEqualTo(OutcomeStatus.DONE);
        log.await(
                EventLog.Sample.class,
                0,
                limitMs(),
                sample ->
                        sample.holds(vm)
                                && Math.abs(
                                                sample.figures().allocationKib[vm.slot()]
                                                        - subject.smallerKib())
                                        <= subject.toleranceKib());

        subject.hypervisor().close();
        subject.hypervisor().close();

        int eventCount = log.size();
        assertThat(subject.hypervisor().isConnected()).isFalse();
        assertThat(Threads.left(threadsBefore)).isEmpty();
        assertThat(Math.abs(subject.allocationKib(vm.name()) - subject.smallerKib()))
                .isLessThanOrEqualTo(subject.toleranceKib());
        assertThat(perform(vm, ActKind.RESIZE_MEMORY, subject.largerKib()))
                .isIn(OutcomeStatus.UNAVAILABLE, OutcomeStatus.VM_GONE);
        assertThat(log.size()).isEqualTo(eventCount);
    }

    @Test
    void shouldSayItsName() {
        assertThat(subject.hypervisor().name()).isNotBlank();
    }

    /** Where the events of the started subject go. */
    protected final EventLog log() {
        return log;
    }

    /** The subject of this test. */
    protected final Subject subject() {
        return subject;
    }

    /** Starts the subject on the wall clock. */
    protected final void start() {
        subject.hypervisor().start(log, EngineClock.wall());
    }

    /** Waits for a VM's arrival. */
    protected final VmRef arrived(String name, int fromIndex) throws InterruptedException {
        EventLog.Control control =
                log.await(
                        EventLog.Control.class,
                        fromIndex,
                        limitMs(),
                        c -> c.kind() == ControlKind.VM_ARRIVED && c.name().equals(name));
        return new VmRef(control.slot(), control.generation(), name, control.uuid());
    }

    /** Performs an act and tells its status; {@link #outcome} holds the rest. */
    protected final OutcomeStatus perform(VmRef vm, ActKind kind, long amount) {
        ActOrder order = new ActOrder();
        order.vmSlot = vm.slot();
        order.vmGeneration = vm.generation();
        order.kind = kind;
        order.amount = amount;
        order.deadlineTimeNs = Long.MAX_VALUE;
        outcome.clear();
        subject.hypervisor().perform(order, outcome);
        return outcome.status;
    }

    private EventLog.Sample sampleWithStats(VmRef vm, int fromIndex, long afterTimeNs)
            throws InterruptedException {
        return log.await(
                EventLog.Sample.class,
                fromIndex,
                limitMs(),
                sample ->
                        sample.holds(vm)
                                && sample.figures().hasGuestStats(vm.slot())
                                && sample.figures().statsTimeNs[vm.slot()] > afterTimeNs);
    }

    private static int indexOfControl(List<EventLog.Entry> entries, ControlKind kind, VmRef vm) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i) instanceof EventLog.Control control
                    && control.kind() == kind
                    && control.slot() == vm.slot()
                    && control.generation() == vm.generation()) {
                return i;
            }
        }
        throw new AssertionError("no " + kind + " of " + vm);
    }
}
