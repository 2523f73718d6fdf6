package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.Poller;
import org.foreshape.nativebindings.linux.UnixSocket;
import org.foreshape.nativebindings.linux.Userfaultfd;

/**
 * Serves the memory of guests that are restored from one snapshot: VMMs connect as to Firecracker's
 * page fault handler, and each restore is served by a thread of its own.
 *
 * <p>A guest never sees a page that is not its own: content comes from the snapshot once, what it
 * removed is zero from then on, and its userfaultfd is closed only when its memory is gone or
 * whole. With a keeper that holds even when this process is killed. Any thread.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/mm/userfaultfd.html">userfaultfd in the
 *     kernel's documentation</a>
 */
public final class PageServer implements AutoCloseable {
    /** Restores that are served at once; more wait to be accepted. */
    public static final int RESTORES_MAX = 256;

    private static final System.Logger LOG = System.getLogger(PageServer.class.getName());
    private static final int BACKLOG = 128;
    private static final int TICK_MS = 1_000;
    private static final int FULL_MS = 50;
    private static final int ENDED_MAX = 256;
    private static final int CLOSE_MS = 150_000;

    /** A session and its thread. */
    private record Running(RestoreSession session, Thread thread) {}

    private final RestoreSession.Context context;
    private final UnixSocket listener;
    private final Poller poller;
    private final List<Running> running = new ArrayList<>();
    private final ArrayDeque<RestoreReport> ended = new ArrayDeque<>();
    private final Thread acceptor;
    private long nextId;
    private volatile boolean stopping;

    private PageServer(RestoreSession.Context context, UnixSocket listener, Poller poller) {
        this.context = context;
        this.listener = listener;
        this.poller = poller;
        this.acceptor = new Thread(this::accept, "pages-accept");
        this.acceptor.setDaemon(true);
    }

    /**
     * Why this machine cannot serve pages. Asks the kernel; allocates and may be slow.
     *
     * @return a sentence with its cure; empty when it can
     */
    public static Optional<String> whyUnavailable() {
        try {
            Userfaultfd.features();
            return Optional.empty();
        } catch (NativeUnavailableException | LinuxException lack) {
            return Optional.of(String.valueOf(lack.getMessage()));
        }
    }

    /**
     * Starts to listen. Guests that a server before this one has left with the keeper are served
     * from here on.
     *
     * @param settings what to serve and how
     * @return running; the caller closes it
     * @throws IOException the memory file cannot be mapped, the socket is in use, or the keeper
     *     does not start or serves another server
     */
    public static PageServer start(PageServerSettings settings) throws IOException {
        HandshakeMessage.warmUp();
        SnapshotMemory snapshot = SnapshotMemory.open(settings.memoryFile());
        UnixSocket listener = null;
        Keeper keeper = null;
        Poller poller = null;
        PageServer server = null;
        try {
            listener = listen(settings.socket());
            poller = Poller.of(listener.descriptor());
            Path keeperSocket = settings.keeperSocket();
            keeper = keeperSocket == null ? null : Keeper.open(keeperSocket);
            server =
                    new PageServer(
                            new RestoreSession.Context(settings, snapshot, keeper, new Parking()),
                            listener,
                            poller);
            if (keeper != null) {
                server.recover(keeper);
            }
            server.acceptor.start();
            return server;
        } catch (IOException | RuntimeException failed) {
            if (server != null) {
                server.close();
                throw failed;
            }
            if (listener != null) {
                listener.close();
                Files.deleteIfExists(settings.socket());
            }
            if (poller != null) {
                poller.close();
            }
            if (keeper != null) {
                keeper.close();
            }
            snapshot.close();
            throw failed;
        }
    }

    /**
     * What became of the restores: those under way and the last {@value #ENDED_MAX} that ended.
     *
     * @return a snapshot of this moment, oldest first
     */
    public List<RestoreReport> reports() {
        synchronized (running) {
            List<RestoreReport> all = new ArrayList<>(ended);
            running.forEach(one -> all.add(one.session().report()));
            return all;
        }
    }

    /**
     * Userfaultfds that are held open without being served: of refused restores and forked children
     * whose memory still lives.
     *
     * @return how many
     */
    public int parkedCount() {
        return context.parking().count();
    }

