package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.foreshape.nativebindings.internal.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Another process, held by a pidfd so that its number cannot be taken by a stranger unnoticed.
 * Calls that Linux offers by number only check the pidfd before and after. Any thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open(2)</a>
 */
public final class RemoteProcess implements AutoCloseable {
    private static final int SIGNAL_NONE = 0;

    private final int pid;
    private final int pidfd;
    private final SyscallNumbers numbers;
    private final HandleGuard guard;

    private RemoteProcess(int pid, int pidfd, SyscallNumbers numbers) {
        this.pid = pid;
        this.pidfd = pidfd;
        this.numbers = numbers;
        this.guard = new HandleGuard("process " + pid, () -> LinuxCalls.close(pidfd));
    }

    /**
     * Holds a process. The caller must know by other means (its start time, its command line) that
     * the number meant the right process, and check that after this returned.
     *
     * @param pid its number, positive
     * @return the handle; the caller closes it
     * @throws LinuxException ESRCH when there is no such process
     */
    public static RemoteProcess open(int pid) {
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
        return new RemoteProcess(pid, (int) fd, numbers);
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
     * Whether the process still runs (a zombie that nobody has reaped counts as running).
     *
     * @return false once it is gone
     */
    public boolean isAlive() {
        guard.acquire();
        try {
            return signal(SIGNAL_NONE) != -Errno.ESRCH;
        } finally {
            guard.release();
        }
    }

    /**
     * Sends a signal.
     *
     * @param signal its number; 0 only checks
     * @throws LinuxException ESRCH when the process is gone, EPERM when it is not ours
     */
    public void sendSignal(int signal) {
        guard.acquire();
        try {
            long result = signal(signal);
            if (result < 0) {
                throw LinuxException.of(
                        result, "pidfd_send_signal", "pid=%d, signal=%d", pid, signal);
            }
        } finally {
            guard.release();
        }
    }

    /**
     * Advises the kernel about memory of the process. Which advice works on another process depends
     * on the kernel; POPULATE is refused everywhere.
     *
     * @param address where in the process, at a page
     * @param lengthBytes how much
     * @param advice what to tell
     * @return bytes advised, which may be fewer
     * @throws LinuxException process_madvise(2) failed
     */
    public long advise(long address, long lengthBytes, MemoryAdvice advice) {
        Objects.requireNonNull(advice, "advice");
        if (lengthBytes <= 0) {
            throw new IllegalArgumentException("lengthBytes must be positive, not " + lengthBytes);
        }
        guard.acquire();
        try {
            // struct iovec: 0 void* base, 8 size_t length.
            MemorySegment iovec = Scratch.buffer();
            iovec.set(ValueLayout.JAVA_LONG, 0, address);
            iovec.set(ValueLayout.JAVA_LONG, 8, lengthBytes);
            return LinuxException.check(
                    LinuxCalls.syscall(
                            numbers.processMadvise(),
                            pidfd,
                            iovec.address(),
                            1,
                            advice.number(),
                            0,
                            0),
                    "process_madvise",
                    "pid=%d, address=0x%x, length=%d, advice=%s",
                    pid,
                    address,
                    lengthBytes,
                    advice);
        } finally {
            guard.release();
        }
    }

    /**
     * Copies memory of the process.
     *
     * @param address where in the process
     * @param into native; as much as it holds is asked for
     * @return bytes copied, fewer where the process's memory ends
     * @throws LinuxException process_vm_readv(2) failed, or the process ended meanwhile (ESRCH)
     */
    public long readMemory(long address, MemorySegment into) {
        if (!into.isNative() || into.byteSize() == 0) {
            throw new IllegalArgumentException("into must be native and not empty: " + into);
        }
        guard.acquire();
        try {
            requireAlive("process_vm_readv");
            MemorySegment vectors = Scratch.buffer();
            vectors.set(ValueLayout.ADDRESS, 0, into);
            vectors.set(ValueLayout.JAVA_LONG, 8, into.byteSize());
            vectors.set(ValueLayout.JAVA_LONG, 16, address);
            vectors.set(ValueLayout.JAVA_LONG, 24, into.byteSize());
            long copied = copyIn(vectors, into);
            if (copied < 0) {
                throw LinuxException.of(
                        copied,
                        "process_vm_readv",
                        "pid=%d, address=0x%x, length=%d",
                        pid,
                        address,
                        into.byteSize());
            }
            requireAlive("process_vm_readv");
            return copied;
        } finally {
            guard.release();
        }
    }

    /**
     * Moves pages between NUMA nodes, or tells where they lie.
     *
     * @param pageAddresses addresses in the process, one per page
     * @param nodes the node wanted for each page; null only asks
     * @param status receives the node of each page, or a negated error number
     * @param evenShared moves pages that other processes map too (needs CAP_SYS_NICE)
     * @throws LinuxException move_pages(2) failed, or the process ended meanwhile (ESRCH)
     */
    public void movePages(
            long[] pageAddresses, int @Nullable [] nodes, int[] status, boolean evenShared) {
        guard.acquire();
        try {
            requireAlive("move_pages");
            PageMoves.move(numbers, pid, pageAddresses, nodes, status, evenShared);
            requireAlive("move_pages");
        } finally {
            guard.release();
        }
    }

    /**
     * The same as {@link #advise}, for callers that expect refusals: no exception, and nothing is
     * allocated.
     *
     * @param address where in the process, at a page
     * @param lengthBytes how much; 0 only asks whether we may
     * @param advice what to tell
     * @return bytes advised, which may be fewer; or the negated error number
     */
    public long tryAdvise(long address, long lengthBytes, MemoryAdvice advice) {
        guard.acquire();
        try {
            MemorySegment iovec = Scratch.buffer();
            iovec.set(ValueLayout.JAVA_LONG, 0, address);
            iovec.set(ValueLayout.JAVA_LONG, 8, lengthBytes);
            return LinuxCalls.syscall(
                    numbers.processMadvise(), pidfd, iovec.address(), 1, advice.number(), 0, 0);
        } finally {
            guard.release();
        }
    }

    /**
     * move_pages(2) on a batch's arrays, the process checked before and after.
     *
     * @return 0, the number of pages not moved, or the negated error number
     */
    long movePages(
            long pageCount, long addresses, long nodesAddress, long statusAddress, int flags) {
        guard.acquire();
        try {
            if (signal(SIGNAL_NONE) == -Errno.ESRCH) {
                return -Errno.ESRCH;
            }
            long result =
                    LinuxCalls.syscall(
                            numbers.movePages(),
                            pid,
                            pageCount,
                            addresses,
                            nodesAddress,
                            statusAddress,
                            flags);
            return signal(SIGNAL_NONE) == -Errno.ESRCH ? -Errno.ESRCH : result;
        } finally {
            guard.release();
        }
    }

    /** Lets go of the process, after calls that are under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }

    private long copyIn(MemorySegment vectors, MemorySegment into) {
        try {
            return LinuxCalls.processVmReadv(pid, vectors, 1, vectors.asSlice(16), 1, 0);
        } finally {
            Reference.reachabilityFence(into);
        }
    }

    /** A signal refused for lack of rights still proves that the process is there. */
    private void requireAlive(String call) {
        if (signal(SIGNAL_NONE) == -Errno.ESRCH) {
            throw LinuxException.of(-Errno.ESRCH, call, "pid=%d, checked by its pidfd", pid);
        }
    }

    private long signal(int signal) {
        return LinuxCalls.syscall(numbers.pidfdSendSignal(), pidfd, signal, 0, 0, 0, 0);
    }
}
