package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.Poller;
import org.foreshape.nativebindings.linux.UnixSocket;
import org.foreshape.nativebindings.linux.Userfaultfd;
import org.jspecify.annotations.Nullable;

/**
 * The restore of one guest, from its handshake to its end, on a thread of its own. The loop between
 * is the hot path: it waits, reads, answers, and allocates nothing.
 */
final class RestoreSession implements Runnable {
    /** What the sessions of a server share. */
    record Context(
            PageServerSettings settings,
            SnapshotMemory snapshot,
            @Nullable Keeper keeper,
            Parking parking) {}

    private static final System.Logger LOG = System.getLogger(RestoreSession.class.getName());
    private static final int FINISH_SECONDS_MAX = 120;

    private final long id;
    private final Context context;
    private final @Nullable UnixSocket connection;
    private final RestoreCounters counters = new RestoreCounters();
    private final AtomicBoolean recordingSaved = new AtomicBoolean();
    private volatile @Nullable Guest guest;
    private volatile @Nullable WorkingSetRecorder recorder;
    private volatile @Nullable Poller poller;
    private volatile RestoreState state = RestoreState.HANDSHAKE;
    private volatile String detail = "";
    private volatile int pid;
    private volatile boolean stopping;

    /** A guest that has just connected. */
    RestoreSession(long id, Context context, UnixSocket connection) {
        this.id = id;
        this.context = context;
        this.connection = connection;
    }

    /** A guest that a server before this one has served. */
    RestoreSession(long id, Context context, Guest guest) {
        this.id = id;
        this.context = context;
        this.connection = null;
        this.guest = guest;
        this.pid = guest.ledger().pid();
    }

    @Override
    public void run() {
        try {
            Guest served = guest;
            boolean recovered = served != null;
            if (served == null) {
                served = shakeHands();
            }
            if (served != null) {
                guest = served;
                serve(served, recovered);
            }
        } catch (IOException | RuntimeException | Error failed) {
            // An Error too: a memory file cut short shows as one, and the guest must be held.
            refuse("serving failed: " + failed);
        }
        saveRecording();
        LOG.log(Level.INFO, "restore {0} of process {1}: {2} {3}", id, pid, state, detail);
    }

    /** Asks the session to end; returns at once. */
    void stop() {
        stopping = true;
        Poller waiting = poller;
        if (waiting != null) {
            waiting.wake();
        }
    }

    RestoreReport report() {
        Map<PageCounter, Long> counts = new EnumMap<>(PageCounter.class);
        for (PageCounter counter : PageCounter.values()) {
            counts.put(counter, counters.get(counter));
        }
        return new RestoreReport(
                id,
                pid,
                state,
                detail,
                Map.copyOf(counts),
                counters.percentileNs(0.5) / 1e3,
                counters.percentileNs(0.99) / 1e3);
    }

