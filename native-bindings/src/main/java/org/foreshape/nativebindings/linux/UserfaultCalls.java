package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C mirror of the calls that serve faults. The errno segment is the caller's own: one thread
 * serves one descriptor, and looking it up per fault would be work for nothing.
 */
final class UserfaultCalls {
    private static final MethodHandle IOCTL =
            LinuxCalls.link(
                    "ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle READ =
            LinuxCalls.link(
                    "read", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private UserfaultCalls() {}

    /** ioctl(2). */
    static long ioctl(int fd, long request, MemorySegment argument, MemorySegment state) {
        try {
            return LinuxCalls.result((int) IOCTL.invokeExact(state, fd, request, argument), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** read(2); the address is a raw one, since leasing a shared segment costs atomic updates. */
    static long read(int fd, long into, long lengthBytes, MemorySegment state) {
        try {
            return LinuxCalls.result((long) READ.invokeExact(state, fd, into, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }
}
