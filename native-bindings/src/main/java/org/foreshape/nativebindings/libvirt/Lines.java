package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectSetKeepAlive;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives each thread that calls a connection of its own for the length of the call, so that no two
 * threads are ever in a call on the same one.
 *
 * <p>libvirt allows that, but its client before 10.4.0 has a race there (CVE-2024-4418): the thread
 * that waits for the answers of all may leave a poll source behind that points into its stack, and
 * whichever thread waits next follows it. That is a crash of this process, seen when libvirtd went
 * away, or silent damage to a stack. A source is left behind as well when keepalive interrupts a
 * call that waits long, so a connection that was in such a call is not used again.
 *
 * <p>There are as many connections as threads that ever called at once; the last one that was used
 * is the next to be used. Any thread; a monitor is held for a few instructions, never during a
 * call.
 */
final class Lines {
    /** Keepalive speaks up on a connection that was silent for seconds; after less it has not. */
    private static final long TRUSTED_NS = 900_000_000L;

    private final Supplier<MemorySegment> opener;
    private final String name;
    private final Deque<Line> idle = new ArrayDeque<>();
    private final List<Line> all = new CopyOnWriteArrayList<>();
    private final ThreadLocal<Seat> seats = ThreadLocal.withInitial(Seat::new);
    private boolean closed;
    private volatile int keepAliveSeconds;
    private volatile int keepAliveCount;

    private static final class Seat {
        private @Nullable Line line;
        private int depth;
    }

    /**
     * No connection yet.
     *
     * @param name what they are called in error messages
     * @param opener opens another, or throws
     */
    Lines(String name, Supplier<MemorySegment> opener) {
        this.name = name;
        this.opener = opener;
    }

    /** Has keepalive set on connections that are opened from now on. */
    void keepAlive(int intervalSeconds, int count) {
        keepAliveSeconds = intervalSeconds;
        keepAliveCount = count;
    }

    /**
     * The calling thread's connection until its {@link #leave}; calls may nest.
     *
     * @throws LibvirtException another was needed and could not be opened
     * @throws IllegalStateException they are closed
     */
    Line enter() {
        Seat seat = seats.get();
        Line line = seat.line;
        if (line == null) {
            line = take();
            line.take();
            seat.line = line;
        }
        seat.depth++;
        return line;
    }

    /** Gives it back. */
    void leave() {
        Seat seat = seats.get();
        Line line = seat.line;
        if (line != null && --seat.depth == 0) {
            seat.line = null;
            giveBack(line);
        }
    }

    /** Frees what names a domain on any of them; nobody is in a call on that domain. */
    void forget(LibvirtHandle domain) {
        for (Line line : all) {
            line.forget(domain);
        }
    }

    /** How many are open. */
    int count() {
        return all.size();
    }

    /** Closes those that nobody holds now, and the others as they are given back. */
    void close() {
        synchronized (idle) {
            closed = true;
        }
        for (Line line = poll(); line != null; line = poll()) {
            discard(line);
        }
    }

    private Line take() {
        for (Line line = poll(); line != null; line = poll()) {
            if (line.isAlive()) {
                return line;
            }
            discard(line);
        }
        synchronized (idle) {
            if (closed) {
                throw new IllegalStateException(name + " is closed");
            }
        }
        MemorySegment connection = opener.get();
        if (keepAliveSeconds > 0) {
            // A connection without it works, and the first one says when it is not to be had.
            virConnectSetKeepAlive(connection, keepAliveSeconds, keepAliveCount);
        }
        Line line = new Line(connection);
        all.add(line);
        return line;
    }

    private @Nullable Line poll() {
        synchronized (idle) {
            return idle.pollFirst();
        }
    }

    private void giveBack(Line line) {
        boolean kept = line.takenNs() < TRUSTED_NS;
        synchronized (idle) {
            kept &= !closed;
            if (kept) {
                idle.addFirst(line);
            }
        }
        if (!kept) {
            discard(line);
        }
    }

    private void discard(Line line) {
        all.remove(line);
        line.close();
    }
}
