package org.foreshape.nativebindings.linux;

/**
 * Error numbers of Linux, the same on x86_64 and aarch64.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/errno.3.html">errno(3)</a>
 */
public final class Errno {
    /** Operation not permitted. */
    public static final int EPERM = 1;

    /** No such file or directory. */
    public static final int ENOENT = 2;

    /** No such process. */
    public static final int ESRCH = 3;

    /** Interrupted by a signal. */
    public static final int EINTR = 4;

    /** Input or output error. */
    public static final int EIO = 5;

    /** Bad file descriptor. */
    public static final int EBADF = 9;

    /** Try again. */
    public static final int EAGAIN = 11;

    /** Out of memory, or no mapping there. */
    public static final int ENOMEM = 12;

    /** Permission denied. */
    public static final int EACCES = 13;

    /** Bad address. */
    public static final int EFAULT = 14;

    /** Device or resource busy. */
    public static final int EBUSY = 16;

    /** File exists. */
    public static final int EEXIST = 17;

    /** No such device. */
    public static final int ENODEV = 19;

    /** Invalid argument. */
    public static final int EINVAL = 22;

    /** Too many open files in this process. */
    public static final int EMFILE = 24;

    /** No space left on device. */
    public static final int ENOSPC = 28;

    /** Function not implemented. */
    public static final int ENOSYS = 38;

    /** Message too long. */
    public static final int EMSGSIZE = 90;

    /** The protocol has no such option. */
    public static final int ENOPROTOOPT = 92;

    /** Operation not supported. */
    public static final int EOPNOTSUPP = 95;

    private static final String[] NAMES = new String[134];

    static {
        String[] firstNames = {
            "EPERM",
            "ENOENT",
            "ESRCH",
            "EINTR",
            "EIO",
            "ENXIO",
            "E2BIG",
            "ENOEXEC",
            "EBADF",
            "ECHILD",
            "EAGAIN",
            "ENOMEM",
            "EACCES",
            "EFAULT",
            "ENOTBLK",
            "EBUSY",
            "EEXIST",
            "EXDEV",
            "ENODEV",
            "ENOTDIR",
            "EISDIR",
            "EINVAL",
            "ENFILE",
            "EMFILE",
            "ENOTTY",
            "ETXTBSY",
            "EFBIG",
            "ENOSPC",
            "ESPIPE",
            "EROFS",
            "EMLINK",
            "EPIPE",
            "EDOM",
            "ERANGE",
            "EDEADLK",
            "ENAMETOOLONG",
            "ENOLCK",
            "ENOSYS",
            "ENOTEMPTY",
            "ELOOP"
        };
        System.arraycopy(firstNames, 0, NAMES, 1, firstNames.length);
        NAMES[75] = "EOVERFLOW";
        NAMES[EMSGSIZE] = "EMSGSIZE";
        NAMES[ENOPROTOOPT] = "ENOPROTOOPT";
        NAMES[95] = "EOPNOTSUPP";
        NAMES[98] = "EADDRINUSE";
        NAMES[104] = "ECONNRESET";
        NAMES[110] = "ETIMEDOUT";
        NAMES[111] = "ECONNREFUSED";
        NAMES[125] = "ECANCELED";
        NAMES[133] = "EHWPOISON";
    }

    private Errno() {}

    /**
     * The symbol of an error number.
     *
     * @param errno the number
     * @return its name in C, or {@code errno N} for one that is not in the table
     */
    public static String symbol(int errno) {
        String name = errno > 0 && errno < NAMES.length ? NAMES[errno] : null;
        return name != null ? name : "errno " + errno;
    }

    /** What a caller can do about an error, when the call has nothing more exact to say. */
    static String cure(int errno) {
        return switch (errno) {
            case EPERM, EACCES ->
                    "Run as root, or grant the process the capability that this call needs.";
            case ENOENT -> "Check the path; the kernel may be built without this feature.";
            case ESRCH -> "The process has ended; drop its handle.";
            case EBADF -> "The file descriptor is closed or does not allow this call.";
            case ENOMEM ->
                    "The range is not mapped, or memory, the memory limit or vm.max_map_count is"
                            + " used up.";
            case EFAULT -> "An address lies outside the process.";
            case EINVAL -> "An argument is out of range, or the kernel is too old for it.";
            case EMFILE -> "Raise the limit of open files (ulimit -n).";
            case ENOSPC -> "Free space, or memory for a memory file.";
            case ENOSYS, EOPNOTSUPP -> "The kernel or the file system does not offer this call.";
            default -> "See the manual page of the call.";
        };
    }
}
