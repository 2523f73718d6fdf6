package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * The C mirror of what only populating memory needs, beside {@link LinuxCalls}: the same rules, one
 * method per C function, returning what C returns or the negated errno.
 */
final class PopulateCalls {
    private static final MethodHandle IOCTL =
            LinuxCalls.link(
                    "ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final MethodHandle PREAD =
            LinuxCalls.link(
                    "pread",
                    -1,
                    FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));

    private PopulateCalls() {}

    /** ioctl(2) with the address of a structure. */
    static long ioctl(int fd, long request, long argument) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result((int) IOCTL.invokeExact(state, fd, request, argument), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** pread(2). */
    static long pread(int fd, MemorySegment into, long lengthBytes, long offsetBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (long) PREAD.invokeExact(state, fd, into, lengthBytes, offsetBytes), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }
}
