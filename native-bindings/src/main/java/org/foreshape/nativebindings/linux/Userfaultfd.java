package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A userfaultfd: page faults of registered memory come here as messages, and are answered by
 * installing pages. The memory belongs to the process that created it, which may be another one.
 *
 * <p>One thread at a time. The calls that answer faults neither allocate nor throw: they return
 * what was done, or the negated error number. Whoever closes the last descriptor of a userfaultfd
 * makes the kernel answer all further faults with zero pages: know what you close.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/ioctl_userfaultfd.2.html">
 *     ioctl_userfaultfd(2)</a>
 */
public final class Userfaultfd implements AutoCloseable {
    /** Register: report touches of absent pages. */
    public static final int MODE_MISSING = 1;

    /** Register: report touches of pages that are in the file but not mapped. */
    public static final int MODE_MINOR = 4;

    /** Feature: report madvise(2) calls that remove pages. */
    public static final long FEATURE_EVENT_REMOVE = 1 << 3;

    /** Feature: minor faults of shared memory. */
    public static final long FEATURE_MINOR_SHMEM = 1 << 10;

    /** Feature: {@link #move}. */
    public static final long FEATURE_MOVE = 1 << 16;

    static final long API = 0xAA;
    static final long UFFDIO_API = 0xC018AA3FL;
    static final long UFFDIO_REGISTER = 0xC020AA00L;
    static final long UFFDIO_UNREGISTER = 0x8010AA01L;
    static final long UFFDIO_WAKE = 0x8010AA02L;
    static final long UFFDIO_COPY = 0xC028AA03L;
    static final long UFFDIO_ZEROPAGE = 0xC020AA04L;
    static final long UFFDIO_MOVE = 0xC028AA05L;
    static final long UFFDIO_CONTINUE = 0xC020AA07L;
    static final long USERFAULTFD_IOC_NEW = 0xAA00L;
    static final int O_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
    static final int O_RDWR_CLOEXEC = 2 | 0x80000;

    /** Above what the kernel reserves, below where programs are loaded. */
    private static final long PROBE_ADDRESS = 0x80000;

    private static final long PROBE_BYTES = 4096;

    private final Descriptor descriptor;
    private final MemorySegment argument;
    private final MemorySegment state;

    private Userfaultfd(Descriptor descriptor) {
        this.descriptor = descriptor;
        // Automatic: a shared arena would cost two atomic updates per segment and call.
        Arena arena = Arena.ofAuto();
        this.argument = arena.allocate(64, 64);
        this.state = arena.allocate(64, 64);
    }

    /**
     * Creates one for memory of this process, for faults from user and kernel mode alike.
     *
     * @param features those wanted, of the FEATURE constants; 0 for none
     * @return non-blocking; the caller closes it
     * @throws LinuxException EPERM or EACCES without the right, EINVAL when the kernel lacks a
     *     feature
     */
    public static Userfaultfd create(long features) {
        Userfaultfd created = new Userfaultfd(open());
        // struct uffdio_api: 0 api, 8 features, 16 ioctls.
        MemorySegment argument = created.argument;
        argument.set(ValueLayout.JAVA_LONG, 0, API);
        argument.set(ValueLayout.JAVA_LONG, 8, features);
        long result = created.ioctl(UFFDIO_API);
        if (result < 0) {
            created.close();
            throw LinuxException.of(result, "ioctl", "UFFDIO_API, features=0x%x", features);
        }
        return created;
    }

    /**
     * Takes over one that another process created and set up.
     *
     * @param descriptor from then on this object's
     * @return the caller closes it
     */
    public static Userfaultfd adopt(Descriptor descriptor) {
        descriptor.setNonBlocking();
        return new Userfaultfd(descriptor);
    }

