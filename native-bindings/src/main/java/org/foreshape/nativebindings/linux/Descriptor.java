package org.foreshape.nativebindings.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.nativebindings.internal.HandleGuard;

/**
 * A file descriptor that this object owns. Any thread may close it; closing twice does nothing.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/fcntl.2.html">fcntl(2)</a>
 */
public final class Descriptor implements AutoCloseable {
    private static final String USERFAULTFD = "anon_inode:[userfaultfd]";
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int O_NONBLOCK = 0x800;

    private final int number;
    private final HandleGuard guard;

    private Descriptor(int number) {
        this.number = number;
        this.guard = new HandleGuard("descriptor " + number, () -> LinuxCalls.close(number));
    }

    /** Takes ownership of a descriptor that a call has just returned. */
    static Descriptor adopt(long number) {
        return new Descriptor((int) number);
    }

    /**
     * Its number in this process.
     *
     * @return not negative
     */
    public int number() {
        return number;
    }

    /**
     * Another descriptor of the same open file, closed on exec.
     *
     * @return the duplicate; the caller closes it
     * @throws LinuxException fcntl(2) failed, EMFILE for instance
     */
    public Descriptor duplicate() {
        return duplicate(number);
    }

    /**
     * A descriptor of this object's own for a file that another object has open.
     *
     * @param number open in this process
     * @return the duplicate, closed on exec; the caller closes it
     * @throws LinuxException fcntl(2) failed: EBADF when it is not open
     */
    public static Descriptor duplicate(int number) {
        return new Descriptor(
                (int)
                        LinuxException.check(
                                SocketCalls.fcntl(number, F_DUPFD_CLOEXEC, 0),
                                "fcntl",
                                "fd=%d, F_DUPFD_CLOEXEC",
                                number));
    }

    /**
     * Makes reads of the open file return at once; this holds for every process that shares it.
     *
     * @throws LinuxException fcntl(2) failed
     */
    public void setNonBlocking() {
        long flags =
                LinuxException.check(
                        SocketCalls.fcntl(number, F_GETFL, 0), "fcntl", "fd=%d, F_GETFL", number);
        if ((flags & O_NONBLOCK) == 0) {
            LinuxException.check(
                    SocketCalls.fcntl(number, F_SETFL, flags | O_NONBLOCK),
                    "fcntl",
                    "fd=%d, F_SETFL, O_NONBLOCK",
                    number);
        }
    }

    /**
     * What it is open on, as {@code /proc/self/fd} names it.
     *
     * @return a path, or a kind such as {@code socket:[1]}; empty when it cannot be told
     */
    public String target() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + number)).toString();
        } catch (IOException unreadable) {
            return "";
        }
    }

    /**
     * Whether it is a userfaultfd.
     *
     * @return true only for one
     */
    public boolean isUserfaultfd() {
        return target().equals(USERFAULTFD);
    }

    /**
     * Whether {@link #close} was called.
     *
     * @return true from the first close on
     */
    public boolean isClosed() {
        return guard.isClosed();
    }

    /** Closes it. Idempotent. */
    @Override
    public void close() {
        guard.close();
    }
}
