package org.foreshape.nativebindings.linux;

/**
 * The calling thread's disk priority, lowered to the idle class until closed: its reads are served
 * when nobody else wants the disk. The schedulers bfq and mq-deadline heed it, {@code none} does
 * not.
 *
 * <p>Opened and closed by the same platform thread. A virtual thread must not use it: the priority
 * is its carrier's.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/ioprio_set.2.html">ioprio_set(2)</a>
 */
public final class IoPriority implements AutoCloseable {
    private static final int WHO_PROCESS = 1;
    private static final int CALLING_THREAD = 0;
    private static final int CLASS_SHIFT = 13;
    private static final int CLASS_IDLE = 3;

    private final int before;
    private final Thread owner;
    private boolean closed;

    private IoPriority(int before) {
        this.before = before;
        this.owner = Thread.currentThread();
    }

    /**
     * Lowers the calling thread to the idle class. Any user may, since Linux 2.6.25.
     *
     * @return gives the thread its priority back when closed
     * @throws LinuxException ioprio_get(2) or ioprio_set(2) failed; the priority is as before
     * @throws IllegalStateException the calling thread is a virtual one
     */
    public static IoPriority idle() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "a virtual thread has no disk priority of its own; use a platform thread");
        }
        int before = ofThread();
        set(CLASS_IDLE << CLASS_SHIFT);
        return new IoPriority(before);
    }

    /**
     * Whether the calling thread is in the idle class.
     *
     * @return true between {@link #idle} and {@link #close}
     * @throws LinuxException ioprio_get(2) failed
     */
    public static boolean isIdle() {
        return ofThread() >> CLASS_SHIFT == CLASS_IDLE;
    }

    /** Gives the thread its priority back. Idempotent. */
    @Override
    public void close() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(
                    "the disk priority of " + owner + " must be restored by that thread");
        }
        if (!closed) {
            closed = true;
            set(before);
        }
    }

    private static int ofThread() {
        return (int)
                LinuxException.check(
                        FileCalls.ioprioGet(WHO_PROCESS, CALLING_THREAD),
                        "ioprio_get",
                        "calling thread");
    }

    private static void set(int priority) {
        LinuxException.check(
                FileCalls.ioprioSet(WHO_PROCESS, CALLING_THREAD, priority),
                "ioprio_set",
                "calling thread, priority=0x%x",
                priority);
    }
}
