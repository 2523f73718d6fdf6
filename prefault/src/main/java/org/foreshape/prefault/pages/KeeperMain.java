package org.foreshape.prefault.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.nativebindings.linux.Poller;
import org.foreshape.nativebindings.linux.ProcessSession;
import org.foreshape.nativebindings.linux.UnixSocket;
import org.foreshape.nativebindings.linux.Userfaultfd;
import org.jspecify.annotations.Nullable;

/**
 * The keeper: a process of its own that holds the descriptors of restores, so that a server that
 * dies does not turn its guests' faults into zero pages. It does nothing else, so that there is
 * nothing to die of; the next server takes what it holds and goes on. It ends when it holds nothing
 * and no server is connected.
 */
public final class KeeperMain {
    private static final int TICK_MS = 1_000;
    private static final int IDLE_TICKS_MAX = 10;
    private static final int BACKLOG = 4;

    private final UnixSocket listener;
    private final Map<Long, List<Descriptor>> held = new LinkedHashMap<>();
    private @Nullable UnixSocket server;

    private KeeperMain(UnixSocket listener) {
        this.listener = listener;
    }

    /**
     * Runs until nothing is left to hold.
     *
     * @param args the path of the socket to listen on
     * @throws IOException the socket's path cannot be deleted at the end
     */
    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[0]);
        try {
            ProcessSession.detach();
        } catch (LinuxException leader) {
            // Started by hand from a shell, it leads a group already; that is as good.
            if (leader.errno() != Errno.EPERM) {
                throw leader;
            }
        }
        LinuxMemory.setFileCreationMask(0077);
        // A path that nobody listens on is left over from a keeper that was killed.
        Files.deleteIfExists(path);
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Kind.PACKETS, BACKLOG)) {
            new KeeperMain(listener).run();
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private void run() {
        int idleTicks = 0;
        while (idleTicks < IDLE_TICKS_MAX) {
            if (!step()) {
                dropGone();
            }
            idleTicks = server == null && held.isEmpty() ? idleTicks + 1 : 0;
        }
    }

    /** Waits for one thing to do; false when there was none. */
    private boolean step() {
        UnixSocket connected = server;
        Descriptor[] watched =
                connected == null
                        ? new Descriptor[] {listener.descriptor()}
                        : new Descriptor[] {listener.descriptor(), connected.descriptor()};
        boolean newcomer;
        boolean message;
        try (Poller poller = Poller.of(watched)) {
            if (poller.await(TICK_MS) == 0) {
                return false;
            }
            newcomer = poller.isReady(0);
            message = connected != null && poller.isReady(1);
        }
        if (message && connected != null) {
            obey(connected);
        }
        if (newcomer) {
            welcome();
        }
        return true;
    }

    private void welcome() {
        try {
            UnixSocket connection = listener.accept();
            if (server == null) {
                server = connection;
                KeeperMessage.send(connection, KeeperMessage.WELCOME, 0, List.of());
            } else {
                try (connection) {
                    KeeperMessage.send(connection, KeeperMessage.BUSY, 0, List.of());
                }
            }
        } catch (LinuxException gone) {
            // It hung up while it waited.
        }
    }

    private void obey(UnixSocket connection) {
        try {
            KeeperMessage message = KeeperMessage.receive(connection);
            switch (message.kind()) {
                case KeeperMessage.HOLD -> let(held.put(message.id(), message.descriptors()));
                case KeeperMessage.DROP -> let(held.remove(message.id()));
                case KeeperMessage.LIST -> {
                    for (Map.Entry<Long, List<Descriptor>> entry : held.entrySet()) {
                        KeeperMessage.send(
                                connection, KeeperMessage.HELD, entry.getKey(), entry.getValue());
                    }
                    KeeperMessage.send(connection, KeeperMessage.END, 0, List.of());
                }
                default -> throw new IOException("unknown packet " + message.kind());
            }
        } catch (IOException | LinuxException gone) {
            connection.close();
            server = null;
        }
    }

    /** Lets go of guests whose memory is gone; of no others, whatever happens. */
    private void dropGone() {
        List<Long> gone = new ArrayList<>();
        for (Map.Entry<Long, List<Descriptor>> entry : held.entrySet()) {
            if (entry.getValue().isEmpty() || isGone(entry.getValue().getFirst())) {
                gone.add(entry.getKey());
            }
        }
        for (Long id : gone) {
            let(held.remove(id));
        }
    }

    private static boolean isGone(Descriptor userfaultfd) {
        try (Userfaultfd asked = Userfaultfd.adopt(userfaultfd.duplicate())) {
            return asked.isOwnerGone();
        }
    }

    private static void let(@Nullable List<Descriptor> descriptors) {
        if (descriptors != null) {
            descriptors.forEach(Descriptor::close);
        }
    }
}
