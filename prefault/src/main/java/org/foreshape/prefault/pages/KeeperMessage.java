package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.UnixSocket;

/**
 * A packet between a server and its keeper.
 *
 * <pre>
 *  0  kind   8  id of the restore; descriptors travel beside it: the userfaultfd, then others
 * </pre>
 *
 * @param kind one of the constants
 * @param id the restore
 * @param descriptors the receiver closes each
 */
record KeeperMessage(int kind, long id, List<Descriptor> descriptors) {
    static final int VERSION = 1;

    /** To the keeper: hold these. */
    static final int HOLD = 0x100 | VERSION;

    /** To the keeper: let go of them; the guest is gone or is whole. */
    static final int DROP = 0x200 | VERSION;

    /** To the keeper: tell what is held. */
    static final int LIST = 0x300 | VERSION;

    /** To the server: this is held. */
    static final int HELD = 0x400 | VERSION;

    /** To the server: that was all. */
    static final int END = 0x500 | VERSION;

    /** To the server, once it has connected: give and ask. */
    static final int WELCOME = 0x700 | VERSION;

    /** To the server, once it has connected: another server is. */
    static final int BUSY = 0x600 | VERSION;

    private static final int BYTES = 16;

    static void send(UnixSocket socket, int kind, long id, List<Descriptor> descriptors) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(BYTES, 8);
            bytes.set(ValueLayout.JAVA_INT, 0, kind);
            bytes.set(ValueLayout.JAVA_LONG, 8, id);
            socket.send(bytes, descriptors.toArray(Descriptor[]::new));
        }
    }

    /**
     * Receives a packet that has arrived.
     *
     * @throws IOException the peer has closed, or speaks another version
     * @throws LinuxException EAGAIN when none has arrived
     */
    static KeeperMessage receive(UnixSocket socket) throws IOException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(BYTES, 8);
            UnixSocket.Received received = socket.receive(bytes);
            if (received.lengthBytes() != BYTES) {
                received.descriptors().forEach(Descriptor::close);
                throw new IOException(
                        received.lengthBytes() == 0
                                ? "the peer has closed"
                                : "a packet of " + received.lengthBytes() + " bytes");
            }
            return new KeeperMessage(
                    bytes.get(ValueLayout.JAVA_INT, 0),
                    bytes.get(ValueLayout.JAVA_LONG, 8),
                    received.descriptors());
        }
    }
}