    /**
     * Features that the kernel offers. Needs the right to create a userfaultfd.
     *
     * @return bits as the FEATURE constants
     * @throws LinuxException EPERM or EACCES without the right, ENOSYS without the kernel option
     */
    public static long features() {
        try (Userfaultfd asked = create(0)) {
            return asked.argument.get(ValueLayout.JAVA_LONG, 8);
        }
    }

    /**
     * Its descriptor. It stays this object's.
     *
     * @return open as long as this is
     */
    public Descriptor descriptor() {
        return descriptor;
    }

    /**
     * Registers memory of this process: its faults come here from now on.
     *
     * @param address at a page
     * @param lengthBytes whole pages
     * @param mode of the MODE constants
     * @throws LinuxException EINVAL for memory that cannot be registered
     */
    public void register(long address, long lengthBytes, int mode) {
        // struct uffdio_register: 0 start, 8 len, 16 mode, 24 ioctls.
        argument.set(ValueLayout.JAVA_LONG, 16, mode);
        LinuxException.check(
                range(UFFDIO_REGISTER, address, lengthBytes),
                "ioctl",
                "UFFDIO_REGISTER, address=0x%x, length=%d, mode=%d",
                address,
                lengthBytes,
                mode);
    }

    /**
     * Ends the registration of a range and wakes who waits there.
     *
     * @param address at a page
     * @param lengthBytes whole pages
     * @return 0, or the negated error number
     */
    public long unregister(long address, long lengthBytes) {
        return range(UFFDIO_UNREGISTER, address, lengthBytes);
    }

    /**
     * Wakes the threads that wait in a range; they touch again.
     *
     * @param address at a page
     * @param lengthBytes whole pages
     * @return 0, or the negated error number
     */
    public long wake(long address, long lengthBytes) {
        return range(UFFDIO_WAKE, address, lengthBytes);
    }

    /**
     * Reads the messages that wait, without waiting.
     *
     * @param into see {@link FaultMessages}; its memory must stay until this returns
     * @return how many messages, or the negated error number: -EAGAIN when none waits
     */
    public int read(FaultMessages into) {
        long bytes =
                UserfaultCalls.read(descriptor.number(), into.address(), into.sizeBytes(), state);
        return bytes < 0 ? (int) bytes : (int) (bytes / FaultMessages.MESSAGE_BYTES);
    }

    /**
     * Installs copies of pages and wakes who waits for them.
     *
     * @param target where in the registered memory, at a page
     * @param source where in this process
     * @param lengthBytes whole pages
     * @return bytes done, fewer when a later page is there already; else the negated error number:
     *     -EEXIST when the first page is there, -EAGAIN while the owner changes its mappings,
     *     -ESRCH when the owner is gone, -ENOENT when it is not registered
     */
    public long copy(long target, long source, long lengthBytes) {
        return transfer(UFFDIO_COPY, target, source, lengthBytes);
    }

    /**
     * Moves pages of the same process instead of copying: the source is empty afterwards. Linux
     * 6.8.
     *
     * @param target where in the registered memory, at a page
     * @param source private anonymous memory of the same process, at a page
     * @param lengthBytes whole pages
     * @return as {@link #copy}; -EINVAL when the memory is another process's, -EBUSY for pages that
     *     are shared or pinned
     */
    public long move(long target, long source, long lengthBytes) {
        return transfer(UFFDIO_MOVE, target, source, lengthBytes);
    }

    /**
     * Installs zero pages and wakes who waits for them.
     *
     * @param target where in the registered memory, at a page
     * @param lengthBytes whole pages
     * @return as {@link #copy}; -EINVAL for hugetlbfs, which has no zero page
     */
    public long zero(long target, long lengthBytes) {
        return fill(UFFDIO_ZEROPAGE, target, lengthBytes);
    }

    /**
     * Maps pages that the shared memory's file holds, and wakes who waits for them.
     *
     * @param target where in the registered memory, at a page
     * @param lengthBytes whole pages
     * @return as {@link #copy}; -EFAULT when the file holds no page there
     */
    public long proceed(long target, long lengthBytes) {
        return fill(UFFDIO_CONTINUE, target, lengthBytes);
    }

