package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * The C mirror of unix sockets and of small calls on descriptors: C's arguments, returning what C
 * returns or the negated errno.
 */
final class SocketCalls {
    private static final MethodHandle SOCKET =
            LinuxCalls.link(
                    "socket", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND = address("bind");
    private static final MethodHandle CONNECT = address("connect");
    private static final MethodHandle LISTEN =
            LinuxCalls.link("listen", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle ACCEPT4 =
            LinuxCalls.link(
                    "accept4",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVMSG = message("recvmsg");
    private static final MethodHandle SENDMSG = message("sendmsg");
    private static final MethodHandle GETSOCKOPT =
            LinuxCalls.link(
                    "getsockopt",
                    -1,
                    FunctionDescriptor.of(
                            JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle FCNTL =
            LinuxCalls.link(
                    "fcntl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle EVENTFD =
            LinuxCalls.link("eventfd", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle READ =
            LinuxCalls.link(
                    "read", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle SETSID =
            LinuxCalls.link("setsid", -1, FunctionDescriptor.of(JAVA_INT));

    private SocketCalls() {}

    /** socket(2). */
    static long socket(int domain, int type, int protocol) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) SOCKET.invokeExact(state, domain, type, protocol), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** bind(2). */
    static long bind(int fd, MemorySegment address, int lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) BIND.invokeExact(state, fd, address, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** connect(2). */
    static long connect(int fd, MemorySegment address, int lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) CONNECT.invokeExact(state, fd, address, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** listen(2). */
    static long listen(int fd, int backlog) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((int) LISTEN.invokeExact(state, fd, backlog), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** accept4(2), without asking for the peer's address. */
    static long accept4(int fd, int flags) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int)
                            ACCEPT4.invokeExact(
                                    state, fd, MemorySegment.NULL, MemorySegment.NULL, flags),
                    state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** recvmsg(2). */
    static long recvmsg(int fd, MemorySegment header, int flags) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((long) RECVMSG.invokeExact(state, fd, header, flags), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** sendmsg(2). */
    static long sendmsg(int fd, MemorySegment header, int flags) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((long) SENDMSG.invokeExact(state, fd, header, flags), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** getsockopt(2). */
    static long getsockopt(
            int fd, int level, int option, MemorySegment value, MemorySegment length) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** fcntl(2) with an integer argument. */
    static long fcntl(int fd, int command, long argument) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((int) FCNTL.invokeExact(state, fd, command, argument), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** eventfd(2). */
    static long eventfd(int initial, int flags) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((int) EVENTFD.invokeExact(state, initial, flags), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** read(2). */
    static long read(int fd, MemorySegment into, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((long) READ.invokeExact(state, fd, into, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** setsid(2). */
    static long setsid() {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((int) SETSID.invokeExact(state), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    private static MethodHandle address(String symbol) {
        return LinuxCalls.link(
                symbol, -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    }

    private static MethodHandle message(String symbol) {
        return LinuxCalls.link(
                symbol, -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    }
}
