package org.foreshape.numasculptor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.foreshape.nativebindings.linux.Errno;

/** Counts failures by error number; counting allocates nothing. One thread. */
final class FailureTally {
    private static final int ERRNO_MAX = 256;

    private final long[] counts = new long[ERRNO_MAX];
    private final long[] addresses = new long[ERRNO_MAX];
    private long total;

    void clear() {
        java.util.Arrays.fill(counts, 0);
        total = 0;
    }

    void add(int errno, long address) {
        int index = Math.clamp(errno, 0, ERRNO_MAX - 1);
        if (counts[index]++ == 0) {
            addresses[index] = address;
        }
        total++;
    }

    long total() {
        return total;
    }

    List<Failure> failures(String call) {
        var failures = new ArrayList<Failure>();
        for (int errno = 0; errno < ERRNO_MAX; errno++) {
            if (counts[errno] > 0) {
                failures.add(
                        new Failure(
                                call,
                                errno,
                                errno == 0 ? "" : Errno.symbol(errno),
                                counts[errno],
                                addresses[errno],
                                meaning(errno)));
            }
        }
        failures.sort(Comparator.comparingLong(Failure::count).reversed());
        return failures;
    }

    /** What an error number means for a page or a block. */
    static String meaning(int errno) {
        return switch (errno) {
            case 0 -> "the kernel did not get to these pages";
            case Errno.EPERM -> "we may not: CAP_SYS_NICE is needed for another process's memory";
            case Errno.ENOENT -> "the page is not present";
            case Errno.ESRCH -> "the process has ended";
            case Errno.EAGAIN -> "the kernel was busy with it; a later try may do";
            case Errno.ENOMEM -> "no free memory on the node, or a hole in the range";
            case Errno.EACCES -> "the page is shared with another process";
            case Errno.EFAULT -> "the address is no longer mapped";
            case Errno.EBUSY -> "the page is in use by the kernel (I/O or another migration)";
            case Errno.ENODEV -> "the node is absent";
            case Errno.EINVAL ->
                    "the kernel refuses it here: never written, no huge page possible, or the"
                            + " process has ended";
            default -> "see errno(3)";
        };
    }
}
