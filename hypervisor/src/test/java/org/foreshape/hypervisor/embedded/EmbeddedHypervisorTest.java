package org.foreshape.hypervisor.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.foreshape.hypervisor.EventLog;
import org.foreshape.hypervisor.HypervisorContractTest;
import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.hypervisor.Threads;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.TaskState;
import org.junit.jupiter.api.Test;

class EmbeddedHypervisorTest {
    private static final long MIB = 1024;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long HOUR_NS = 3600 * SECOND_NS;

    @Test
    void shouldSayThatThereIsNoMemfdAndLeaveNothingBehind() throws Exception {
        Set<Thread> before = Threads.alive();
        EventLog log = new EventLog(4);
        try (EmbeddedHypervisor hypervisor =
                new EmbeddedHypervisor(
                        EmbeddedFleet.mixed(2, 64 * MIB, 64 * MIB, 1, null),
                        EmbeddedOptions.defaults(),
                        HypervisorContractTest.SETTINGS,
                        4,
                        (name, sizeBytes) -> {
                            throw new NativeUnavailableException("memfd_create is not there.");
                        })) {
            assertThatThrownBy(() -> hypervisor.start(log, EngineClock.wall()))
                    .isInstanceOf(HypervisorException.class)
                    .hasMessageContaining("guest-00-batch")
                    .hasMessageContaining("memfd_create is not there.")
                    .hasMessageContaining("Linux 3.17");
            assertThat(hypervisor.isConnected()).isFalse();
        }
        assertThat(Threads.left(before)).isEmpty();
    }

