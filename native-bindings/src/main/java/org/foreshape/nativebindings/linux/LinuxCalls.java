package org.foreshape.nativebindings.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * The C mirror of Linux: one method per C function, with C's arguments, returning what C returns or
 * the negated errno. errno is captured within the call into memory of the calling thread.
 *
 * <p>All symbols are of glibc 2.28 or musl 1.2.5; newer calls go by number through {@link
 * #syscall}. This class is over 150 lines because there is one place for all handles.
 */
final class LinuxCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle MEMFD_CREATE =
            link("memfd_create", -1, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private static final MethodHandle FTRUNCATE =
            link("ftruncate", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));

    private static final MethodHandle FALLOCATE =
            link(
                    "fallocate",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final MethodHandle MUNMAP =
            link("munmap", -1, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final MethodHandle MADVISE =
            link("madvise", -1, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private static final MethodHandle MINCORE =
            link("mincore", -1, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS));

    private static final MethodHandle OPEN =
            link("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

    private static final MethodHandle CLOSE =
            link("close", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private static final MethodHandle WRITE =
            link("write", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private static final MethodHandle POLL =
            link("poll", -1, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private static final MethodHandle READAHEAD =
            link("readahead", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final MethodHandle STATX =
            link(
                    "statx",
                    -1,
                    FunctionDescriptor.of(
                            JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));

    private static final MethodHandle PROCESS_VM_READV =
            link(
                    "process_vm_readv",
                    -1,
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG,
                            JAVA_LONG));

    private static final MethodHandle POSIX_FALLOCATE =
            link(
                    "posix_fallocate",
                    -1,
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final MethodHandle MMAP =
            link(
                    "mmap",
                    -1,
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                            JAVA_LONG));

    private static final MethodHandle SYSCALL =
            link(
                    "syscall",
                    1,
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG, JAVA_LONG));

    private static final MethodHandle GETPID = plain("getpid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle UMASK =
            plain("umask", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle GETPAGESIZE =
            plain("getpagesize", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle STRERROR =
            plain("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private LinuxCalls() {}

    /** memfd_create(2). */
    static long memfdCreate(MemorySegment name, int flags) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) MEMFD_CREATE.invokeExact(state, name, flags), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** ftruncate(2). */
    static long ftruncate(int fd, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) FTRUNCATE.invokeExact(state, fd, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** fallocate(2). */
    static long fallocate(int fd, int mode, long offsetBytes, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return result(
                    (int) FALLOCATE.invokeExact(state, fd, mode, offsetBytes, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** munmap(2); the address is a raw one, since its segment is gone by then. */
    static long munmap(long address, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) MUNMAP.invokeExact(state, address, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** madvise(2). */
    static long madvise(long address, long lengthBytes, int advice) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) MADVISE.invokeExact(state, address, lengthBytes, advice), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** mincore(2); one byte per page. */
    static long mincore(long address, long lengthBytes, MemorySegment vector) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) MINCORE.invokeExact(state, address, lengthBytes, vector), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** open(2). */
    static long open(MemorySegment path, int flags, int mode) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) OPEN.invokeExact(state, path, flags, mode), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** close(2). */
    static long close(int fd) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** write(2). */
    static long write(int fd, MemorySegment bytes, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return result((long) WRITE.invokeExact(state, fd, bytes, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** poll(2). */
    static long poll(MemorySegment pollfds, long count, int timeoutMs) {
        MemorySegment state = Scratch.callState();
        try {
            return result((int) POLL.invokeExact(state, pollfds, count, timeoutMs), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** readahead(2). */
    static long readahead(int fd, long offsetBytes, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return result((long) READAHEAD.invokeExact(state, fd, offsetBytes, lengthBytes), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** statx(2), chosen because its layout is the same on all machines. */
    static long statx(
            int directoryFd, MemorySegment path, int flags, int mask, MemorySegment result) {
        MemorySegment state = Scratch.callState();
        try {
            return result(
                    (int) STATX.invokeExact(state, directoryFd, path, flags, mask, result), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** process_vm_readv(2). */
    static long processVmReadv(
            int pid,
            MemorySegment local,
            long localCount,
            MemorySegment remote,
            long remoteCount,
            long flags) {
        MemorySegment state = Scratch.callState();
        try {
            return result(
                    (long)
                            PROCESS_VM_READV.invokeExact(
                                    state, pid, local, localCount, remote, remoteCount, flags),
                    state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** posix_fallocate(3), which returns its error number instead of setting errno. */
    static long posixFallocate(int fd, long offsetBytes, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return -(int) POSIX_FALLOCATE.invokeExact(state, fd, offsetBytes, lengthBytes);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /**
     * mmap(2) at an address of the kernel's choice; addresses are positive, so that errors can be
     * told.
     */
    static long mmap(long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        return mmap(0, lengthBytes, protection, flags, fd, offsetBytes);
    }

    /** mmap(2) at an address of the caller's choice. */
    static long mmap(
            long address, long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return result(
                    (long)
                            MMAP.invokeExact(
                                    state,
                                    address,
                                    lengthBytes,
                                    protection,
                                    flags,
                                    fd,
                                    offsetBytes),
                    state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** syscall(2). */
    static long syscall(long number, long a, long b, long c, long d, long e, long f) {
        MemorySegment state = Scratch.callState();
        try {
            return result((long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f), state);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** getpid(2). */
    static int getpid() {
        try {
            return (int) GETPID.invokeExact();
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** umask(2); it cannot fail. */
    static int umask(int mask) {
        try {
            return (int) UMASK.invokeExact(mask);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /** getpagesize(2). */
    static int getpagesize() {
        try {
            return (int) GETPAGESIZE.invokeExact();
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    /**
     * strerror(3), safe between threads since glibc 2.32 for every number that the kernel gives.
     */
    static String errorText(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(Scratch.BUFFER_BYTES).getString(0);
        } catch (Throwable unexpected) {
            throw rethrow(unexpected);
        }
    }

    static long result(long returned, MemorySegment state) {
        return returned == -1 ? -(int) ERRNO.get(state, 0L) : returned;
    }

    static MethodHandle link(String symbol, int firstVariadic, FunctionDescriptor type) {
        MemorySegment address = LINKER.defaultLookup().findOrThrow(symbol);
        Linker.Option capture = Linker.Option.captureCallState("errno");
        return firstVariadic < 0
                ? LINKER.downcallHandle(address, type, capture)
                : LINKER.downcallHandle(
                        address, type, capture, Linker.Option.firstVariadicArg(firstVariadic));
    }

    private static MethodHandle plain(String symbol, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type);
    }

    /**
     * A handle declares Throwable, but only a closed segment or an error of the JVM comes out of
     * one.
     */
    static RuntimeException rethrow(Throwable unexpected) {
        if (unexpected instanceof RuntimeException fault) {
            return fault;
        }
        if (unexpected instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(unexpected);
    }
}
