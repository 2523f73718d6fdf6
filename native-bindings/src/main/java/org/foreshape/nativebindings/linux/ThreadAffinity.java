package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * On which CPUs a thread may run. By number only: hold the process by {@link RemoteProcess} and
 * check it before and after. Any thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html">
 *     sched_setaffinity(2)</a>
 */
public final class ThreadAffinity {
    /** Highest CPU number plus one that is handled. */
    public static final int CPU_COUNT_MAX = 8192;

    private static final int MASK_BYTES = CPU_COUNT_MAX / 8;

    private ThreadAffinity() {}

    /**
     * The CPUs of a thread.
     *
     * @param tid its number; 0 is the calling thread
     * @return the CPUs, a copy
     * @throws LinuxException ESRCH when there is no such thread
     */
    public static BitSet get(int tid) {
        MemorySegment mask = Scratch.buffer();
        LinuxException.check(
                AffinityCalls.get(tid, MASK_BYTES, mask), "sched_getaffinity", "tid=%d", tid);
        return BitSet.valueOf(mask.asSlice(0, MASK_BYTES).toArray(ValueLayout.JAVA_LONG));
    }

    /**
     * Ties a thread to CPUs.
     *
     * @param tid its number; 0 is the calling thread
     * @param cpus not empty
     * @throws LinuxException ESRCH when there is no such thread, EINVAL when it may run on none of
     *     the CPUs, EPERM when it is not ours
     */
    public static void set(int tid, BitSet cpus) {
        if (cpus.isEmpty() || cpus.length() > CPU_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "cpus must not be empty and below " + CPU_COUNT_MAX + ": " + cpus);
        }
        MemorySegment mask = Scratch.buffer();
        mask.asSlice(0, MASK_BYTES).fill((byte) 0);
        long[] words = cpus.toLongArray();
        MemorySegment.copy(words, 0, mask, ValueLayout.JAVA_LONG, 0, words.length);
        LinuxException.check(
                AffinityCalls.set(tid, MASK_BYTES, mask),
                "sched_setaffinity",
                "tid=%d, cpus=%s",
                tid,
                cpus);
    }
}
