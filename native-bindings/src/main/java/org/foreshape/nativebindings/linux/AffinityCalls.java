package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.foreshape.nativebindings.internal.Scratch;

/** The C mirror of sched_setaffinity(2): the result or the negated errno. */
final class AffinityCalls {
    private static final MethodHandle SCHED_SETAFFINITY =
            LinuxCalls.link(
                    "sched_setaffinity",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

    private static final MethodHandle SCHED_GETAFFINITY =
            LinuxCalls.link(
                    "sched_getaffinity",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

    private AffinityCalls() {}

    /** sched_setaffinity(2). */
    static long set(int tid, long maskBytes, MemorySegment mask) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) SCHED_SETAFFINITY.invokeExact(state, tid, maskBytes, mask), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** sched_getaffinity(2), by glibc, which clears what the kernel did not fill. */
    static long get(int tid, long maskBytes, MemorySegment mask) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) SCHED_GETAFFINITY.invokeExact(state, tid, maskBytes, mask), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }
}
