package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.internal.HandleGuard;

/**
 * Waits until one of a few descriptors can be read, or until another thread calls {@link #wake}.
 * One thread waits; any thread wakes. Neither allocates.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>
 */
public final class Poller implements AutoCloseable {
    /** The most descriptors that one object watches. */
    public static final int DESCRIPTORS_MAX = 1024;

    private static final int EFD_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final int POLLFD_BYTES = 8;
    private static final int COUNTER_BYTES = 8;
    private static final short POLLIN = 1;

    private final MemorySegment pollfds;
    private final MemorySegment one;
    private final MemorySegment counter;
    private final int count;
    private final int eventFd;
    private final HandleGuard guard;

    private Poller(int eventFd, int[] fds) {
        // Automatic: a shared arena would cost two atomic updates per call.
        Arena arena = Arena.ofAuto();
        this.eventFd = eventFd;
        this.count = fds.length + 1;
        this.pollfds = arena.allocate((long) count * POLLFD_BYTES, 8);
        this.one = arena.allocate(COUNTER_BYTES, 8);
        this.counter = arena.allocate(COUNTER_BYTES, 8);
        this.guard = new HandleGuard("poller", () -> LinuxCalls.close(eventFd));
        one.set(ValueLayout.JAVA_LONG, 0, 1L);
        for (int i = 0; i < fds.length; i++) {
            watch(i, fds[i]);
        }
        watch(fds.length, eventFd);
    }

    /**
     * Watches descriptors. They stay the caller's, and must stay open as long as this does.
     *
     * @param descriptors at most {@value #DESCRIPTORS_MAX}
     * @return the poller; the caller closes it
     * @throws LinuxException eventfd(2) failed, EMFILE for instance
     */
    public static Poller of(Descriptor... descriptors) {
        if (descriptors.length > DESCRIPTORS_MAX) {
            throw new IllegalArgumentException(
                    "at most " + DESCRIPTORS_MAX + " descriptors, not " + descriptors.length);
        }
        int[] fds = new int[descriptors.length];
        for (int i = 0; i < fds.length; i++) {
            fds[i] = descriptors[i].number();
        }
        long eventFd =
                LinuxException.check(
                        SocketCalls.eventfd(0, EFD_NONBLOCK_CLOEXEC),
                        "eventfd",
                        "initial=0, NONBLOCK|CLOEXEC");
        return new Poller((int) eventFd, fds);
    }

    /**
     * Waits. Returns early on a wake-up or a signal.
     *
     * @param timeoutMs the limit in milliseconds; 0 only looks, negative waits for ever
     * @return how many descriptors have something to tell, a wake-up not counted
     * @throws LinuxException poll(2) failed
     */
    public int await(int timeoutMs) {
        long ready = LinuxCalls.poll(pollfds, count, timeoutMs);
        if (ready == -Errno.EINTR) {
            return 0;
        }
        if (ready < 0) {
            throw LinuxException.of(ready, "poll", "count=%d", count);
        }
        if (ready > 0 && events(count - 1) != 0) {
            SocketCalls.read(eventFd, counter, COUNTER_BYTES);
            return (int) ready - 1;
        }
        return (int) ready;
    }

    /**
     * Whether a descriptor had something to tell at the last wait: data, a hang-up or an error.
     *
     * @param index its place among those watched
     * @return true when it had
     */
    public boolean isReady(int index) {
        return events(index) != 0;
    }

    /**
     * Watches a descriptor no longer: one that is at its end would end every wait. By the thread
     * that waits.
     *
     * @param index its place among those watched
     */
    public void ignore(int index) {
        watch(index, -1);
    }

    /** Ends the wait that is under way, or the next one. Does nothing once closed. */
    public void wake() {
        if (guard.tryAcquire()) {
            try {
                LinuxCalls.write(eventFd, one, COUNTER_BYTES);
            } finally {
                guard.release();
            }
        }
    }

    /**
     * Frees what it holds; the watched descriptors stay open. Idempotent. By the thread that waits,
     * or once it waits no more.
     */
    @Override
    public void close() {
        guard.close();
    }

    private void watch(int index, int fd) {
        // struct pollfd: 0 int fd, 4 short events, 6 short revents.
        long offset = (long) index * POLLFD_BYTES;
        pollfds.set(ValueLayout.JAVA_INT, offset, fd);
        pollfds.set(ValueLayout.JAVA_SHORT, offset + 4, POLLIN);
        pollfds.set(ValueLayout.JAVA_SHORT, offset + 6, (short) 0);
    }

    private short events(int index) {
        return pollfds.get(ValueLayout.JAVA_SHORT, (long) index * POLLFD_BYTES + 6);
    }
}
