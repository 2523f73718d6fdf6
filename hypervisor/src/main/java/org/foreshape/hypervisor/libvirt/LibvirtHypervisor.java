package org.foreshape.hypervisor.libvirt;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.hypervisor.HostTelemetry;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.hypervisor.SampleBoard;
import org.foreshape.hypervisor.SamplingLoop;
import org.foreshape.hypervisor.VmDirectory;
import org.foreshape.hypervisor.VmDisks;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.libvirt.DomainEventListener;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtEventLoop;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Real VMs: the active domains of a libvirt connection.
 *
 * <p>A domain may carry its own policy in its metadata, which comes before the configuration's and
 * may change while it runs. What is left out comes from the configuration, but for the ceiling,
 * which is then all that the domain can have; a faulty element makes the VM one to observe only:
 *
 * <pre>{@code
 * virsh metadata NAME --uri https://foreshape.org/xmlns/vm/1 --key foreshape --live --config \
 *     --set "<vm mode='enforce' floor-mib='256' ceiling-mib='1024' priority='5'/>"
 * virsh metadata NAME --uri https://foreshape.org/xmlns/vm/1 --key foreshape --live --config \
 *     --set "<vm opt-out='yes'/>"
 * }</pre>
 *
 * <p>Threads, all daemons: workers that ask libvirt ({@link RoundPool}), libvirt's event loop, a
 * keeper that divides attention and gives up on hung calls, and the sampling loop, which asks
 * nobody. One per process, since libvirt's event loop is.
 */
public final class LibvirtHypervisor implements Hypervisor {
    private static final System.Logger LOG = System.getLogger(LibvirtHypervisor.class.getName());

    private static final long KEEPER_NS = 100_000_000;
    private static final long RESTORE_WAIT_MS = 500;
    private static final long THREAD_WAIT_MS = 200;

    private final LibvirtSettings settings;
    private final Connector connector;
    private final DistinctErrors errors;
    private final LibvirtEventLoop eventLoop = new LibvirtEventLoop();
    private volatile @Nullable Running running;
    private volatile boolean closed;

    /** Everything that exists between start and close. */
    private record Running(
            Surroundings around,
            Link link,
            Roster roster,
            Actions actions,
            Attention attention,
            @Nullable HostTelemetry host,
            Thread events,
            Thread keeper) {}

    /**
     * A hypervisor that is not connected yet.
     *
     * @param settings how VMs are watched
     * @param errors takes what fails while it runs
     */
    public LibvirtHypervisor(LibvirtSettings settings, DistinctErrors errors) {
        this(settings, errors, LibvirtConnection::open);
    }

    LibvirtHypervisor(LibvirtSettings settings, DistinctErrors errors, Connector connector) {
        this.settings = settings;
        this.errors = errors;
        this.connector = connector;
    }

    @Override
    public String name() {
        return settings.uri();
    }

    @Override
    public void start(EventPublisher publisher, EngineClock clock) {
        if (running != null || closed) {
            throw new IllegalStateException("a hypervisor is started once");
        }
        VmDirectory directory = new VmDirectory(settings.vmCountMax(), settings.vmSettings());
        SampleBoard board = new SampleBoard(settings.vmCountMax());
        SamplingLoop loop =
                new SamplingLoop(
                        "foreshape-sampler", this::latest, directory, SamplingLoop.PERIOD_NS);
        RoundPool pool =
                new RoundPool(
                        settings.workerCount(),
                        settings.workerCountMax(),
                        settings.callDeadlineNs(),
                        errors);
        Surroundings around =
                new Surroundings(settings, clock, publisher, directory, board, loop, pool, errors);
        Link link = new Link(around, connector, new Events());
        Thread events =
                Thread.ofPlatform()
                        .daemon()
                        .name("foreshape-libvirt-events")
                        .unstarted(this::runEvents);
        LibvirtConnection first = connect(link);
        Roster roster = new Roster(around, link);
        Running now =
                new Running(
                        around,
                        link,
                        roster,
                        new Actions(around, link, roster),
                        new Attention(settings.attentionRoundsPerSecond()),
                        settings.isLocal() ? HostTelemetry.open() : null,
                        events,
                        Thread.ofPlatform()
                                .daemon()
                                .name("foreshape-libvirt-keeper")
                                .unstarted(this::keep));
        directory.open(publisher, clock);
        // Connecting may take long; who closes meanwhile must not wait for it.
        synchronized (this) {
            if (closed) {
                first.close();
                throw new IllegalStateException("closed while it was started");
            }
            running = now;
            begin(now, first);
        }
    }

    private static void begin(Running now, LibvirtConnection first) {
        Surroundings around = now.around();
        now.events().start();
        now.link().start(first, now.roster()::compare);
        now.roster().start();
        around.pool().start();
        now.keeper().start();
        around.loop().start(around.publisher(), around.clock());
    }

