package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * A unix socket that passes file descriptors, which the JDK's own cannot. Never blocks but in
 * {@link #connect}: wait with a {@link Poller}. One thread at a time; any thread closes it, once no
 * other is within a call.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class UnixSocket implements AutoCloseable {
    /** How bytes are delivered. */
    public enum Kind {
        /** A stream without message boundaries. */
        STREAM(1),
        /** Messages that arrive whole and in order. */
        PACKETS(5);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /**
     * What one receive brought.
     *
     * @param lengthBytes bytes put into the buffer; 0 when the peer has closed
     * @param descriptors what was passed, in order; the receiver closes each
     */
    public record Received(int lengthBytes, List<Descriptor> descriptors) {}

    /** The most descriptors that one message may carry. */
    public static final int DESCRIPTORS_MAX = 8;

    static final int SOCKADDR_BYTES = 110;
    static final int SUN_PATH_OFFSET = 2;
    static final int SUN_PATH_BYTES = 108;
    static final int MSGHDR_BYTES = 56;
    static final int CMSG_HEADER_BYTES = 16;
    static final int AF_UNIX = 1;
    static final int SOL_SOCKET = 1;
    static final int SCM_RIGHTS = 1;
    static final int SO_PEERCRED = 17;
    static final int SO_PEERPIDFD = 77;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_CTRUNC = 8;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;

    /** iovec, msghdr and control message lie one after the other in the thread's scratch memory. */
    private static final long IOVEC = 0;

    private static final long HEADER = 64;
    private static final long CONTROL = 128;
    private static final int CONTROL_BYTES = CMSG_HEADER_BYTES + DESCRIPTORS_MAX * Integer.BYTES;

    private final Descriptor descriptor;
    private final String description;

    private UnixSocket(Descriptor descriptor, String description) {
        this.descriptor = descriptor;
        this.description = description;
    }

    /**
     * Binds a path and listens. The file's permissions follow the process's mask; whoever may write
     * it may connect.
     *
     * @param path absent so far; at most 107 bytes
     * @param kind the kind of socket
     * @param backlog connections that wait to be accepted
     * @return the listening socket; the caller closes it and deletes the path
     * @throws LinuxException EADDRINUSE when the path exists, EACCES when its folder is not
     *     writable
     */
    public static UnixSocket listen(Path path, Kind kind, int backlog) {
        Descriptor fd = open(kind, SOCK_NONBLOCK);
        try (Arena call = Arena.ofConfined()) {
            LinuxException.check(
                    SocketCalls.bind(fd.number(), address(path, call), SOCKADDR_BYTES),
                    "bind",
                    "path=%s",
                    path);
            LinuxException.check(
                    SocketCalls.listen(fd.number(), backlog), "listen", "path=%s", path);
            return new UnixSocket(fd, path.toString());
        } catch (RuntimeException failed) {
            fd.close();
            throw failed;
        }
    }

    /**
     * Connects to a listening socket; blocks only while its backlog is full.
     *
     * @param path of the listener
     * @param kind as the listener's
     * @return the connection; the caller closes it
     * @throws LinuxException ENOENT or ECONNREFUSED when nobody listens, EACCES without permission
     */
    public static UnixSocket connect(Path path, Kind kind) {
        Descriptor fd = open(kind, 0);
        try (Arena call = Arena.ofConfined()) {
            LinuxException.check(
                    SocketCalls.connect(fd.number(), address(path, call), SOCKADDR_BYTES),
                    "connect",
                    "path=%s",
                    path);
            return new UnixSocket(fd, path.toString());
        } catch (RuntimeException failed) {
            fd.close();
            throw failed;
        }
    }

    /**
     * Takes a connection that waits.
     *
     * @return the connection; the caller closes it
     * @throws LinuxException EAGAIN when none waits, EMFILE when no descriptor is left
     */
    public UnixSocket accept() {
        long fd =
                LinuxException.check(
                        SocketCalls.accept4(descriptor.number(), SOCK_NONBLOCK | SOCK_CLOEXEC),
                        "accept4",
                        "path=%s",
                        description);
        return new UnixSocket(Descriptor.adopt(fd), description);
    }

    /**
     * Its descriptor, for a {@link Poller}. It stays this object's.
     *
     * @return open as long as this is
     */
    public Descriptor descriptor() {
        return descriptor;
    }

    /**
     * Receives bytes and descriptors that have arrived.
     *
     * @param into native; as much as fits is taken
     * @return what came
     * @throws LinuxException EAGAIN when nothing has arrived; EMSGSIZE when more than {@value
     *     #DESCRIPTORS_MAX} descriptors came, which are then closed
     */
    public Received receive(MemorySegment into) {
        MemorySegment scratch = header(into);
        MemorySegment header = scratch.asSlice(HEADER);
        header.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
        long length = receiveMessage(header, into);
        List<Descriptor> descriptors =
                descriptors(scratch.asSlice(CONTROL, header.get(ValueLayout.JAVA_LONG, 40)));
        if ((header.get(ValueLayout.JAVA_INT, 48) & MSG_CTRUNC) != 0) {
            descriptors.forEach(Descriptor::close);
            throw new LinuxException(
                    "recvmsg",
                    "path=" + description,
                    Errno.EMSGSIZE,
                    "The peer passed more than " + DESCRIPTORS_MAX + " descriptors: pass fewer.");
        }
        return new Received((int) length, List.copyOf(descriptors));
    }

    /**
     * Sends bytes and descriptors as one message. The descriptors stay the caller's; the kernel
     * holds references of its own from here on.
     *
     * @param bytes native, not empty: descriptors cannot travel alone on a stream
     * @param descriptors at most {@value #DESCRIPTORS_MAX}
     * @throws LinuxException EPIPE when the peer is gone, EAGAIN when its buffer is full
     */
    public void send(MemorySegment bytes, Descriptor... descriptors) {
        if (descriptors.length > DESCRIPTORS_MAX) {
            throw new IllegalArgumentException("at most " + DESCRIPTORS_MAX + " descriptors");
        }
        MemorySegment scratch = header(bytes);
        MemorySegment header = scratch.asSlice(HEADER);
        if (descriptors.length > 0) {
            // struct cmsghdr: 0 size_t len, 8 int level, 12 int type, 16 the descriptors.
            int lengthBytes = CMSG_HEADER_BYTES + descriptors.length * Integer.BYTES;
            scratch.set(ValueLayout.JAVA_LONG, CONTROL, lengthBytes);
            scratch.set(ValueLayout.JAVA_INT, CONTROL + 8, SOL_SOCKET);
            scratch.set(ValueLayout.JAVA_INT, CONTROL + 12, SCM_RIGHTS);
            for (int i = 0; i < descriptors.length; i++) {
                scratch.set(
                        ValueLayout.JAVA_INT,
                        CONTROL + CMSG_HEADER_BYTES + (long) i * Integer.BYTES,
                        descriptors[i].number());
            }
            header.set(ValueLayout.JAVA_LONG, 40, (lengthBytes + 7L) & -8L);
        } else {
            header.set(ValueLayout.JAVA_LONG, 32, 0L);
            header.set(ValueLayout.JAVA_LONG, 40, 0L);
        }
        long sent = sendMessage(header, bytes);
        if (sent != bytes.byteSize()) {
            throw new LinuxException(
                    "sendmsg",
                    "path=" + description + ", sent=" + sent + " of " + bytes.byteSize(),
                    Errno.EAGAIN,
                    "Send shorter messages, or wait until the peer has read.");
        }
    }

    /**
     * Who connected.
     *
     * @return as of the connect
     * @throws LinuxException getsockopt(2) failed
     */
    public PeerCredentials peer() {
        // struct ucred: 0 pid, 4 uid, 8 gid.
        MemorySegment value = option(SO_PEERCRED, 12);
        return new PeerCredentials(
                value.get(ValueLayout.JAVA_INT, 0),
                value.get(ValueLayout.JAVA_INT, 4),
                value.get(ValueLayout.JAVA_INT, 8));
    }

    /**
     * A pidfd of the process that connected. From Linux 6.5 on no other process can be mistaken for
     * it; before, one that took its number meanwhile could.
     *
     * @return readable once the process has ended; the caller closes it
     * @throws LinuxException EINVAL or ESRCH when it is gone already
     */
    public Descriptor peerPidfd() {
        try {
            return Descriptor.adopt(option(SO_PEERPIDFD, 4).get(ValueLayout.JAVA_INT, 0));
        } catch (LinuxException failed) {
            if (failed.errno() != Errno.ENOPROTOOPT) {
                throw failed;
            }
        }
        int pid = peer().pid();
        int pidfdOpen = SyscallNumbers.ofArchitecture(System.getProperty("os.arch")).pidfdOpen();
        return Descriptor.adopt(
                LinuxException.check(
                        LinuxCalls.syscall(pidfdOpen, pid, 0, 0, 0, 0, 0),
                        "pidfd_open",
                        "pid=%d",
                        pid));
    }

    /** Closes it. Idempotent. */
    @Override
    public void close() {
        descriptor.close();
    }

    private long receiveMessage(MemorySegment header, MemorySegment into) {
        try {
            return LinuxException.check(
                    SocketCalls.recvmsg(
                            descriptor.number(), header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC),
                    "recvmsg",
                    "path=%s",
                    description);
        } finally {
            Reference.reachabilityFence(into);
        }
    }

    private long sendMessage(MemorySegment header, MemorySegment bytes) {
        try {
            return LinuxException.check(
                    SocketCalls.sendmsg(descriptor.number(), header, MSG_DONTWAIT | MSG_NOSIGNAL),
                    "sendmsg",
                    "path=%s",
                    description);
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    private MemorySegment option(int option, int lengthBytes) {
        MemorySegment value = Scratch.buffer();
        MemorySegment length = Scratch.result();
        length.set(ValueLayout.JAVA_INT, 0, lengthBytes);
        LinuxException.check(
                SocketCalls.getsockopt(descriptor.number(), SOL_SOCKET, option, value, length),
                "getsockopt",
                "path=%s, option=%d",
                description,
                option);
        return value;
    }

    private static Descriptor open(Kind kind, int flags) {
        return Descriptor.adopt(
                LinuxException.check(
                        SocketCalls.socket(AF_UNIX, kind.number | SOCK_CLOEXEC | flags, 0),
                        "socket",
                        "AF_UNIX, %s",
                        kind));
    }

    private static MemorySegment address(Path path, Arena arena) {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= SUN_PATH_BYTES) {
            throw new IllegalArgumentException(
                    "a unix socket's path has at most 107 bytes, choose a shorter one: " + path);
        }
        MemorySegment address = arena.allocate(SOCKADDR_BYTES, 8);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, SUN_PATH_OFFSET, bytes.length);
        return address;
    }

    /** Fills the scratch memory: struct iovec, and a struct msghdr that points at it. */
    private static MemorySegment header(MemorySegment bytes) {
        if (!bytes.isNative() || bytes.byteSize() == 0) {
            throw new IllegalArgumentException("bytes must be native and not empty: " + bytes);
        }
        MemorySegment scratch = Scratch.buffer();
        scratch.asSlice(0, CONTROL + CONTROL_BYTES).fill((byte) 0);
        scratch.set(ValueLayout.JAVA_LONG, IOVEC, bytes.address());
        scratch.set(ValueLayout.JAVA_LONG, IOVEC + 8, bytes.byteSize());
        // 0 name, 8 namelen, 16 iov, 24 iovlen, 32 control, 40 controllen, 48 flags.
        scratch.set(ValueLayout.JAVA_LONG, HEADER + 16, scratch.address() + IOVEC);
        scratch.set(ValueLayout.JAVA_LONG, HEADER + 24, 1L);
        scratch.set(ValueLayout.JAVA_LONG, HEADER + 32, scratch.address() + CONTROL);
        return scratch;
    }

    private static List<Descriptor> descriptors(MemorySegment control) {
        List<Descriptor> found = new ArrayList<>();
        if (control.byteSize() < CMSG_HEADER_BYTES
                || control.get(ValueLayout.JAVA_INT, 8) != SOL_SOCKET
                || control.get(ValueLayout.JAVA_INT, 12) != SCM_RIGHTS) {
            return found;
        }
        long lengthBytes = control.get(ValueLayout.JAVA_LONG, 0);
        for (long at = CMSG_HEADER_BYTES; at + Integer.BYTES <= lengthBytes; at += Integer.BYTES) {
            found.add(Descriptor.adopt(control.get(ValueLayout.JAVA_INT, at)));
        }
        return found;
    }
}