    /**
     * Whether the memory that it was created for is gone, its process having ended. Asked by a call
     * that changes nothing: mapping what is mapped already, at an address that nobody uses.
     *
     * @return false while any process has that memory
     */
    public boolean isOwnerGone() {
        return proceed(PROBE_ADDRESS, PROBE_BYTES) == -Errno.ESRCH;
    }

    /** Closes this descriptor of it. Idempotent, by the thread that uses it. */
    @Override
    public void close() {
        descriptor.close();
    }

    private static Descriptor open() {
        SyscallNumbers numbers = SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));
        long fd = LinuxCalls.syscall(numbers.userfaultfd(), O_CLOEXEC_NONBLOCK, 0, 0, 0, 0, 0);
        if (fd == -Errno.EPERM || fd == -Errno.ENOSYS) {
            fd = openByDevice(fd);
        }
        if (fd < 0) {
            throw new LinuxException(
                    "userfaultfd",
                    "O_CLOEXEC|O_NONBLOCK",
                    (int) -fd,
                    fd == -Errno.ENOSYS
                            ? "The kernel is built without CONFIG_USERFAULTFD."
                            : "Run as root or with CAP_SYS_PTRACE, or get permission to read and"
                                    + " write /dev/userfaultfd.");
        }
        return Descriptor.adopt(fd);
    }

    /** What the system call refuses, the device's permissions may allow. */
    private static long openByDevice(long refusal) {
        Path device = Path.of("/dev/userfaultfd");
        try (Arena call = Arena.ofConfined()) {
            long fd = LinuxCalls.open(call.allocateFrom(device.toString()), O_RDWR_CLOEXEC, 0);
            if (fd < 0) {
                return fd == -Errno.ENOENT ? refusal : fd;
            }
            try (Descriptor opened = Descriptor.adopt(fd)) {
                return UserfaultCalls.ioctl(
                        opened.number(),
                        USERFAULTFD_IOC_NEW,
                        MemorySegment.ofAddress(O_CLOEXEC_NONBLOCK),
                        call.allocate(64, 64));
            }
        }
    }

    private long transfer(long request, long target, long source, long lengthBytes) {
        // struct uffdio_copy and uffdio_move: 0 dst, 8 src, 16 len, 24 mode, 32 done or -errno.
        argument.set(ValueLayout.JAVA_LONG, 0, target);
        argument.set(ValueLayout.JAVA_LONG, 8, source);
        argument.set(ValueLayout.JAVA_LONG, 16, lengthBytes);
        argument.set(ValueLayout.JAVA_LONG, 24, 0L);
        argument.set(ValueLayout.JAVA_LONG, 32, 0L);
        long result = ioctl(request);
        return result == 0 ? lengthBytes : partial(result, 32);
    }

    private long fill(long request, long target, long lengthBytes) {
        // struct uffdio_zeropage and uffdio_continue: 0 start, 8 len, 16 mode, 24 done or -errno.
        argument.set(ValueLayout.JAVA_LONG, 16, 0L);
        argument.set(ValueLayout.JAVA_LONG, 24, 0L);
        long result = range(request, target, lengthBytes);
        return result == 0 ? lengthBytes : partial(result, 24);
    }

    /** A call that stopped midway says EAGAIN too, and how far it came. */
    private long partial(long result, long doneOffset) {
        long done = argument.get(ValueLayout.JAVA_LONG, doneOffset);
        return done > 0 ? done : result;
    }

    private long range(long request, long address, long lengthBytes) {
        argument.set(ValueLayout.JAVA_LONG, 0, address);
        argument.set(ValueLayout.JAVA_LONG, 8, lengthBytes);
        return ioctl(request);
    }

    private long ioctl(long request) {
        return UserfaultCalls.ioctl(descriptor.number(), request, argument, state);
    }
}
