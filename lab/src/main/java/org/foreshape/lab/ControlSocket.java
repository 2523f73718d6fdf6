package org.foreshape.lab;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lines to and from a guest's workload, over the host's unix socket of its port. The connection is
 * kept, because a workload that has no client looks for one only now and then. One request at a
 * time: the caller sees to that.
 *
 * <p>Each request has a tag which its answer repeats, so what comes late from a request that was
 * given up is skipped.
 */
final class ControlSocket implements AutoCloseable {
    /** How often to look whether the workload or the guest died, while there is no answer. */
    private static final long LOOK_MS = 200;

    /** How long to wait for room, should requests that were given up have filled the socket. */
    private static final long FULL_NS = 1_000_000;

    private static final String ERROR = "error: ";

    private final Guest guest;
    private final Path path;
    private final ByteBuffer bytes = ByteBuffer.allocate(8192);
    private final StringBuilder partial = new StringBuilder();
    private volatile @Nullable SocketChannel channel;
    private long tagLast;

    ControlSocket(Guest guest, Path path) {
        this.guest = guest;
        this.path = path;
    }

    /**
     * Sends a request and returns the lines of its answer; the last one fits the pattern or tells
     * an error.
     */
    List<String> exchange(String request, Pattern last, long deadlineNs) {
        if (request.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a request is one line: '" + request + "'");
        }
        int deathsBefore = guest.serialLog().workloadDeaths();
        String tag = "@" + ++tagLast + " ";
        try (Selector selector = Selector.open()) {
            SocketChannel open = connected();
            ByteBuffer out =
                    ByteBuffer.wrap((tag + request + "\n").getBytes(StandardCharsets.UTF_8));
            while (out.hasRemaining()) {
                if (open.write(out) == 0) {
                    LockSupport.parkNanos(FULL_NS);
                }
                check(request, deathsBefore, deadlineNs);
            }
            open.register(selector, SelectionKey.OP_READ);
            var answer = new ArrayList<String>();
            while (true) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                selector.select(Math.clamp(leftMs, 1, LOOK_MS));
                selector.selectedKeys().clear();
                if (read(open, tag, answer) && isWhole(answer, last)) {
                    return answer;
                }
                check(request, deathsBefore, deadlineNs);
            }
        } catch (IOException e) {
            close();
            if (!guest.isRunning()) {
                throw gone(request);
            }
            throw new LabException("cannot speak with " + guest.domainName() + " by " + path, e);
        }
    }

    private SocketChannel connected() throws IOException {
        SocketChannel open = channel;
        if (open != null && open.isOpen()) {
            return open;
        }
        open = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            open.connect(UnixDomainSocketAddress.of(path));
            open.configureBlocking(false);
        } catch (IOException e) {
            open.close();
            throw e;
        }
        partial.setLength(0);
        channel = open;
        return open;
    }

    /** Takes what has come; adds whole lines that carry the tag. False when nothing was added. */
    private boolean read(SocketChannel open, String tag, List<String> answer) throws IOException {
        int before = answer.size();
        for (int got = open.read(bytes.clear()); got != 0; got = open.read(bytes.clear())) {
            if (got < 0) {
                throw new IOException("the connection was closed");
            }
            partial.append(StandardCharsets.UTF_8.decode(bytes.flip()));
        }
        for (int end = partial.indexOf("\n"); end >= 0; end = partial.indexOf("\n")) {
            String line = partial.substring(0, end);
            partial.delete(0, end + 1);
            if (line.startsWith(tag)) {
                answer.add(line.substring(tag.length()));
            }
        }
        return answer.size() > before;
    }

    private static boolean isWhole(List<String> answer, Pattern last) {
        String line = answer.getLast();
        return last.matcher(line).matches() || line.startsWith(ERROR);
    }

    private void check(String request, int deathsBefore, long deadlineNs) {
        if (!guest.isRunning()) {
            throw gone(request);
        }
        if (guest.serialLog().workloadDeaths() > deathsBefore) {
            throw new WorkloadKilledException(
                    "the workload of "
                            + guest.domainName()
                            + " was killed during '"
                            + request
                            + "'");
        }
        if (System.nanoTime() > deadlineNs) {
            throw new LabTimeoutException(
                    guest.domainName() + " did not answer '" + request + "' in time");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new LabTimeoutException("interrupted during '" + request + "'");
        }
    }

    private GuestGoneException gone(String request) {
        return new GuestGoneException(guest.domainName() + " ended during '" + request + "'");
    }

    /** Drops the connection; a request in progress on another thread fails. */
    @Override
    public void close() {
        SocketChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It is closed as far as we are concerned; the other end sees the same.
            }
        }
    }
}
