package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * A pressure stall trigger: the kernel tells when tasks stalled on a resource for too long within a
 * window.
 *
 * <p>One thread waits at a time. Closing does not wake a waiter: wait with a limit, and close
 * after.
 *
 * @see <a href="https://docs.kernel.org/accounting/psi.html">PSI in the kernel's documentation</a>
 */
public final class PressureTrigger implements AutoCloseable {
    /** What is watched. */
    public enum Kind {
        /** At least one task was stalled. */
        SOME,
        /** All tasks that wanted to run were stalled. */
        FULL
    }

    private static final int O_RDWR_NONBLOCK_CLOEXEC = 2 | 0x800 | 0x80000;
    private static final short POLLPRI = 2;
    private static final short POLLERR = 8;

    private final int fd;
    private final String description;
    private final HandleGuard guard;

    private PressureTrigger(int fd, String description) {
        this.fd = fd;
        this.description = description;
        this.guard = new HandleGuard("trigger " + description, () -> LinuxCalls.close(fd));
    }

    /**
     * Arms a trigger.
     *
     * @param file {@code /proc/pressure/memory}, or a cgroup's {@code memory.pressure}
     * @param kind what is watched
     * @param stallUs stalled time that fires, in microseconds, positive and not above the window
     * @param windowUs 500 000 to 10 000 000 microseconds; without CAP_SYS_RESOURCE a multiple of 2
     *     s
     * @return the armed trigger; the caller closes it
     * @throws LinuxException the file cannot be opened, or the kernel refuses the trigger
     */
    public static PressureTrigger open(Path file, Kind kind, long stallUs, long windowUs) {
        if (stallUs <= 0 || stallUs > windowUs) {
            throw new IllegalArgumentException(
                    "stallUs must be positive and at most windowUs, not "
                            + stallUs
                            + " of "
                            + windowUs);
        }
        String trigger = kind.name().toLowerCase(Locale.ROOT) + " " + stallUs + " " + windowUs;
        try (Arena call = Arena.ofConfined()) {
            int fd =
                    (int)
                            LinuxException.check(
                                    LinuxCalls.open(
                                            call.allocateFrom(file.toString()),
                                            O_RDWR_NONBLOCK_CLOEXEC,
                                            0),
                                    "open",
                                    "path=%s, RDWR|NONBLOCK",
                                    file);
            MemorySegment bytes = call.allocateFrom(trigger);
            long written = LinuxCalls.write(fd, bytes, bytes.byteSize());
            if (written < 0) {
                LinuxCalls.close(fd);
                throw new LinuxException(
                        "write",
                        "path=" + file + ", trigger=" + trigger,
                        (int) -written,
                        "The window must be 0.5 to 10 s, and a multiple of 2 s for a process without"
                                + " CAP_SYS_RESOURCE.");
            }
            return new PressureTrigger(fd, file + " " + trigger);
        }
    }

    /**
     * Waits for the trigger. Blocks up to the limit; a signal may end the wait early. Does not
     * allocate.
     *
     * @param timeoutMs the limit, in milliseconds, not negative
     * @return whether the trigger fired
     * @throws LinuxException poll(2) failed, or the watched cgroup is gone (ENODEV)
     */
    public boolean await(int timeoutMs) {
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("timeoutMs must not be negative: " + timeoutMs);
        }
        guard.acquire();
        try {
            // struct pollfd: 0 int fd, 4 short events, 6 short revents.
            MemorySegment pollfd = Scratch.buffer();
            pollfd.set(ValueLayout.JAVA_INT, 0, fd);
            pollfd.set(ValueLayout.JAVA_SHORT, 4, POLLPRI);
            pollfd.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
            long ready = LinuxCalls.poll(pollfd, 1, timeoutMs);
            if (ready == -Errno.EINTR) {
                return false;
            }
            if (ready < 0) {
                throw LinuxException.of(
                        ready, "poll", "trigger=%s, timeoutMs=%d", description, timeoutMs);
            }
            short events = pollfd.get(ValueLayout.JAVA_SHORT, 6);
            if ((events & POLLERR) != 0) {
                throw new LinuxException(
                        "poll",
                        "trigger=" + description,
                        Errno.ENODEV,
                        "The watched cgroup is gone.");
            }
            return (events & POLLPRI) != 0;
        } finally {
            guard.release();
        }
    }

    /** Disarms the trigger, after a wait that is under way. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }
}
