package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * The calling thread's nice value: on Linux each thread has one of its own, and gives it to the
 * threads and processes that it starts. A virtual thread must not set it, it is its carrier's.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/setpriority.2.html">setpriority(2)</a>
 */
public final class ThreadPriority {
    private static final int WHICH_PROCESS = 0;
    private static final int CALLING_THREAD = 0;

    /** Field of the nice value behind the thread's name: see proc_pid_stat(5). */
    private static final int NICE_FIELD = 16;

    private static final MethodHandle SETPRIORITY =
            LinuxCalls.link(
                    "setpriority",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

    private ThreadPriority() {}

    /**
     * Sets the calling thread's nice value.
     *
     * @param nice -20, which goes first, to 19
     * @throws LinuxException EACCES: a lower value than now wants CAP_SYS_NICE, or a greater
     *     RLIMIT_NICE
     * @throws IllegalStateException the calling thread is a virtual one
     */
    public static void set(int nice) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "a virtual thread has no nice value of its own; use a platform thread");
        }
        LinuxException.check(setpriority(nice), "setpriority", "calling thread, nice=%d", nice);
    }

    /**
     * The calling thread's nice value.
     *
     * @return -20 to 19
     * @throws LinuxException {@code /proc} is not mounted
     */
    public static int get() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            // The name may hold blanks and brackets.
            String behind = stat.substring(stat.lastIndexOf(')') + 2);
            return Integer.parseInt(behind.split(" ", -1)[NICE_FIELD]);
        } catch (IOException e) {
            throw LinuxException.failed(-Errno.ENOENT, "read", "/proc/thread-self/stat");
        }
    }

    private static long setpriority(int nice) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (int) SETPRIORITY.invokeExact(state, WHICH_PROCESS, CALLING_THREAD, nice),
                    state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }
}
