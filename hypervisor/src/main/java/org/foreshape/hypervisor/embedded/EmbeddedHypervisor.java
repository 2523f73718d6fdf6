package org.foreshape.hypervisor.embedded;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.foreshape.hypervisor.HostTelemetry;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.hypervisor.SampleBoard;
import org.foreshape.hypervisor.SamplingLoop;
import org.foreshape.hypervisor.TelemetrySource;
import org.foreshape.hypervisor.VmDirectory;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.SampleSection;
import org.jspecify.annotations.Nullable;

/**
 * Runs guests inside this process; see the package. Any thread may call any method.
 *
 * <p>Its length: it is the one place where arrival, departure and close meet, and their order
 * matters.
 *
 * <p>Its guests cannot outlive it: {@link #close} ends their workloads, checks all that they hold a
 * last time and frees it. Their allocations and totals can still be asked for.
 */
public final class EmbeddedHypervisor implements Hypervisor, TelemetrySource {
    private static final long CLOSE_WAIT_NS = 1_500_000_000;

    private final List<GuestSpec> firstGuests;
    private final EmbeddedOptions options;
    private final VmSettings settings;
    private final GuestRam.Factory memoryFactory;
    private final VmDirectory directory;
    private final SampleBoard board;
    private final SamplingLoop sampling;
    private final List<GuestWorker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<EmbeddedGuest> departed = new ArrayList<>();

    /** Never changed in place, so that workers and lanes need no lock. */
    private volatile EmbeddedGuest[] guests = {};

    private volatile boolean running;
    private boolean started;
    private volatile @Nullable WorkloadTime workloadTime;
    private @Nullable EngineClock clock;
    private @Nullable EventPublisher publisher;
    private @Nullable HostTelemetry host;

    /**
     * A hypervisor that does not run yet and holds no memory.
     *
     * @param guests what to run from the start
     * @param options how
     * @param settings asked for the policy of a guest without its own, and for original sizes
     * @param vmCountMax most guests at a time
     */
    public EmbeddedHypervisor(
            List<GuestSpec> guests, EmbeddedOptions options, VmSettings settings, int vmCountMax) {
        this(guests, options, settings, vmCountMax, GuestRam::aligned);
    }

    EmbeddedHypervisor(
            List<GuestSpec> guests,
            EmbeddedOptions options,
            VmSettings settings,
            int vmCountMax,
            GuestRam.Factory memoryFactory) {
        this.firstGuests = List.copyOf(guests);
        this.options = options;
        this.settings = settings;
        this.memoryFactory = memoryFactory;
        this.directory = new VmDirectory(vmCountMax, settings);
        this.board = new SampleBoard(vmCountMax);
        this.sampling =
                new SamplingLoop("embedded-sampler", this, directory, options.samplePeriodNs());
    }