    @Test
    void shouldRefuseMoreGuestsThanSlotsAndNamesThatAreTaken() {
        EventLog log = new EventLog(1);
        try (EmbeddedHypervisor hypervisor = small(1, 1)) {
            assertThatThrownBy(() -> hypervisor.addGuest(guest("early")))
                    .isInstanceOf(IllegalStateException.class);
            hypervisor.start(log, EngineClock.wall());

            assertThatThrownBy(() -> hypervisor.addGuest(guest("one-too-many")))
                    .isInstanceOf(HypervisorException.class)
                    .hasMessageContaining("all 1 slots");
            assertThatThrownBy(() -> hypervisor.addGuest(guest("guest-00-batch")))
                    .hasMessageContaining("runs already");
            assertThat(hypervisor.removeGuest("unknown")).isFalse();
            assertThatThrownBy(() -> hypervisor.start(log, EngineClock.wall()))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldStartAndStopManyGuestsWithoutLeaks() throws Exception {
        runGuests(2);
        Set<Thread> threads = Threads.alive();
        long files = fileCount();
        long maps = guestMapCount();
        for (int round = 0; round < 2; round++) {
            runGuests(64);
        }

        assertThat(fileCount()).isEqualTo(files);
        assertThat(guestMapCount()).isEqualTo(maps).isZero();
        assertThat(Threads.left(threads)).isEmpty();
    }

    private static void runGuests(int count) throws Exception {
        EventLog log = new EventLog(count);
        EmbeddedHypervisor hypervisor =
                new EmbeddedHypervisor(
                        EmbeddedFleet.mixed(count, 256 * MIB, 160 * MIB, 3, null),
                        new EmbeddedOptions.Builder().scale(64).workerCount(2).build(),
                        HypervisorContractTest.SETTINGS,
                        count);
        try (hypervisor) {
            hypervisor.start(log, EngineClock.compressed(60, SECOND_NS));
            assertThat(guestMapCount()).isEqualTo(count);
            for (int i = 0; i < 5; i++) {
                log.await(EventLog.Sample.class, log.size(), 60_000, sample -> true);
            }
        }
        assertThat(hypervisor.failureCount()).isZero();
        assertThat(hypervisor.totals())
                .hasSize(count)
                .allSatisfy(totals -> {
                    assertThat(totals.touchedPages()).isPositive();
                    assertThat(totals.checkedPages()).isPositive();
                    assertThat(totals.badPages()).isZero();
                });
    }

    @Test
    void shouldShowSeveralHypervisorsTheSameDemand() throws Exception {
        EngineClock clock = EngineClock.compressed(30, 1_000 * SECOND_NS);
        EventLog[] logs = {new EventLog(4), new EventLog(4)};
        EmbeddedOptions options = new EmbeddedOptions.Builder().originTimeNs(0).scale(16).build();
        try (EmbeddedHypervisor one = fleet(options);
                EmbeddedHypervisor other = fleet(options)) {
            one.start(logs[0], clock);
            other.start(logs[1], clock);
            for (EventLog log : logs) {
                log.await(
                        EventLog.Sample.class,
                        0,
                        60_000,
                        sample -> sample.timeNs() > 1_100 * SECOND_NS);
            }
        }

        List<GuestSpec> specs = EmbeddedFleet.mixed(4, 256 * MIB, 256 * MIB, 5, null);
        for (EventLog log : logs) {
            for (EventLog.Sample sample : log.all(EventLog.Sample.class)) {
                for (int slot = 0; slot < sample.figures().slotCount; slot++) {
                    long elapsedNs = sample.figures().statsTimeNs[slot];
                    long wantedKib =
                            EmbeddedGuest.overheadKib(256 * MIB)
                                    + specs.get(slot).curve().memoryKib(elapsedNs);
                    assertThat(sample.figures().usedKib(slot)).isEqualTo(wantedKib);
                }
            }
        }
    }

    @Test
    void shouldCountTheSameSpanWhateverTheStartAndTheClose() throws Exception {
        EngineClock clock = EngineClock.compressed(60, 0);
        EmbeddedOptions options =
                new EmbeddedOptions.Builder().originTimeNs(90 * SECOND_NS).scale(16).build();
        EventLog[] logs = {new EventLog(4), new EventLog(4)};
        try (EmbeddedHypervisor one = fleet(options);
                EmbeddedHypervisor other = fleet(options)) {
            one.start(logs[0], clock);
            EventLog.Sample early = logs[0].await(EventLog.Sample.class, 0, 60_000, sample -> true);
            assertThat(early.timeNs()).isLessThan(90 * SECOND_NS);
            assertThat(one.totals()).allMatch(totals -> totals.elapsedNs() == 0);
            other.start(logs[1], clock);
            one.endWorkloadsAt(150 * SECOND_NS);
            other.endWorkloadsAt(150 * SECOND_NS);
            for (EventLog log : logs) {
                // Samples stay fresh while the workloads stand still.
                log.await(
                        EventLog.Sample.class,
                        0,
                        60_000,
                        s -> s.figures().statsTimeNs[0] > 170 * SECOND_NS);
            }

            assertThat(one.totals()).allMatch(totals -> totals.elapsedNs() == 60 * SECOND_NS);
            for (int i = 0; i < 4; i++) {
                assertThat(other.totals().get(i).ceilingKibSeconds())
                        .isEqualTo(one.totals().get(i).ceilingKibSeconds());
            }
        }
    }

    @Test
    void shouldTellOfTasksInTheirOrderAndWithTheirUse() throws Exception {
        EventLog log = new EventLog(1);
        DemandCurve curve =
                Curves.batch(16 * MIB, 64 * MIB, 60 * SECOND_NS, 15 * SECOND_NS, 1.0, 9);
        GuestSpec spec =
                new GuestSpec(
                        "batch-guest",
                        EmbeddedHypervisorContractTest.guest("batch-guest").uuid(),
                        curve,
                        128 * MIB,
                        128 * MIB,
                        1,
                        null);
        EmbeddedHypervisor hypervisor =
                new EmbeddedHypervisor(
                        List.of(spec),
                        new EmbeddedOptions.Builder()
                                .announceTasks(20 * SECOND_NS)
                                .originTimeNs(0)
                                .build(),
                        HypervisorContractTest.SETTINGS,
                        1);
        CurveTask second = curve.tasks(0, 200 * SECOND_NS).get(1);
        try (hypervisor) {
            hypervisor.start(log, EngineClock.compressed(60, 0));
            EventLog.Task announced = awaitTask(log, second, TaskState.ANNOUNCED);
            EventLog.Task started = awaitTask(log, second, TaskState.STARTED);
            EventLog.Task finished = awaitTask(log, second, TaskState.FINISHED);

            assertThat(announced.plannedStartTimeNs()).isEqualTo(second.plannedStartNs());
            assertThat(announced.timeNs()).isLessThan(started.timeNs());
            assertThat(announced.type()).isEqualTo(second.type());
            assertThat(announced.expectedMemoryKib()).isEqualTo(second.expectedMemoryKib());
            assertThat(announced.actualMemoryKib()).isEqualTo(-1);
            assertThat(started.timeNs()).isGreaterThanOrEqualTo(second.startNs());
            assertThat(finished.actualDurationNs()).isEqualTo(second.durationNs());
            assertThat(finished.actualMemoryKib()).isPositive();
            assertThat(finished.actualMemoryKib()).isLessThanOrEqualTo(second.memoryKib());
            assertThat(finished.slot()).isZero();
            assertThat(finished.generation()).isEqualTo(1);
        }

        List<EventLog.Entry> entries = log.entries();
        assertThat(entries.getFirst())
                .isInstanceOfSatisfying(
                        EventLog.Control.class,
                        control -> assertThat(control.kind()).isEqualTo(ControlKind.VM_ARRIVED));
    }

    @Test
    void shouldListTheTasksToComeAlsoWhenItDoesNotPublishThem() throws Exception {
        EventLog log = new EventLog(4);
        EmbeddedOptions quiet =
                new EmbeddedOptions(1, 20_000_000, SECOND_NS, 16, 0, 0, false, HOUR_NS, false);
        try (EmbeddedHypervisor hypervisor = fleet(quiet)) {
            hypervisor.start(log, EngineClock.compressed(1, 0));
            log.await(EventLog.Sample.class, 0, 60_000, sample -> true);
            long endNs = System.nanoTime() + 30 * SECOND_NS;
            while (hypervisor.announcements().isEmpty() && System.nanoTime() < endNs) {
                Thread.sleep(10);
            }

            assertThat(hypervisor.announcements())
                    .isNotEmpty()
                    .allSatisfy(upcoming -> {
                        assertThat(upcoming.vmName()).isEqualTo("guest-00-batch");
                        assertThat(upcoming.task().announced()).isTrue();
                        assertThat(upcoming.plannedStartTimeNs())
                                .isEqualTo(upcoming.task().plannedStartNs());
                    });
        }
        assertThat(log.all(EventLog.Task.class)).isEmpty();
    }

    @Test
    void shouldReportTheHostThatItWasGiven() throws Exception {
        EventLog log = new EventLog(4);
        EmbeddedOptions options =
                new EmbeddedOptions.Builder().hostMemoryKib(1024 * MIB).scale(16).build();
        try (EmbeddedHypervisor hypervisor = fleet(options)) {
            hypervisor.start(log, EngineClock.wall());
            EventLog.Sample sample = log.await(EventLog.Sample.class, 0, 60_000, taken -> true);

            long residentKib = 0;
            for (int slot = 0; slot < 4; slot++) {
                residentKib += sample.figures().residentKib[slot];
            }
            assertThat(residentKib).isPositive();
            assertThat(sample.figures().hostMemoryKib).isEqualTo(1024 * MIB);
            assertThat(sample.figures().hostAvailableKib).isEqualTo(1024 * MIB - residentKib);
        }
    }

    @Test
    void shouldPlanRealMemoryWithinTheMachine() {
        EmbeddedSizing plain = EmbeddedSizing.plan(4, 3, 256 * MIB, 1, 16_000 * MIB, 0.5);
        assertThat(plain).isEqualTo(new EmbeddedSizing(256 * MIB, 256 * MIB, 1));

        EmbeddedSizing many = EmbeddedSizing.plan(64, 3, 2048 * MIB, 60, 16_000 * MIB, 0.5);
        assertThat(many.realCeilingKib() * many.scale()).isEqualTo(2048 * MIB);
        assertThat(many.realCeilingKib() * 192).isLessThan(8_000 * MIB);
        assertThat(many.realCeilingKib() * 192 / 4 * 60 * EmbeddedSizing.TURNOVER_PER_SECOND)
                .isLessThanOrEqualTo((double) EmbeddedSizing.PAGES_PER_SECOND);

        assertThatThrownBy(() -> EmbeddedSizing.plan(64, 3, 2048 * MIB, 60, 100 * MIB, 0.5))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("run fewer guests");
    }

    private static EventLog.Task awaitTask(EventLog log, CurveTask task, TaskState state)
            throws InterruptedException {
        return log.await(
                EventLog.Task.class,
                0,
                60_000,
                event -> event.id().equals(task.id()) && event.state() == state);
    }

    private static EmbeddedHypervisor fleet(EmbeddedOptions options) {
        return new EmbeddedHypervisor(
                EmbeddedFleet.mixed(4, 256 * MIB, 256 * MIB, 5, null),
                options,
                HypervisorContractTest.SETTINGS,
                4);
    }

    private static EmbeddedHypervisor small(int guestCount, int vmCountMax) {
        return new EmbeddedHypervisor(
                EmbeddedFleet.mixed(guestCount, 64 * MIB, 64 * MIB, 1, null),
                EmbeddedOptions.defaults(),
                HypervisorContractTest.SETTINGS,
                vmCountMax);
    }

    private static GuestSpec guest(String name) {
        return EmbeddedHypervisorContractTest.guest(name);
    }

    private static long fileCount() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    private static long guestMapCount() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(map -> map.contains("memfd:foreshape-")).count();
        }
    }
}