    /** Connects on a thread that may be left behind, since connecting can block for ever. */
    private LibvirtConnection connect(Link link) {
        CompletableFuture<LibvirtConnection> connecting = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .name("foreshape-libvirt-connect")
                .start(() -> {
                    try {
                        LibvirtConnection opened = link.open();
                        if (!connecting.complete(opened)) {
                            opened.close();
                        }
                    } catch (RuntimeException e) {
                        connecting.completeExceptionally(e);
                    }
                });
        try {
            return connecting.get(settings.connectDeadlineNs(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NativeException failure) {
                throw ConnectAdvice.explain(settings.uri(), failure);
            }
            throw new HypervisorException("cannot connect to " + settings.uri(), e);
        } catch (TimeoutException e) {
            connecting.cancel(false);
            throw new HypervisorException(
                    settings.uri()
                            + " did not answer within "
                            + TimeUnit.NANOSECONDS.toSeconds(settings.connectDeadlineNs())
                            + " s: is its libvirtd stuck? (systemctl restart libvirtd leaves VMs"
                            + " running)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connecting.cancel(false);
            throw new HypervisorException("interrupted while connecting to " + settings.uri(), e);
        }
    }

    @Override
    public boolean isConnected() {
        Running now = running;
        return !closed && now != null && now.link().isConnected();
    }

    @Override
    public void attend(int vmSlot, int vmGeneration, long untilTimeNs) {
        Running now = running;
        if (now == null) {
            return;
        }
        VmRef vm = now.around().directory().at(vmSlot, vmGeneration);
        VmWatch watch = vm == null ? null : now.roster().byUuid(vm.uuid());
        if (watch != null) {
            watch.attend(untilTimeNs);
        }
    }

    @Override
    public @Nullable VmMemory memoryOf(int vmSlot, int vmGeneration) {
        Running now = running;
        return now == null ? null : now.actions().memoryOf(vmSlot, vmGeneration);
    }

    @Override
    public VmDisks disksOf(int vmSlot, int vmGeneration) {
        Running now = running;
        return now == null
                ? VmDisks.none(settings.uri() + " is not connected to")
                : now.actions().disksOf(vmSlot, vmGeneration);
    }

    @Override
    public void perform(ActOrder order, OutcomeSection outcome) {
        Running now = running;
        if (now == null || closed) {
            Actions.end(
                    outcome, OutcomeStatus.UNAVAILABLE, settings.uri() + " is not connected to");
        } else {
            now.actions().perform(order, outcome);
        }
    }

    /** Sampling rounds that were done, all VMs together; for measurements. */
    long roundCount() {
        Running now = running;
        long count = 0;
        if (now != null) {
            for (VmWatch watch : now.roster().watches()) {
                count += watch.roundCount();
            }
        }
        return count;
    }

    /** Rounds that hang in a libvirt call now. */
    public int hungCount() {
        Running now = running;
        return now == null ? 0 : now.around().pool().hungCount();
    }

    private boolean latest(SampleSection into) {
        Running now = running;
        if (now == null || !now.link().isConnected()) {
            return false;
        }
        now.around().board().copyTo(into);
        List<VmWatch> watches = now.roster().watches();
        for (int i = 0; i < watches.size(); i++) {
            watches.get(i).addHostFigures(into);
        }
        HostTelemetry host = now.host();
        if (host != null) {
            host.refresh();
            host.writeTo(into);
        }
        return true;
    }

    private void keep() {
        Running now = running;
        while (!closed && now != null) {
            now.around().pool().supervise();
            now.attention().divide(now.roster().watches());
            LockSupport.parkNanos(this, KEEPER_NS);
        }
    }

    private void runEvents() {
        try {
            eventLoop.run();
        } catch (NativeException e) {
            errors.record("libvirt's event loop", e);
        }
    }

    @Override
    public synchronized void close() {
        Running now = running;
        if (closed) {
            return;
        }
        closed = true;
        if (now == null) {
            return;
        }
        now.around().loop().close();
        LockSupport.unpark(now.keeper());
        now.around().pool().close();
        int hungCount = now.around().pool().hungCount();
        if (hungCount > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} libvirt calls hang and were left behind",
                    hungCount);
        }
        // These calls may hang, too.
        Thread restoring =
                Thread.ofPlatform()
                        .daemon()
                        .name("foreshape-libvirt-restore")
                        .start(() -> restore(now));
        join(restoring, RESTORE_WAIT_MS);
        eventLoop.stop();
        join(now.events(), THREAD_WAIT_MS);
        join(now.keeper(), THREAD_WAIT_MS);
        HostTelemetry host = now.host();
        if (host != null) {
            host.close();
        }
    }

    private static void restore(Running now) {
        for (VmWatch watch : now.roster().watches()) {
            if (now.link().isConnected()) {
                watch.restorePeriod();
            }
            watch.end();
        }
        LibvirtConnection last = now.link().end();
        if (last != null) {
            last.close();
        }
    }

    private static void join(Thread thread, long waitMs) {
        try {
            thread.join(waitMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hears libvirt's events on the event loop's thread: hands over and returns. */
    private final class Events implements DomainEventListener, EventWriter {
        private int slot;
        private int generation;
        private long allocationKib;

        @Override
        public void lifecycle(long uuidHigh, long uuidLow, int event, int detail) {
            Running now = running;
            if (now != null) {
                now.roster().look();
            }
        }

        @Override
        public void balloonChange(long uuidHigh, long uuidLow, long actualKib) {
            Running now = running;
            VmWatch watch = now == null ? null : now.roster().byUuid(new UUID(uuidHigh, uuidLow));
            VmRef vm = watch == null ? null : watch.vm();
            if (now == null || watch == null || vm == null) {
                return;
            }
            watch.balloonMoved(actualKib);
            slot = vm.slot();
            generation = vm.generation();
            allocationKib = actualKib;
            now.around().publisher().tryPublish(this);
            now.around().loop().wake();
        }

        @Override
        public void write(Tick tick) {
            Running now = running;
            tick.begin(EventKind.PRESSURE, now == null ? 0 : now.around().clock().timeNs());
            tick.pressure.source = PressureSource.BALLOON_CHANGE;
            tick.pressure.vmSlot = slot;
            tick.pressure.vmGeneration = generation;
            tick.pressure.value = allocationKib;
        }
    }
}