    @Override
    public String name() {
        return options.scale() == 1 ? "embedded" : "embedded, scale " + options.scale();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Fills what the guests use at the start before it returns.
     *
     * @throws HypervisorException when there are more guests than slots, or no memory for them
     */
    @Override
    public synchronized void start(EventPublisher newPublisher, EngineClock newClock) {
        if (started) {
            throw new IllegalStateException("the embedded hypervisor was started already");
        }
        started = true;
        publisher = newPublisher;
        clock = newClock;
        WorkloadTime time =
                new WorkloadTime(
                        options.originTimeNs() < 0 ? newClock.timeNs() : options.originTimeNs());
        workloadTime = time;
        directory.open(newPublisher, newClock);
        host = HostTelemetry.open();
        running = true;
        try {
            for (GuestSpec spec : firstGuests) {
                addGuest(spec);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        GuestWorker.World world =
                new GuestWorker.World(() -> guests, newClock, time, board, sampling::wake);
        for (int i = 0; i < options.workerCount(); i++) {
            GuestWorker worker =
                    new GuestWorker(world, i, options.workerCount(), options.stepWallNs());
            workers.add(worker);
            threads.add(Thread.ofPlatform().daemon().name("embedded-guests-" + i).start(worker));
        }
        sampling.start(newPublisher, newClock);
    }

    /**
     * Starts one more guest.
     *
     * @return its place
     * @throws HypervisorException when all slots are taken, the name is, or there is no memory for
     *     it
     * @throws IllegalStateException when the hypervisor does not run
     */
    public synchronized VmRef addGuest(GuestSpec spec) {
        EngineClock now = requireRunning();
        if (find(spec.name()) != null || directory.byUuid(spec.uuid()) != null) {
            throw new HypervisorException(
                    "a guest with the name or UUID of "
                            + spec.name()
                            + " runs already; give each its own");
        }
        if (guests.length == directory.vmCountMax()) {
            throw new HypervisorException(
                    "guest "
                            + spec.name()
                            + " finds all "
                            + guests.length
                            + " slots taken; raise the number of VMs that the engine can hold");
        }
        EmbeddedGuest guest =
                new EmbeddedGuest(
                        spec, GuestRam.create(spec, options.scale(), memoryFactory), options);
        long timeNs = now.timeNs();
        guest.step(requireTime().elapsedNs(timeNs), timeNs);
        VmRef vm =
                Objects.requireNonNull(
                        directory.arrive(
                                spec.name(), spec.uuid(), spec.policy(), spec.initialKib()),
                        "a slot was free above, and only this method takes any");
        guest.arrived(vm, announcer(spec, vm, now));
        board.update(guest::writeTo);
        EmbeddedGuest[] next = Arrays.copyOf(guests, guests.length + 1);
        next[guests.length] = guest;
        guests = next;
        return vm;
    }

    /**
     * Stops a guest for good and frees its memory.
     *
     * @return false when no guest of that name runs
     */
    public synchronized boolean removeGuest(String name) {
        EmbeddedGuest guest = find(name);
        VmRef vm = guest == null ? null : guest.vm();
        if (guest == null || vm == null || !running) {
            return false;
        }
        guests = Arrays.stream(guests).filter(one -> one != guest).toArray(EmbeddedGuest[]::new);
        // In this order no worker can put it back on the board, and no sample holds it after the
        // departure.
        guest.close();
        board.remove(vm.slot());
        directory.depart(vm);
        departed.add(guest);
        return true;
    }

    @Override
    public boolean isConnected() {
        return running;
    }

    @Override
    public void attend(int vmSlot, int vmGeneration, long untilTimeNs) {
        EmbeddedGuest guest = find(vmSlot, vmGeneration);
        if (guest != null) {
            guest.attendUntil(untilTimeNs);
        }
    }

    @Override
    public boolean isInProcess() {
        return true;
    }

    @Override
    public @Nullable VmMemory memoryOf(int vmSlot, int vmGeneration) {
        EmbeddedGuest guest = running ? find(vmSlot, vmGeneration) : null;
        return guest == null ? null : guest.memory();
    }

    @Override
    public void perform(ActOrder order, OutcomeSection outcome) {
        if (!running) {
            fail(outcome, OutcomeStatus.UNAVAILABLE, "the embedded hypervisor does not run");
            return;
        }
        EmbeddedGuest guest = find(order.vmSlot, order.vmGeneration);
        if (guest == null) {
            fail(
                    outcome,
                    OutcomeStatus.VM_GONE,
                    "no guest in slot " + order.vmSlot + " of generation " + order.vmGeneration);
            return;
        }
        if (order.kind != ActKind.RESIZE_MEMORY) {
            fail(
                    outcome,
                    OutcomeStatus.UNAVAILABLE,
                    order.kind + ": embedded guests have memory only, nothing else to resize");
            return;
        }
        long ceilingKib = guest.spec().ceilingKib();
        if (order.amount <= 0 || order.amount > ceilingKib) {
            fail(
                    outcome,
                    OutcomeStatus.FAILED,
                    "cannot give guest "
                            + guest.spec().name()
                            + " "
                            + order.amount
                            + " KiB: it can have 1 to "
                            + ceilingKib
                            + " KiB");
            return;
        }
        guest.setTargetKib(order.amount);
        outcome.status = OutcomeStatus.DONE;
    }

    @Override
    public boolean latest(SampleSection into) {
        HostTelemetry hostNow = host;
        if (!running || hostNow == null) {
            return false;
        }
        board.copyTo(into);
        hostNow.refresh();
        hostNow.writeTo(into);
        if (options.hostMemoryKib() > 0) {
            into.hostMemoryKib = options.hostMemoryKib();
            into.hostAvailableKib = Math.max(0, options.hostMemoryKib() - residentKib(into));
        } else {
            into.hostMemoryKib *= options.scale();
            into.hostAvailableKib *= options.scale();
        }
        return true;
    }

    /** What each guest has been through, those that have left included. Also after close. */
    public synchronized List<GuestTotals> totals() {
        List<GuestTotals> all = new ArrayList<>();
        for (EmbeddedGuest guest : departed) {
            all.add(guest.totals());
        }
        for (EmbeddedGuest guest : guests) {
            all.add(guest.totals());
        }
        return all;
    }

    /** What a guest has now, or had at close. UNKNOWN for a guest that does not run. */
    public long allocationKib(String name) {
        EmbeddedGuest guest = find(name);
        return guest == null ? SampleSection.UNKNOWN : guest.allocationKib();
    }

    /** Host memory behind a guest now, in reported KiB. UNKNOWN for a guest that does not run. */
    public long residentKib(String name) {
        EmbeddedGuest guest = find(name);
        return guest == null ? SampleSection.UNKNOWN : guest.residentKib();
    }

    /** The tasks that schedulers have told of and that have not started, guest by guest. */
    public List<UpcomingTask> announcements() {
        List<UpcomingTask> upcoming = new ArrayList<>();
        WorkloadTime time = workloadTime;
        if (time == null) {
            return upcoming;
        }
        for (EmbeddedGuest guest : guests) {
            for (CurveTask task : guest.upcomingTasks()) {
                upcoming.add(
                        new UpcomingTask(
                                guest.spec().name(),
                                time.originTimeNs() + task.plannedStartNs(),
                                task));
            }
        }
        return upcoming;
    }

    /**
     * Lets all workloads and balloons stand still from an engine time on, so that the totals of
     * several hypervisors cover the same span. The time shall not have passed yet. Samples go on.
     *
     * @throws IllegalStateException when the hypervisor was not started
     */
    public void endWorkloadsAt(long timeNs) {
        requireTime().endAt(timeNs);
    }

    /** Steps of guests and samples that failed since the start; anything but 0 is a fault. */
    public long failureCount() {
        long count = sampling.failureCount();
        for (GuestWorker worker : List.copyOf(workers)) {
            count += worker.failureCount();
        }
        return count;
    }

    @Override
    public synchronized void close() {
        running = false;
        sampling.close();
        workers.forEach(GuestWorker::stop);
        long endNs = System.nanoTime() + CLOSE_WAIT_NS;
        for (Thread thread : threads) {
            thread.interrupt();
            try {
                thread.join(Math.max(1, (endNs - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (EmbeddedGuest guest : guests) {
            guest.close();
        }
        HostTelemetry hostNow = host;
        if (hostNow != null) {
            hostNow.close();
        }
    }

    private GuestTasks.Listener announcer(GuestSpec spec, VmRef vm, EngineClock now) {
        EventPublisher ring = publisher;
        if (!options.announceTasks() || ring == null) {
            return GuestTasks.SILENT;
        }
        int priority =
                spec.policy() != null
                        ? spec.policy().priority()
                        : settings.policyFor(spec.name(), spec.uuid()).priority();
        return new TaskAnnouncer(ring, now, requireTime().originTimeNs(), vm, priority);
    }

    private WorkloadTime requireTime() {
        WorkloadTime time = workloadTime;
        if (time == null) {
            throw new IllegalStateException("the embedded hypervisor was not started");
        }
        return time;
    }

    private EngineClock requireRunning() {
        EngineClock now = clock;
        if (!running || now == null) {
            throw new IllegalStateException("the embedded hypervisor does not run");
        }
        return now;
    }

    private @Nullable EmbeddedGuest find(int vmSlot, int vmGeneration) {
        if (directory.at(vmSlot, vmGeneration) == null) {
            return null;
        }
        for (EmbeddedGuest guest : guests) {
            VmRef vm = guest.vm();
            if (vm != null && vm.slot() == vmSlot && vm.generation() == vmGeneration) {
                return guest;
            }
        }
        return null;
    }

    private @Nullable EmbeddedGuest find(String name) {
        for (EmbeddedGuest guest : guests) {
            if (guest.spec().name().equals(name)) {
                return guest;
            }
        }
        return null;
    }

    private static long residentKib(SampleSection figures) {
        long sumKib = 0;
        for (int slot = 0; slot < figures.slotCount; slot++) {
            sumKib += figures.present[slot] ? figures.residentKib[slot] : 0;
        }
        return sumKib;
    }

    private static void fail(OutcomeSection outcome, OutcomeStatus status, String message) {
        outcome.status = status;
        outcome.message.set(message);
    }
}
