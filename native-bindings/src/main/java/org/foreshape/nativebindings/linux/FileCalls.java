package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.foreshape.nativebindings.internal.Scratch;

/** The C mirror of what is asked of files and of their cache; as {@link LinuxCalls} otherwise. */
final class FileCalls {
    static final int FADV_DONTNEED = 4;
    static final int SEEK_END = 2;

    private static final SyscallNumbers NUMBERS =
            SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));

    private static final MethodHandle POSIX_FADVISE =
            LinuxCalls.link(
                    "posix_fadvise",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private static final MethodHandle LSEEK =
            LinuxCalls.link(
                    "lseek", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));

    private FileCalls() {}

    /** posix_fadvise(2), which returns its error number instead of setting errno. */
    static long posixFadvise(int fd, long offsetBytes, long lengthBytes, int advice) {
        MemorySegment state = Scratch.callState();
        try {
            return -(int) POSIX_FADVISE.invokeExact(state, fd, offsetBytes, lengthBytes, advice);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** lseek(2). */
    static long lseek(int fd, long offsetBytes, int whence) {
        MemorySegment state = Scratch.callState();
        try {
            return LinuxCalls.result(
                    (long) LSEEK.invokeExact(state, fd, offsetBytes, whence), state);
        } catch (Throwable unexpected) {
            throw LinuxCalls.rethrow(unexpected);
        }
    }

    /** cachestat(2), since Linux 6.5. */
    static long cachestat(int fd, MemorySegment range, MemorySegment counts) {
        return LinuxCalls.syscall(
                NUMBERS.cachestat(), fd, range.address(), counts.address(), 0, 0, 0);
    }

    /** ioprio_get(2). Its number follows that of ioprio_set in both tables of the kernel. */
    static long ioprioGet(int which, int who) {
        return LinuxCalls.syscall(NUMBERS.ioprioSet() + 1, which, who, 0, 0, 0, 0);
    }

    /** ioprio_set(2). */
    static long ioprioSet(int which, int who, int priority) {
        return LinuxCalls.syscall(NUMBERS.ioprioSet(), which, who, priority, 0, 0, 0);
    }
}
