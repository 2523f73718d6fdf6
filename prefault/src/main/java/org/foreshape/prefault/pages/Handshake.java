package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.Poller;
import org.foreshape.nativebindings.linux.UnixSocket;

/**
 * Receives a VMM's one message. What was received stays here until the caller takes it, so that a
 * userfaultfd that came with a bad message is not closed on the way.
 */
final class Handshake {
    private static final int MESSAGE_BYTES_MAX = 65_536;

    private final List<Descriptor> descriptors = new ArrayList<>();
    private int pid;

    /** The process that connected; 0 before {@link #receive}. */
    int pid() {
        return pid;
    }

    /**
     * Receives the message and makes a guest of it.
     *
     * @param poller watches the connection; waking it ends the wait
     * @throws HandshakeException the message cannot be served
     * @throws IOException the ledger cannot be made
     */
    Guest receive(UnixSocket connection, Poller poller, SnapshotMemory snapshot, int limitMs)
            throws HandshakeException, IOException {
        pid = connection.peer().pid();
        byte[] text = new byte[MESSAGE_BYTES_MAX];
        int length = read(connection, poller, text, limitMs);
        if (length == 0 && descriptors.isEmpty()) {
            throw new HandshakeException("the VMM closed the connection without a message");
        }
        List<GuestMapping> mappings = HandshakeMessage.parse(text, length);
        if (descriptors.isEmpty()) {
            throw new HandshakeException("no file descriptor came with the message");
        }
        if (!descriptors.getFirst().isUserfaultfd()) {
            throw new HandshakeException(
                    "the descriptor passed is no userfaultfd but "
                            + descriptors.getFirst().target());
        }
        if (!snapshot.isUnchanged()) {
            throw new HandshakeException(
                    "the memory file "
                            + snapshot.path()
                            + " has changed since it was opened: start a new page server");
        }
        RegionTable regions = RegionTable.of(mappings, snapshot.sizeBytes());
        Descriptor pidfd = pidfd(connection);
        Descriptor shared = descriptors.size() > 1 ? descriptors.get(1) : null;
        try {
            PageLedger ledger = PageLedger.create(snapshot, regions, pid, shared != null);
            Guest guest = new Guest(descriptors.getFirst(), pidfd, ledger, shared);
            descriptors.stream().skip(2).forEach(Descriptor::close);
            descriptors.clear();
            return guest;
        } catch (IOException | RuntimeException failed) {
            pidfd.close();
            throw failed;
        }
    }

    /** What came with a message that was not served; the caller owns it. */
    List<Descriptor> leftOver() {
        return descriptors;
    }

    private static Descriptor pidfd(UnixSocket connection) throws HandshakeException {
        try {
            return connection.peerPidfd();
        } catch (LinuxException gone) {
            throw new HandshakeException("the VMM has ended: " + gone.getMessage());
        }
    }

    private int read(UnixSocket connection, Poller poller, byte[] text, int limitMs)
            throws HandshakeException {
        long endNs = System.nanoTime() + limitMs * 1_000_000L;
        int length = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(text.length);
            while (!HandshakeMessage.isComplete(text, length)) {
                long restMs = (endNs - System.nanoTime()) / 1_000_000;
                if (restMs <= 0 || Thread.interrupted()) {
                    throw new HandshakeException(
                            "no whole message within %d ms, only %d bytes"
                                    .formatted(limitMs, length));
                }
                poller.await((int) restMs);
                int more = receive(connection, buffer.asSlice(0, text.length - length));
                if (more == 0) {
                    break;
                }
                if (more > 0) {
                    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, text, length, more);
                    length += more;
                }
                if (length == text.length) {
                    throw new HandshakeException(
                            "the message is longer than " + text.length + " bytes");
                }
            }
        }
        return length;
    }

    /** Bytes received, 0 at the end, -1 when nothing has arrived. */
    private int receive(UnixSocket connection, MemorySegment buffer) throws HandshakeException {
        try {
            UnixSocket.Received received = connection.receive(buffer);
            descriptors.addAll(received.descriptors());
            return received.lengthBytes();
        } catch (LinuxException failed) {
            if (failed.errno() == Errno.EAGAIN) {
                return -1;
            }
            throw new HandshakeException("the message was lost: " + failed.getMessage());
        }
    }
}