    /**
     * Stops to listen and ends every restore. With a keeper the guests wait for the next server.
     * Without one all their pages are brought in first, which takes as long as copying their
     * memory; a guest for which that fails keeps its userfaultfd open as long as this process
     * lives.
     */
    @Override
    public void close() {
        if (stopping) {
            return;
        }
        stopping = true;
        poller.wake();
        join(acceptor);
        List<Running> last;
        synchronized (running) {
            last = List.copyOf(running);
        }
        last.forEach(one -> one.session().stop());
        last.forEach(one -> join(one.thread()));
        sweep();
        listener.close();
        poller.close();
        Keeper keeper = context.keeper();
        if (keeper != null) {
            context.parking().closeAll();
            keeper.close();
        }
        boolean allEnded = last.stream().noneMatch(one -> one.thread().isAlive());
        if (allEnded) {
            context.snapshot().close();
        }
        try {
            Files.deleteIfExists(context.settings().socket());
        } catch (IOException left) {
            LOG.log(Level.WARNING, "the socket was not deleted: {0}", left);
        }
    }

    /** A path that nobody listens on any more is left over from a server that was killed. */
    private static UnixSocket listen(Path path) throws IOException {
        if (Files.exists(path)) {
            if (isListenedOn(path)) {
                throw new IOException("another page server listens on " + path);
            }
            Files.delete(path);
        }
        UnixSocket listener = UnixSocket.listen(path, UnixSocket.Kind.STREAM, BACKLOG);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        return listener;
    }

    private static boolean isListenedOn(Path path) {
        try {
            UnixSocket.connect(path, UnixSocket.Kind.STREAM).close();
            return true;
        } catch (LinuxException nobody) {
            return false;
        }
    }

    private void recover(Keeper keeper) throws IOException {
        for (Keeper.Kept kept : keeper.takeAll()) {
            nextId = Math.max(nextId, Math.abs(kept.id()));
            List<Descriptor> fds = kept.descriptors();
            if (kept.id() < 0 || fds.size() < Guest.DESCRIPTORS_MIN) {
                if (!fds.isEmpty()) {
                    context.parking().park(kept.id(), fds.getFirst(), () -> closeAfter(fds, 1));
                }
                continue;
            }
            PageLedger ledger;
            try {
                ledger = PageLedger.recover(fds.get(2));
            } catch (IOException damaged) {
                LOG.log(Level.WARNING, "restore {0} waits: {1}", kept.id(), damaged.getMessage());
                context.parking().park(kept.id(), fds.getFirst(), () -> closeAfter(fds, 1));
                continue;
            }
            Guest guest =
                    new Guest(fds.get(0), fds.get(1), ledger, fds.size() > 3 ? fds.get(3) : null);
            String fault = ledger.fault(context.snapshot());
            if (fault.isEmpty()) {
                begin(new RestoreSession(kept.id(), context, guest), kept.id());
            } else {
                LOG.log(Level.WARNING, "restore {0} waits: {1}", kept.id(), fault);
                context.parking().park(kept.id(), guest.userfaultfd(), guest::closeOthers);
            }
        }
    }

    private static void closeAfter(List<Descriptor> descriptors, int first) {
        descriptors.stream().skip(first).forEach(Descriptor::close);
    }

    private void accept() {
        while (!stopping) {
            boolean full;
            synchronized (running) {
                full = running.size() >= RESTORES_MAX;
            }
            try {
                if (full) {
                    Thread.sleep(FULL_MS);
                } else if (poller.await(TICK_MS) > 0) {
                    long id = ++nextId;
                    begin(new RestoreSession(id, context, listener.accept()), id);
                }
                tick();
            } catch (InterruptedException stop) {
                return;
            } catch (LinuxException failed) {
                // Its peer hung up, or no descriptor is left; the next wait tells.
                if (failed.errno() != Errno.EAGAIN) {
                    LOG.log(Level.WARNING, "a connection was lost: {0}", failed.getMessage());
                }
            }
        }
    }

    private void begin(RestoreSession session, long id) {
        Thread thread = new Thread(session, "pages-" + id);
        thread.setDaemon(true);
        synchronized (running) {
            running.add(new Running(session, thread));
        }
        thread.start();
    }

    private void tick() {
        sweep();
        Keeper keeper = context.keeper();
        context.parking()
                .closeGone(key -> {
                    if (keeper != null) {
                        keeper.drop(key);
                    }
                });
        try {
            if (keeper != null && keeper.repair()) {
                LOG.log(Level.WARNING, "the keeper had ended and was started anew");
            }
        } catch (IOException | RuntimeException failed) {
            LOG.log(Level.ERROR, "there is no keeper: {0}", failed.getMessage());
        }
    }

    /** Files away what has ended, and saves recordings that are complete. */
    private void sweep() {
        List<RestoreSession> alive = new ArrayList<>();
        synchronized (running) {
            running.removeIf(one -> {
                if (one.thread().isAlive()) {
                    alive.add(one.session());
                    return false;
                }
                ended.add(one.session().report());
                return true;
            });
            while (ended.size() > ENDED_MAX) {
                ended.removeFirst();
            }
        }
        alive.forEach(RestoreSession::saveRecording);
    }

    private static void join(Thread thread) {
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