    /** Writes a recording that has ended, once. By any thread but, preferably, a serving one. */
    void saveRecording() {
        WorkingSetRecorder ended = recorder;
        if (ended == null || !ended.isStopped() || !recordingSaved.compareAndSet(false, true)) {
            return;
        }
        Path file = context.settings().workingSetFile();
        if (file == null) {
            return;
        }
        try {
            WorkingSetFile.write(file, ended.toWorkingSet(), context.snapshot());
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "working set {0} was not written: {1}", file, failed);
        }
    }

    private @Nullable Guest shakeHands() throws IOException {
        UnixSocket socket = Objects.requireNonNull(connection);
        Handshake handshake = new Handshake();
        try (socket;
                Poller waiting = Poller.of(socket.descriptor())) {
            poller = waiting;
            Guest newcomer =
                    handshake.receive(
                            socket, waiting, context.snapshot(), context.settings().handshakeMs());
            pid = handshake.pid();
            return newcomer;
        } catch (HandshakeException refused) {
            pid = handshake.pid();
            refuse(refused.getMessage());
            return null;
        } finally {
            poller = null;
            for (Descriptor left : handshake.leftOver()) {
                holdOrClose(left);
            }
        }
    }

    /** A userfaultfd is only closed once its memory is gone; anything else at once. */
    private void holdOrClose(Descriptor left) {
        if (!left.isUserfaultfd()) {
            left.close();
            return;
        }
        hold(-id, List.of(left));
        context.parking().park(-id, left, () -> {});
    }

    private void hold(long key, List<Descriptor> descriptors) {
        Keeper keeper = context.keeper();
        if (keeper == null) {
            return;
        }
        try {
            keeper.hold(key, descriptors);
        } catch (IOException | RuntimeException failed) {
            // The server's tick starts another keeper and gives it everything anew.
            LOG.log(Level.WARNING, "the keeper did not take restore {0}: {1}", id, failed);
        }
    }

    private void serve(Guest served, boolean recovered) throws IOException {
        if (!recovered) {
            hold(id, served.descriptors());
        }
        Userfaultfd uffd = Userfaultfd.adopt(served.userfaultfd());
        try (Arena arena = Arena.ofShared();
                Poller waiting = Poller.of(served.userfaultfd(), served.pidfd())) {
            poller = waiting;
            RestoreWork work = RestoreWork.prepare(served, uffd, context, counters, arena);
            recorder = work.recorder();
            if (!work.detail().isEmpty()) {
                tell(work.detail());
            }
            if (recovered) {
                work.faults().recover();
            }
            state = RestoreState.SERVING;
            loop(work, uffd, waiting);
            if (work.recorder() != null) {
                work.recorder().stop();
            }
            end(served, work, uffd, waiting);
        } finally {
            poller = null;
        }
    }

    /** Until the guest is gone or the server is to stop. */
    private void loop(RestoreWork work, Userfaultfd uffd, Poller waiting) {
        FaultServer faults = work.faults();
        BatchInstaller batches = work.batches();
        RestoreWait wait = new RestoreWait(waiting);
        int shownErrno = 0;
        while (!stopping) {
            wait.await(!batches.isDone() || work.mayFillRest(), faults.hasDeferred());
            if (faults.serve(System.nanoTime()) < 0 || faults.isOwnerGone()) {
                return;
            }
            if (faults.lastErrno() != shownErrno) {
                shownErrno = faults.lastErrno();
                tell("a page cannot be installed and its guest waits: " + Errno.symbol(shownErrno));
            }
            if (!batches.isDone()) {
                if (batches.step() == -Errno.ESRCH) {
                    return;
                }
                if (batches.isDone()) {
                    counters.add(PageCounter.BATCH_NS, System.nanoTime() - batches.beganNs());
                }
            } else if (work.mayFillRest()) {
                // Only once the working set is in.
                work.beginRest();
            }
            if (!faults.children().isEmpty()) {
                parkChildren(faults);
            }
            if (wait.isPeerGone() && uffd.isOwnerGone()) {
                return;
            }
        }
    }

    private void parkChildren(FaultServer faults) {
        for (Descriptor child : faults.children()) {
            long key = -child.number() - (id << 20);
            hold(key, List.of(child));
            context.parking().park(key, child, () -> {});
        }
        faults.children().clear();
        tell("the guest forked: the child's memory is not served, its faults wait");
    }

    private void tell(String what) {
        detail = what;
        LOG.log(Level.WARNING, "restore {0}: {1}", id, what);
    }

    private void end(Guest served, RestoreWork work, Userfaultfd uffd, Poller waiting) {
        Keeper keeper = context.keeper();
        if (uffd.isOwnerGone()) {
            if (keeper != null) {
                keeper.drop(id);
            }
            finish(served, uffd, RestoreState.ENDED, "");
        } else if (!stopping) {
            refuse("reading faults failed; the guest waits");
        } else if (keeper != null) {
            finish(served, uffd, RestoreState.KEPT, "");
        } else if (work.bringAll(waiting, FINISH_SECONDS_MAX)) {
            work.unregister(uffd);
            finish(served, uffd, RestoreState.RELEASED, "");
        } else if (uffd.isOwnerGone()) {
            finish(served, uffd, RestoreState.ENDED, "");
        } else {
            context.parking().park(id, served.userfaultfd(), served::closeOthers);
            detail = "not every page could be brought in; the guest waits where one is missing";
            state = RestoreState.ABANDONED;
        }
    }

    private void finish(Guest served, Userfaultfd uffd, RestoreState ended, String why) {
        uffd.close();
        served.closeOthers();
        if (!why.isEmpty()) {
            detail = why;
        }
        state = ended;
    }

    private void refuse(@Nullable String why) {
        Guest held = guest;
        if (held != null && !held.userfaultfd().isClosed()) {
            context.parking().park(id, held.userfaultfd(), held::closeOthers);
        }
        detail = why == null ? "" : why;
        state = RestoreState.REFUSED;
    }
}
