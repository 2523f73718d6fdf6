package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * The pages of another process: makes them resident without changing a byte. The process is held by
 * a pidfd, which is checked before and after each call that Linux offers by number only.
 *
 * <p>Meant for batches: nothing here allocates after {@link #open}, so a failure is returned as the
 * negated error number and made an exception by {@link #failure} only where it is told. One thread
 * at a time; {@link #close} from any.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/process_vm_readv.2.html">process_vm_readv</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/process_madvise.2.html">process_madvise</a>
 */
public final class RemotePages implements AutoCloseable {
    /** Addresses per call of {@link #touch}; IOV_MAX of Linux. */
    public static final int TOUCH_COUNT_MAX = 1024;

    private static final int IOVEC_BYTES = 16;

    private final int pid;
    private final int pidfd;
    private final SyscallNumbers numbers;
    private final MemorySegment remote;
    private final MemorySegment local;
    private final MemorySegment sink;
    private final HandleGuard guard;

    private RemotePages(int pid, int pidfd, SyscallNumbers numbers, Arena arena) {
        this.pid = pid;
        this.pidfd = pidfd;
        this.numbers = numbers;
        this.remote = arena.allocate((long) TOUCH_COUNT_MAX * IOVEC_BYTES, IOVEC_BYTES);
        this.local = arena.allocate(IOVEC_BYTES, IOVEC_BYTES);
        this.sink = arena.allocate(TOUCH_COUNT_MAX);
        this.guard = new HandleGuard("pages of process " + pid, () -> LinuxCalls.close(pidfd));
    }

    /**
     * Holds a process. The caller checks by other means (its start time) that the number meant the
     * right one, after this returned.
     *
     * @param pid its number, positive
     * @return the handle; the caller closes it
     * @throws LinuxException ESRCH when there is no such process
     */
    public static RemotePages open(int pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("pid must be positive, not " + pid);
        }
        SyscallNumbers numbers = SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));
        long fd =
                LinuxException.check(
                        LinuxCalls.syscall(numbers.pidfdOpen(), pid, 0, 0, 0, 0, 0),
                        "pidfd_open",
                        "pid=%d",
                        pid);
        // To close an arena of several threads stops every thread of the process for a moment; a
        // few KiB may wait for the collector instead.
        return new RemotePages(pid, (int) fd, numbers, Arena.ofAuto());
    }

    /**
     * The process's number.
     *
     * @return as given to {@link #open}
     */
    public int pid() {
        return pid;
    }

    /**
     * Whether the process still runs; a zombie that nobody has reaped counts as running.
     *
     * @return false once it is gone
     */
    public boolean isAlive() {
        guard.acquire();
        try {
            return alive();
        } finally {
            guard.release();
        }
    }

    /**
     * Reads one byte at each address, which makes the kernel resolve a read fault there: untouched
     * private memory gets a page of zeros, shared memory its page.
     *
     * @param addresses where, in the process
     * @param from index of the first one
     * @param count how many, 1 to {@value #TOUCH_COUNT_MAX}
     * @return how many were read, from the first on; or the negated error number when the first
     *     could not be, or when the process ended meanwhile (ESRCH)
     */
    public int touch(long[] addresses, int from, int count) {
        Objects.checkFromIndexSize(from, count, addresses.length);
        if (count < 1 || count > TOUCH_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "count must be 1 to " + TOUCH_COUNT_MAX + ", not " + count);
        }
        guard.acquire();
        try {
            if (!alive()) {
                return -Errno.ESRCH;
            }
            // struct iovec: 0 void* base, 8 size_t length.
            local.set(ValueLayout.JAVA_LONG, 0, sink.address());
            local.set(ValueLayout.JAVA_LONG, 8, count);
            for (int i = 0; i < count; i++) {
                remote.set(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES, addresses[from + i]);
                remote.set(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES + 8, 1);
            }
            long read = LinuxCalls.processVmReadv(pid, local, 1, remote, count, 0);
            return alive() ? (int) read : -Errno.ESRCH;
        } finally {
            guard.release();
        }
    }

    /**
     * Gathers a range into huge pages now, allocating what is missing: MADV_COLLAPSE.
     *
     * @param address where, a multiple of the huge page size
     * @param lengthBytes how much, a multiple of the huge page size
     * @return 0, or the negated error number: EINVAL a block that has no page table yet, or whose
     *     mapping cannot be huge; ENOMEM nothing mapped there or no memory; EAGAIN busy pages
     */
    public int collapse(long address, long lengthBytes) {
        guard.acquire();
        try {
            MemorySegment iovec = Scratch.buffer();
            iovec.set(ValueLayout.JAVA_LONG, 0, address);
            iovec.set(ValueLayout.JAVA_LONG, 8, lengthBytes);
            long result =
                    LinuxCalls.syscall(
                            numbers.processMadvise(),
                            pidfd,
                            iovec.address(),
                            1,
                            MemoryAdvice.COLLAPSE.number(),
                            0,
                            0);
            return result < 0 ? (int) result : 0;
        } finally {
            guard.release();
        }
    }

    /**
     * Duplicates a file descriptor of the process into this one: pidfd_getfd(2).
     *
     * @param remoteFd its number there
     * @return the file; the caller closes it
     * @throws LinuxException ESRCH the process is gone, EBADF no such descriptor, EPERM not allowed
     * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_getfd.2.html">pidfd_getfd(2)</a>
     */
    public SharedFile duplicate(int remoteFd) {
        guard.acquire();
        try {
            long fd =
                    LinuxException.check(
                            LinuxCalls.syscall(numbers.pidfdGetfd(), pidfd, remoteFd, 0, 0, 0, 0),
                            "pidfd_getfd",
                            "pid=%d, fd=%d",
                            pid,
                            remoteFd);
            return SharedFile.own((int) fd, "fd " + remoteFd + " of process " + pid);
        } finally {
            guard.release();
        }
    }

    /**
     * The exception of a negative result.
     *
     * @param result what {@link #touch} or {@link #collapse} returned
     * @param call what was done, for the message
     * @param address where
     * @return to be thrown, or for its text
     */
    public LinuxException failure(int result, String call, long address) {
        return LinuxException.of(result, call, "pid=%d, address=0x%x", pid, address);
    }

    /** Lets go of the process, after a call that is under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }

    /** A signal refused for lack of rights still proves that the process is there. */
    private boolean alive() {
        return LinuxCalls.syscall(numbers.pidfdSendSignal(), pidfd, 0, 0, 0, 0, 0) != -Errno.ESRCH;
    }
}
